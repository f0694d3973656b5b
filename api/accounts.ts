/** Accounts: the first setup, logging in and out, and what is one's own. */
import { meSchema } from '../schema/api/accounts.ts'
import { organizationsOf } from '../services/users.ts'
import { operation, plain, type Operation } from './operation.ts'

const me = operation({
  ...plain,
  id: 'getMe',
  method: 'get',
  path: '/api/v1/auth/me',
  tag: 'Account',
  summary: 'Who is logged in',
  access: { who: 'user', scope: 'read' },
  responses: { 200: { description: 'The caller and the organizations they belong to', schema: meSchema } },
  handle: async ({ sql, caller: { userId, email, name, isInstanceAdmin } }) => ({
    status: 200,
    body: { user: { id: userId, email, name, instance_admin: isInstanceAdmin }, organizations: await organizationsOf(sql, userId) }
  })
})

export const accountOperations: Operation[] = [me]
