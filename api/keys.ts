/** The DSN keys of a project. What changes here holds on every node within 5 s. */
import { uuid } from '../schema/api/common.ts'
import { dsnKey, dsnKeyList, keyChange, newKey } from '../schema/api/projects.ts'
import { dsnOf } from '../events/dsn.ts'
import { changeKey, createKey, keysMax, listKeys, revokeKey, type DsnKey } from '../services/accounts/keys.ts'
import { usesOfKeys, type KeyUse } from '../services/accounts/key-uses.ts'
import type { Sql } from '../services/database/sql.ts'
import { operation, plain, type Operation } from './operation.ts'
import { notFound, problem } from './problems.ts'
import { projectTarget } from './targets.ts'
import type { ApiContext } from './types.ts'

const facts = { ...plain, tag: 'Keys', target: projectTarget } as const
const admins = { ...facts, access: { who: 'role', role: 'admin', scope: 'admin' } } as const

const list = operation({
  ...facts,
  id: 'listKeys',
  method: 'get',
  path: '/api/v1/projects/:project/keys',
  summary: 'List the DSN keys of a project',
  access: { who: 'role', role: 'member', scope: 'read' },
  responses: {
    200: { description: `All of them, oldest first: a project has at most ${keysMax}`, schema: dsnKeyList }
  },
  handle: async ({ sql, context, target: { projectId } }) => ({
    status: 200,
    body: { data: await keyBodies({ sql, context }, projectId), next_cursor: null }
  })
})

const create = operation({
  ...admins,
  id: 'createKey',
  method: 'post',
  path: '/api/v1/projects/:project/keys',
  summary: 'Make a DSN key',
  body: newKey,
  responses: { 201: { description: 'The key', schema: dsnKey } },
  refusals: { 409: 'The project has as many keys as one may have' },
  handle: async ({
    sql,
    context: { publicUrl },
    target: { projectId },
    body: { label, active, rate_limit_per_minute: rateLimitPerMinute }
  }) => {
    const key = await createKey(sql, projectId, { label, isActive: active, rateLimitPerMinute })
    if (key === null) throw problem(409, `A project has at most ${keysMax} keys: revoke one first.`)
    return { status: 201, body: keyBody(key, projectId, publicUrl) }
  }
})

const change = operation({
  ...admins,
  id: 'changeKey',
  method: 'patch',
  path: '/api/v1/projects/:project/keys/:key_id',
  summary: 'Change a DSN key: its label, its rate limit, or whether it may be used',
  params: { key_id: uuid },
  body: keyChange,
  responses: { 200: { description: 'Changed', schema: dsnKey } },
  refusals: { 404: 'The project has no such key' },
  handle: async ({
    sql,
    context,
    target: { projectId },
    params: { key_id: id },
    body: { label, active, rate_limit_per_minute: rateLimitPerMinute }
  }) => {
    const key = await changeKey(sql, projectId, id, { label, isActive: active, rateLimitPerMinute })
    if (key === null) throw notFound()
    const uses = await usesOfKeys(sql, projectId, context.now())
    return { status: 200, body: keyBody(key, projectId, context.publicUrl, uses.get(key.id)) }
  }
})

const revoke = operation({
  ...admins,
  id: 'revokeKey',
  method: 'delete',
  path: '/api/v1/projects/:project/keys/:key_id',
  summary: 'Revoke a DSN key',
  params: { key_id: uuid },
  responses: { 204: { description: 'Revoked: events sent with it are refused within 5 s' } },
  refusals: { 404: 'The project has no such key' },
  handle: async ({ sql, target: { projectId }, params: { key_id: id } }) => {
    if (!(await revokeKey(sql, projectId, id))) throw notFound()
    return { status: 204 }
  }
})

/** All of a project, with their use. */
export async function keyBodies({ sql, context }: { sql: Sql; context: ApiContext }, projectId: number) {
  const [keys, uses] = await Promise.all([listKeys(sql, projectId), usesOfKeys(sql, projectId, context.now())])
  return keys.map(key => keyBody(key, projectId, context.publicUrl, uses.get(key.id)))
}

/** A key as responses hold it; one that was never used has no `use` yet. */
function keyBody(
  { is_active: active, created_at: createdAt, ...key }: DsnKey,
  projectId: number,
  publicUrl: string,
  use: KeyUse | undefined = undefined
) {
  return {
    ...key,
    created_at: createdAt.toISOString(),
    active,
    dsn: dsnOf(publicUrl, key.public_key, projectId),
    use: {
      events_24h: use?.events24h ?? 0,
      events_30d: use?.events30d ?? 0,
      last_used_at: use?.lastUsedAt?.toISOString() ?? null,
      clients: use?.clients ?? []
    }
  }
}

export const keyOperations: Operation[] = [list, create, change, revoke]
