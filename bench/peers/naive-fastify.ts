/**
 * The peer that `bench/ingest` measures Mesher against: what a good engineer writes in an afternoon. Fastify with a
 * JSON schema, DSN keys in memory, and per request one prepared statement that upserts the issue and inserts the event,
 * over a pool of 16 connections; it replies after its commit. The same tables, indexes and payload as Mesher, UUIDv7
 * ids; it leaves out what a first version leaves out: rollups, users, de-duplication, rate limits, spooling.
 * Environment: PEER_PORT, PEER_DATABASE_URL (a migrated database with projects, keys and partitions).
 */
import assert from 'node:assert'
import { createHash } from 'node:crypto'
import Fastify from 'fastify'
import { v7 as uuidv7 } from 'uuid'
import { acceptedSchema, eventSchema, type PeerEvent } from './event-schema.ts'
import { openSql, type Sql } from '../support/postgres.ts'

type StoredEvent = { projectId: number; id: string; receivedAt: string; event: PeerEvent; payload: string }

const connections = 16
const eventBytesMax = 1024 * 1024

const { PEER_DATABASE_URL: databaseUrl, PEER_PORT: port } = process.env
assert(databaseUrl && port, 'PEER_DATABASE_URL and PEER_PORT are needed')

const sql = openSql(databaseUrl, connections)
await sql`create sequence if not exists peer_issue_numbers`
const projects = await projectsByKey(sql)
const app = Fastify({ bodyLimit: eventBytesMax })

app.post<{ Body: PeerEvent }>(
  '/api/v1/events',
  { schema: { body: eventSchema, response: { 202: acceptedSchema } } },
  async (request, reply) => {
    const projectId = projects.get(String(request.headers['x-mesher-key']))
    if (projectId === undefined) return await reply.code(401).send({ title: 'unknown key', status: 401 })

    const id = uuidv7()
    await store(sql, {
      projectId,
      id,
      receivedAt: new Date().toISOString(),
      event: request.body,
      payload: JSON.stringify(request.body)
    })
    return await reply.code(202).send({ id, outcome: 'stored' })
  }
)
app.get('/readyz', async () => ({ ready: true }))

process.once('SIGTERM', () => {
  app
    .close()
    .then(async () => await sql.end())
    .then(
      () => process.exit(0),
      error => {
        console.error(error)
        process.exit(1)
      }
    )
})
await app.listen({ host: '127.0.0.1', port: Number(port) })

async function projectsByKey(sql: Sql): Promise<Map<string, number>> {
  const keys = await sql<
    Array<{ public_key: string; project_id: string }>
  >`select public_key, project_id from dsn_keys where is_active`
  return new Map(keys.map(key => [key.public_key, Number(key.project_id)]))
}

async function store(sql: Sql, { projectId, id, receivedAt, event, payload }: StoredEvent): Promise<void> {
  const main = event.exception?.values.at(-1)
  const frame = main?.stacktrace?.frames?.findLast(each => each.in_app)
  const message = event.message ?? `${main?.type}: ${main?.value}`
  const culprit = `${event.transaction ?? frame?.filename ?? ''} in ${frame?.function ?? ''}`
  const fingerprint = createHash('sha256')
    .update(`${main?.type}\n${culprit}\n${stackOf(event)}`)
    .digest()
  const user = event.user?.id ?? event.user?.email ?? ''
  const terms = Object.entries(event.tags ?? {}).map(([key, value]) => `${key}=${value}`)
  terms.push(
    `environment=${event.environment ?? ''}`,
    `release=${event.release ?? ''}`,
    `user=${user}`,
    `level=${event.level ?? 'error'}`
  )

  await sql`
    with issue as (
      insert into issues (
        project_id, id, fingerprint, number, level, title, culprit, platform, event_count, first_seen, last_seen,
        last_seen_hour, last_event_id)
      values (${projectId}, ${uuidv7()}, ${fingerprint}, nextval('peer_issue_numbers'), ${event.level ?? 'error'},
        ${message.slice(0, 256)}, ${culprit.slice(0, 200)},
        ${event.platform ?? ''}, 1, ${receivedAt}, ${receivedAt}, date_trunc('hour', ${receivedAt}::timestamptz), ${id})
      on conflict (project_id, fingerprint) do update set
        event_count = issues.event_count + 1,
        last_seen = greatest(issues.last_seen, excluded.last_seen),
        last_seen_hour = greatest(issues.last_seen_hour, excluded.last_seen_hour),
        last_event_id = excluded.last_event_id
      returning id
    )
    insert into events (
        project_id, received_at, id, retention_days, issue_id, occurred_at, user_hash, level, environment, release,
        "user", message, search, payload)
    select ${projectId}, ${receivedAt}, ${id}, 30, issue.id, ${event.timestamp ?? receivedAt},
      hashtext(${user}), ${event.level ?? 'error'}, ${event.environment ?? ''},
      ${event.release ?? ''}, ${user}, ${message},
      to_tsvector('simple', ${message}) || array_to_tsvector(string_to_array(${terms.join('\n')}, e'\\n')),
      ${payload}::text::json
    from issue
  `
}

/** Must make as many issues as Mesher, or the work would not be the same. */
function stackOf(event: PeerEvent): string {
  return (event.exception?.values.at(-1)?.stacktrace?.frames ?? []).map(frame => frame.function ?? '').join('\n')
}
