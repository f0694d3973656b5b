/** Accounts: the first setup, login and logout, and the caller's own user. No response holds a password. */
import * as v from 'valibot'
import {
  accountChange,
  confirmBody,
  loginBody,
  meSchema,
  setupBody,
  setupStateSchema,
  userSchema,
  whoQuery,
  whoSchema
} from '../schema/api/accounts.ts'
import { takeBackAttempt, type Attempt } from '../services/accounts/login-attempts.ts'
import { isPassword } from '../services/machine/passwords.ts'
import { confirmSession, endSession } from '../services/accounts/sessions.ts'
import { addDefaultRule } from '../services/alerts/default-rule.ts'
import { createFirstUser, hasUsers, isSetupToken } from '../services/accounts/setup.ts'
import type { Sql } from '../services/database/sql.ts'
import { listProjectsOf } from '../services/accounts/projects.ts'
import { deleteUser, type DeletionRefusal } from '../services/accounts/deleted-users.ts'
import { changeUser, findUserByEmail, passwordHashOf } from '../services/accounts/users.ts'
import { endedSessionCookie } from './cookies.ts'
import { beginSession, countAttempt, hashOfNew } from './login.ts'
import { meBody, userBody } from './me.ts'
import { anonymous, operation, plain, type Operation } from './operation.ts'
import { hasScope } from './checks.ts'
import { projectBody } from './projects.ts'
import type { ApiContext, Caller } from './types.ts'
import { invalidField, problem } from './problems.ts'

const facts = { ...plain, tag: 'Account' } as const
/** As many as a page of a list has at most. */
const projectsMax = 100
const wrongLogin = 'The e-mail address or the password is wrong.'

const setup = operation({
  ...facts,
  id: 'setUp',
  method: 'post',
  path: '/api/v1/setup',
  summary: 'Make the first user',
  access: { who: 'anyone' },
  body: setupBody,
  responses: {
    201: {
      description: 'The first user, owner of the first organization and instance admin, logged in by a cookie',
      schema: meSchema
    }
  },
  refusals: {
    401: 'The token is not the one that the server was started with or has printed',
    409: 'There is a user already',
    429: 'Too many attempts'
  },
  handle: async request => {
    const { sql, context, remoteAddress } = request
    const { token, email, password, name, organization } = request.body
    if (await hasUsers(sql)) throw problem(409, 'This server is set up already: log in.')
    const attempt: Attempt = { purpose: 'setup', account: '', device: null, remoteAddress }
    const counted = await countAttempt(sql, attempt, context.now())
    if (!(await isSetupToken(sql, token))) {
      if (await hasUsers(sql)) throw problem(409, 'This server is set up already: log in.')
      throw problem(401, 'This is not the token of the link that the server has printed at its start.')
    }
    await takeBackAttempt(sql, counted)

    const passwordHash = await hashOfNew(password, { email, name, organization })
    const userId = await createFirstUser(sql, { email, name, passwordHash, organization }, (sql, projectId) =>
      addDefaultRule(sql, projectId, {
        email: context.alerting.sendMail === null ? null : email,
        now: context.now()
      })
    )
    if (userId === null) throw problem(409, 'This server is set up already: log in.')
    const body = await meBody(context, { userId, email, name, isInstanceAdmin: true })
    return { status: 201, body, headers: await beginSession(request, userId) }
  }
})

const setupState = operation({
  ...facts,
  id: 'readSetup',
  method: 'get',
  path: '/api/v1/setup',
  summary: 'Whether this server has a first user',
  access: { who: 'anyone' },
  responses: { 200: { description: 'Whether it is set up', schema: setupStateSchema } },
  handle: async ({ sql }) => ({ status: 200, body: { is_set_up: await hasUsers(sql) } })
})

const login = operation({
  ...facts,
  id: 'logIn',
  method: 'post',
  path: '/api/v1/auth/login',
  summary: 'Log in with a password',
  access: { who: 'anyone' },
  body: loginBody,
  responses: {
    200: { description: 'Logged in: the answer sets the cookie of the session', schema: v.object({ user: userSchema }) }
  },
  refusals: {
    401: 'No such account, or a wrong password',
    429: 'Too many attempts on this account, or from this address'
  },
  handle: async request => {
    const { sql, context, device, remoteAddress } = request
    const { email, password } = request.body
    const counted = await countAttempt(sql, { purpose: 'login', account: email, device, remoteAddress }, context.now())
    const user = await findUserByEmail(sql, email)
    const isRight = await isPassword(user?.password_hash ?? null, password)
    if (user === null || !isRight) throw problem(401, wrongLogin)
    await takeBackAttempt(sql, counted)
    return {
      status: 200,
      body: { user: userBody({ ...user, userId: user.id, isInstanceAdmin: user.is_instance_admin }) },
      headers: await beginSession(request, user.id)
    }
  }
})

const logout = operation({
  ...facts,
  id: 'logOut',
  method: 'post',
  path: '/api/v1/auth/logout',
  summary: 'End this session',
  access: { who: 'session' },
  responses: { 204: { description: 'The session has ended' } },
  handle: async ({ sql, context: { publicUrl }, caller, isSecure }) => {
    await endSession(sql, caller.userId, caller.session?.id ?? '')
    return { status: 204, headers: [endedSessionCookie({ publicUrl, isSecure })] }
  }
})

const me = operation({
  ...facts,
  id: 'getMe',
  method: 'get',
  path: '/api/v1/auth/me',
  summary: 'Who is logged in',
  access: { who: 'user', scope: 'read' },
  responses: { 200: { description: 'The caller and the organizations they belong to', schema: meSchema } },
  handle: async ({ context, caller }) => ({ status: 200, body: await meBody(context, caller) })
})

const who = operation({
  ...facts,
  id: 'getWho',
  method: 'get',
  path: '/api/v1/auth/who',
  summary: 'Who is logged in, or that nobody is',
  description: 'For pages that need to know without a refusal, which browsers report as an error.',
  access: { who: 'anyone' },
  query: whoQuery,
  responses: {
    200: {
      description:
        'As `GET /api/v1/auth/me`; without a credential that is good, `user` is null. The first 100 projects of an ' +
        'organization of the caller come along: of the one that `org` names by id or slug, or of the first',
      schema: whoSchema
    }
  },
  handle: async ({ sql, context, caller, query: { org } }) => {
    if (caller.userId === anonymous.userId) return { status: 200, body: nobody(context) }
    const mine = await meBody(context, caller)
    const named = mine.organizations.find(({ id, slug }) => org === undefined || id === org || slug === org)
    if (named === undefined || !hasScope(caller, 'read')) return { status: 200, body: { ...mine, projects: null } }
    const found = await listProjectsOf(sql, { organizationId: named.id, after: 0, limit: projectsMax })
    return {
      status: 200,
      body: { ...mine, projects: found.map(project => projectBody(project, context.publicUrl)) }
    }
  }
})

function nobody({ publicUrl, publicUrlIsSet }: ApiContext): v.InferOutput<typeof whoSchema> {
  return {
    user: null,
    organizations: [],
    may_create_organizations: false,
    public_url: publicUrl,
    public_url_is_set: publicUrlIsSet,
    projects: null
  }
}

const changeMe = operation({
  ...facts,
  id: 'changeMe',
  method: 'patch',
  path: '/api/v1/auth/me',
  summary: "Change one's name or password",
  access: { who: 'session' },
  body: accountChange,
  recentLogin: {
    for: 'A new password without `current_password`',
    when: ({ password, current_password: current }) => password !== undefined && current === undefined
  },
  responses: {
    200: {
      description: 'Changed. A new password has ended all other sessions, and with `revoke_tokens` the API tokens',
      schema: meSchema
    }
  },
  refusals: { 429: 'Too many attempts with a wrong current_password' },
  handle: async ({ sql, context, caller, body }) => {
    const { name, password, current_password: current, revoke_tokens: revokesTokens } = body
    const { userId, email } = caller
    if (revokesTokens && password === undefined) throw invalidField('revoke_tokens', 'comes with a new password')
    if (current !== undefined) {
      await checkCurrent({ sql, context, caller }, current, 'current_password')
    }
    await changeUser(sql, userId, {
      name,
      passwordHash:
        password === undefined ? undefined : await hashOfNew(password, { email, name: name ?? caller.name }),
      keptSessionId: caller.session?.id ?? null,
      revokesTokens
    })
    return { status: 200, body: await meBody(context, { ...caller, name: name ?? caller.name }) }
  }
})

const deleteMe = operation({
  ...facts,
  id: 'deleteMe',
  method: 'delete',
  path: '/api/v1/auth/me',
  summary: "Delete one's account",
  description:
    'Sessions, API tokens and memberships end, issues are unassigned. What one did and wrote stays, without a name.',
  access: { who: 'session' },
  recentLogin: { for: 'This', when: () => true },
  responses: { 204: { description: 'Gone' } },
  refusals: { 409: 'An organization would have no owner, or the server no instance admin' },
  handle: async ({ sql, context, caller: { userId }, isSecure }) => {
    const deleted = await deleteUser(sql, userId)
    if ('refused' in deleted) throw problem(409, refusalText(deleted))
    for (const { projectId, issueIds } of deleted) context.issuesChanged(projectId, 'assigned', issueIds)
    return { status: 204, headers: [endedSessionCookie({ publicUrl: context.publicUrl, isSecure })] }
  }
})

function refusalText(refusal: DeletionRefusal): string {
  switch (refusal.refused) {
    case 'last_owner':
      return `You alone own ${refusal.organizations.join(', ')}: make somebody else an owner, or delete it, first.`
    case 'last_admin':
      return 'You are the only instance admin of this server: make another one first.'
    case 'missing':
      return 'This account is gone already.'
  }
}

const confirm = operation({
  ...facts,
  id: 'confirmMe',
  method: 'post',
  path: '/api/v1/auth/confirm',
  summary: 'Confirm with the password who is at this session',
  description: 'For 15 minutes the session may then do what needs a login of the last minutes.',
  access: { who: 'session' },
  body: confirmBody,
  responses: { 204: { description: 'Confirmed' } },
  refusals: { 429: 'Too many attempts with a wrong password' },
  handle: async ({ sql, context, caller, body: { password } }) => {
    await checkCurrent({ sql, context, caller }, password, 'password')
    await confirmSession(sql, caller.session?.id ?? '', context.now())
    return { status: 204 }
  }
})

type Checking = { sql: Sql; context: { now: () => number }; caller: Caller }

/** 400 for this field when it is not the caller's password, 429 after too many of those. */
async function checkCurrent(
  { sql, context, caller: { userId, email, session } }: Checking,
  password: string,
  field: string
): Promise<void> {
  const attempt: Attempt = { purpose: 'login', account: email, device: null, remoteAddress: '', sessionId: session?.id }
  const counted = await countAttempt(sql, attempt, context.now())
  if (!(await isPassword(await passwordHashOf(sql, userId), password))) {
    throw invalidField(field, 'is not your password')
  }
  await takeBackAttempt(sql, counted)
}

export const accountOperations: Operation[] = [setup, setupState, login, logout, me, who, changeMe, deleteMe, confirm]
