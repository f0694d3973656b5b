/** The credentials of a user: sessions of browsers, and API tokens. Users see and end their own only. */
import * as v from 'valibot'
import { newTokenBody, newTokenSchema, sessionSchema, tokenSchema } from '../schema/api/accounts.ts'
import { listOf, pageEntries, uuid } from '../schema/api/common.ts'
import { createApiToken, listApiTokens, revokeApiToken, type ApiToken } from '../services/accounts/api-tokens.ts'
import { endSession, listSessions, type Session } from '../services/accounts/sessions.ts'
import { afterOf, pageOf } from './cursors.ts'
import { operation, plain, type Operation } from './operation.ts'
import { invalidField, notFound, problem } from './problems.ts'

const page = v.strictObject(pageEntries)

const tokens = operation({
  ...plain,
  id: 'listTokens',
  method: 'get',
  path: '/api/v1/tokens',
  tag: 'Tokens and sessions',
  summary: "List one's API tokens",
  access: { who: 'user', scope: 'read' },
  query: page,
  responses: {
    200: { description: "The caller's tokens, newest first, without their secrets", schema: listOf(tokenSchema) }
  },
  handle: async ({ sql, caller: { userId }, query: { cursor, limit } }) => {
    const found = await listApiTokens(sql, { userId, after: afterOf(cursor), limit: limit + 1 })
    return { status: 200, body: pageOf(found.map(tokenBody), limit, token => token.id) }
  }
})

const createToken = operation({
  ...plain,
  id: 'createToken',
  method: 'post',
  path: '/api/v1/tokens',
  tag: 'Tokens and sessions',
  summary: 'Make an API token',
  access: { who: 'session' },
  recentLogin: { for: 'This', when: () => true },
  body: newTokenBody,
  responses: { 201: { description: 'The token; `token` is shown this once', schema: newTokenSchema } },
  refusals: { 409: 'The caller has as many tokens as one may have' },
  handle: async ({ sql, context, caller: { userId }, body: { name, scopes, expires_at: expiresAt = null } }) => {
    const now = context.now()
    if (expiresAt !== null && expiresAt.getTime() <= now) throw invalidField('expires_at', 'must be in the future')
    const token = await createApiToken(sql, { userId, name, scopes, expiresAt, now })
    if (token === null) throw problem(409, 'You have as many tokens as one may have: revoke one first.')
    return { status: 201, body: { ...tokenBody(token), token: token.token } }
  }
})

const revokeToken = operation({
  ...plain,
  id: 'revokeToken',
  method: 'delete',
  path: '/api/v1/tokens/:token_id',
  tag: 'Tokens and sessions',
  summary: 'Revoke an API token',
  access: { who: 'user', scope: 'admin' },
  params: { token_id: uuid },
  responses: { 204: { description: 'Revoked: it is refused from now on' } },
  refusals: { 404: 'No such token of the caller' },
  handle: async ({ sql, caller: { userId }, params: { token_id: id } }) => {
    if (!(await revokeApiToken(sql, userId, id))) throw notFound()
    return { status: 204 }
  }
})

const sessions = operation({
  ...plain,
  id: 'listSessions',
  method: 'get',
  path: '/api/v1/sessions',
  tag: 'Tokens and sessions',
  summary: "List one's sessions",
  access: { who: 'session' },
  query: page,
  responses: {
    200: {
      description: 'Where the caller is logged in, newest first; `current` is the session that asks',
      schema: listOf(sessionSchema)
    }
  },
  handle: async ({ sql, context, caller: { userId, session }, query: { cursor, limit } }) => {
    const found = await listSessions(sql, { userId, after: afterOf(cursor), limit: limit + 1, now: context.now() })
    return {
      status: 200,
      body: pageOf(
        found.map(row => ({ ...sessionBody(row), current: row.id === session?.id })),
        limit,
        row => row.id
      )
    }
  }
})

const revokeSession = operation({
  ...plain,
  id: 'revokeSession',
  method: 'delete',
  path: '/api/v1/sessions/:session_id',
  tag: 'Tokens and sessions',
  summary: 'End a session',
  access: { who: 'session' },
  params: { session_id: uuid },
  responses: { 204: { description: 'The session has ended' } },
  refusals: { 404: 'No such session of the caller' },
  handle: async ({ sql, caller: { userId }, params: { session_id: id } }) => {
    if (!(await endSession(sql, userId, id))) throw notFound()
    return { status: 204 }
  }
})

function tokenBody({
  id,
  name,
  scopes,
  created_at: createdAt,
  last_used_at: lastUsedAt,
  expires_at: expiresAt
}: ApiToken) {
  return {
    id,
    name,
    scopes,
    created_at: createdAt.toISOString(),
    last_used_at: lastUsedAt?.toISOString() ?? null,
    expires_at: expiresAt?.toISOString() ?? null
  }
}

function sessionBody({ created_at: createdAt, last_used_at: lastUsedAt, expires_at: expiresAt, ...session }: Session) {
  return {
    ...session,
    created_at: createdAt.toISOString(),
    last_used_at: lastUsedAt.toISOString(),
    expires_at: expiresAt.toISOString()
  }
}

export const credentialOperations: Operation[] = [tokens, createToken, revokeToken, sessions, revokeSession]
