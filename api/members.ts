/**
 * The members of an organization. Nobody grants, changes or removes a role above their own; everybody but the last
 * owner may leave.
 */
import { uuid } from '../schema/api/common.ts'
import { member, memberChange, memberList } from '../schema/api/members.ts'
import { page } from '../schema/api/organizations.ts'
import { changeRole, listMembers, removeMember, type Member, type MemberRefusal } from '../services/accounts/members.ts'
import { afterOf, pageOf } from './cursors.ts'
import { operation, plain, type Operation } from './operation.ts'
import { notFound, problem, type Problem } from './problems.ts'
import { organizationTarget } from './targets.ts'

const facts = { ...plain, tag: 'Members', target: organizationTarget } as const
const refusals = {
  403: "The member's role, or the one to be given, is above the caller's",
  404: 'No such member',
  409: 'It is the last owner'
}

const list = operation({
  ...facts,
  id: 'listMembers',
  method: 'get',
  path: '/api/v1/orgs/:org/members',
  summary: 'List the members of an organization',
  access: { who: 'role', role: 'member', scope: 'read' },
  query: page,
  responses: { 200: { description: 'The members, oldest account first', schema: memberList } },
  handle: async ({ sql, target: { organizationId }, query: { cursor, limit } }) => {
    const found = await listMembers(sql, { organizationId, after: afterOf(cursor), limit: limit + 1 })
    return { status: 200, body: pageOf(found.map(memberBody), limit, one => one.user_id) }
  }
})

const change = operation({
  ...facts,
  id: 'changeMember',
  method: 'patch',
  path: '/api/v1/orgs/:org/members/:user_id',
  summary: 'Change the role of a member',
  access: { who: 'role', role: 'admin', scope: 'admin' },
  params: { user_id: uuid },
  body: memberChange,
  recentLogin: { for: 'By a session, to make an owner', when: ({ role }) => role === 'owner' },
  responses: { 200: { description: 'The member with the new role', schema: member } },
  refusals,
  handle: async ({ sql, caller, target: { organizationId }, params: { user_id: userId }, body: { role } }) => {
    const changed = await changeRole(sql, { organizationId, callerId: caller.userId, userId, role })
    if (typeof changed === 'string') throw refusalOf(changed)
    return { status: 200, body: memberBody(changed) }
  }
})

const remove = operation({
  ...facts,
  id: 'removeMember',
  method: 'delete',
  path: '/api/v1/orgs/:org/members/:user_id',
  summary: 'Remove a member, or leave',
  description:
    'Admins remove others; everybody may remove themselves. Open sockets of who was removed close within 5 s, ' +
    'and issues that they had are unassigned.',
  access: { who: 'role', role: 'member', scope: 'admin' },
  params: { user_id: uuid },
  responses: { 204: { description: 'No member any more' } },
  refusals,
  handle: async ({ sql, context, caller, target: { organizationId }, params: { user_id: userId } }) => {
    const unassigned = await removeMember(sql, { organizationId, callerId: caller.userId, userId })
    if (typeof unassigned === 'string') throw refusalOf(unassigned)
    for (const { projectId, issueIds } of unassigned) context.issuesChanged(projectId, 'assigned', issueIds)
    return { status: 204 }
  }
})

function memberBody({ created_at: createdAt, ...one }: Member) {
  return { ...one, created_at: createdAt.toISOString() }
}

function refusalOf(refusal: MemberRefusal): Problem {
  switch (refusal) {
    case 'missing':
      return notFound()
    case 'forbidden':
      return problem(403, 'Your role does not allow this: nobody grants, changes or removes a role above their own.')
    case 'last_owner':
      return problem(
        409,
        'This is the last owner of the organization: make somebody else an owner first, or delete the organization.'
      )
  }
}

export const memberOperations: Operation[] = [list, change, remove]
