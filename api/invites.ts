/**
 * Invitations: links that need no mail and work once, for a week. The holder of a link may read and accept the
 * invitation without an account.
 */
import * as v from 'valibot'
import { meSchema } from '../schema/api/accounts.ts'
import { uuid } from '../schema/api/common.ts'
import { acceptBody, inviteList, newInvite, newInviteAnswer, openInvite } from '../schema/api/members.ts'
import { page } from '../schema/api/organizations.ts'
import {
  acceptInvite,
  createInvite,
  findInvite,
  listInvites,
  revokeInvite,
  type Accepting,
  type Invite,
  type OpenInvite
} from '../services/accounts/invites.ts'
import { takeBackAttempt, type Attempt } from '../services/accounts/login-attempts.ts'
import { isPassword } from '../services/machine/passwords.ts'
import type { Sql } from '../services/database/sql.ts'
import { findUserByEmail, readUser } from '../services/accounts/users.ts'
import { afterOf, pageOf } from './cursors.ts'
import { beginSession, countAttempt, hashOfNew } from './login.ts'
import { meBody } from './me.ts'
import { operation, plain, type Operation } from './operation.ts'
import type { ApiContext } from './types.ts'
import { invalidField, notFound, problem } from './problems.ts'
import { organizationTarget } from './targets.ts'

const facts = { ...plain, tag: 'Invitations' } as const
const ofOrganization = {
  ...facts,
  target: organizationTarget,
  access: { who: 'role', role: 'admin', scope: 'admin' }
} as const
const aboveOwn = 'Your role does not allow this: nobody invites to a role above their own, or ends such an invitation.'
const token = v.pipe(v.string(), v.maxLength(200))
const goneText = 'The link is unknown, was used, or has expired'

const list = operation({
  ...ofOrganization,
  id: 'listInvites',
  method: 'get',
  path: '/api/v1/orgs/:org/invites',
  summary: 'List the invitations that are open',
  access: { who: 'role', role: 'admin', scope: 'read' },
  query: page,
  responses: {
    200: { description: 'Pending ones and, for 30 days, expired ones, newest first', schema: inviteList }
  },
  handle: async ({ sql, context, target: { organizationId }, query: { cursor, limit } }) => {
    const found = await listInvites(sql, { organizationId, after: afterOf(cursor), limit: limit + 1 })
    return {
      status: 200,
      body: pageOf(
        found.map(invite => inviteBody(invite, context.now())),
        limit,
        invite => invite.id
      )
    }
  }
})

const create = operation({
  ...ofOrganization,
  id: 'createInvite',
  method: 'post',
  path: '/api/v1/orgs/:org/invites',
  summary: 'Invite somebody',
  description: 'Give them the `url`: no mail is sent. It takes the place of earlier invitations of the address.',
  body: newInvite,
  recentLogin: { for: 'By a session, to invite an owner', when: ({ role }) => role === 'owner' },
  responses: { 201: { description: 'The invitation; `token` and `url` are shown this once', schema: newInviteAnswer } },
  refusals: { 409: 'The address belongs to a member already, or there are too many invitations' },
  handle: async ({ sql, context, caller, target: { organizationId }, body: { email, role } }) => {
    const now = context.now()
    const made = await createInvite(sql, { organizationId, callerId: caller.userId, email, role, now })
    if (made === 'forbidden') throw problem(403, aboveOwn)
    if (made === 'member') throw problem(409, 'This address belongs to a member of the organization already.')
    if (made === 'too_many') throw problem(409, 'There are as many open invitations as there may be: end some first.')
    return {
      status: 201,
      body: { ...inviteBody(made.invite, now), token: made.token, url: `${context.publicUrl}/invite/${made.token}` }
    }
  }
})

const revoke = operation({
  ...ofOrganization,
  id: 'revokeInvite',
  method: 'delete',
  path: '/api/v1/orgs/:org/invites/:invite_id',
  summary: 'End an invitation',
  params: { invite_id: uuid },
  responses: { 204: { description: 'Its link is worth nothing any more' } },
  refusals: { 404: 'No such invitation' },
  handle: async ({ sql, caller, target: { organizationId }, params: { invite_id: id } }) => {
    const revoked = await revokeInvite(sql, { organizationId, callerId: caller.userId, id })
    if (revoked === 'missing') throw notFound()
    if (revoked === 'forbidden') throw problem(403, aboveOwn)
    return { status: 204 }
  }
})

const read = operation({
  ...facts,
  id: 'getInvite',
  method: 'get',
  path: '/api/v1/invites/:token',
  summary: 'Read an invitation by its link',
  access: { who: 'anyone' },
  params: { token },
  responses: {
    200: {
      description: 'Into which organization it leads, for which address and as what',
      schema: openInvite
    }
  },
  refusals: { 404: goneText, 429: 'Too many attempts' },
  handle: async ({ sql, context, params, remoteAddress }) => {
    const { organization, email, role, expiresAt } = await findCounted(sql, params.token, remoteAddress, context.now())
    return { status: 200, body: { organization, email, role, expires_at: expiresAt.toISOString() } }
  }
})

const accept = operation({
  ...facts,
  id: 'acceptInvite',
  method: 'post',
  path: '/api/v1/invites/:token/accept',
  summary: 'Accept an invitation',
  description:
    'As the user who was invited, logged in: send `{}`. Otherwise send `password`: that of the account which the ' +
    'address has joins that user, else one is made with it (and with `name`). An account that was made by an ' +
    'invitation of another organization, and whose address was never confirmed, gives way with `new_account`: it ' +
    'loses the address. A role that is higher already stays.',
  access: { who: 'anyone' },
  params: { token },
  body: acceptBody,
  responses: {
    200: { description: 'The user belongs to the organization now, logged in by a cookie', schema: meSchema },
    201: { description: 'A new user who belongs to the organization, logged in by a cookie', schema: meSchema }
  },
  refusals: {
    403: 'API tokens accept no invitations, or the Origin is not ours',
    404: goneText,
    409:
      'The address has an account with another password; of the type `urn:mesher:problem:unconfirmed_account` where ' +
      'it would give way',
    429: 'Too many attempts'
  },
  handle: async request => {
    const { sql, context, caller, params, remoteAddress } = request
    if (caller.token !== null) throw problem(403, 'API tokens accept no invitations: log in.')
    const invite = await findCounted(sql, params.token, remoteAddress, context.now())
    if (caller.session !== null && caller.email === invite.email) {
      await joined(sql, invite, { userId: caller.userId })
      return { status: 200, body: await meOf(context, caller.userId) }
    }
    const { isNew, userId } = await joinByPassword(request, invite)
    const answer = { body: await meOf(context, userId), headers: await beginSession(request, userId) }
    return isNew ? { status: 201, ...answer } : { status: 200, ...answer }
  }
})

type AcceptRequest = {
  sql: Sql
  context: { now: () => number }
  body: v.InferOutput<typeof acceptBody>
  remoteAddress: string
  device: string | null
}

/**
 * The password of the account that the address has joins that user, any other one makes a new user. Where the address
 * has an account, this is where the holder of the link gets to know it: by 409, and counted as a login.
 */
async function joinByPassword(
  { sql, context, body, remoteAddress, device }: AcceptRequest,
  invite: OpenInvite
): Promise<{ isNew: boolean; userId: string }> {
  const { name = '', password, new_account: takesAddress } = body
  const { email, organization } = invite
  if (password === undefined) throw invalidField('password', 'is required')
  const counted = await countAttempt(sql, { purpose: 'login', account: email, device, remoteAddress }, context.now())
  const user = await findUserByEmail(sql, email)
  const isTheirs = await isPassword(user?.password_hash ?? null, password)
  const accepting: Accepting =
    user !== null && isTheirs
      ? { userId: user.id }
      : { name, passwordHash: await hashOfNew(password, { email, name, organization }), takesAddress }
  const userId = await joined(sql, invite, accepting)
  await takeBackAttempt(sql, counted)
  return { isNew: !('userId' in accepting), userId }
}

async function joined(sql: Sql, invite: OpenInvite, accepting: Accepting): Promise<string> {
  const accepted = await acceptInvite(sql, invite, accepting)
  switch (accepted) {
    case 'gone':
      throw problem(404, `${goneText}.`)
    case 'taken':
      throw problem(409, 'This address has an account, and this is not its password: give that, or log in and accept.')
    case 'unconfirmed':
      throw problem(
        409,
        'This address has an account of another organization, and this is not its password. Nobody has confirmed ' +
          'that the address is theirs: if it is not yours, make a new account, which takes the address from it.',
        { kind: { name: 'unconfirmed_account', title: 'Unconfirmed account' } }
      )
    default:
      return accepted.userId
  }
}

/** 404 for a link that is not valid, 429 after too many of them. */
async function findCounted(sql: Sql, secret: string, remoteAddress: string, now: number): Promise<OpenInvite> {
  const attempt: Attempt = { purpose: 'invite', account: secret, device: null, remoteAddress }
  const counted = await countAttempt(sql, attempt, now)
  const invite = await findInvite(sql, secret, now)
  if (invite === null) throw problem(404, `${goneText}. Ask for a new one.`)
  await takeBackAttempt(sql, counted)
  return invite
}

async function meOf(context: ApiContext, userId: string): Promise<v.InferOutput<typeof meSchema>> {
  const { email, name, is_instance_admin: isInstanceAdmin } = await readUser(context.sql, userId)
  return await meBody(context, { userId, email, name, isInstanceAdmin })
}

function inviteBody(invite: Invite, now: number) {
  const { created_at: createdAt, expires_at: expiresAt } = invite
  const state = expiresAt.getTime() > now ? ('pending' as const) : ('expired' as const)
  return { ...invite, created_at: createdAt.toISOString(), expires_at: expiresAt.toISOString(), state }
}

export const inviteOperations: Operation[] = [list, create, revoke, read, accept]
