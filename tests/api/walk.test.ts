// Goal: nobody gets at what is not theirs, by no operation: the document says who may call, and the server holds to it.
// Method: every operation of the document is called as everybody who may not (each must be refused as documented) and,
// in a world of its own, as somebody who may (so that the refusals were not for another reason). An operation that the
// walk cannot call fails it. A refused caller must have changed nothing.
import t from 'tap'
import { apiUnderTest, type Answered, type ApiClient, type ApiUnderTest } from '../support/api.ts'
import { documentOf, type OperationObject } from '../support/openapi.ts'
import { mailServer } from '../support/receiver.ts'
import { foreignCases, makeWorld, recipes, type World } from './walk-world.ts'

type Walked = { method: string; path: string; operation: OperationObject }

/**
 * What stands in the document by hand is no operation of the API: who may call is decided elsewhere, and tested there.
 */
const elsewhere = new Set(['dsn_key', 'metrics_token'])
const byHand = new Set(['getLiveness', 'getReadiness', 'openStream', 'toolUploadChunks'])

const walked: Walked[] = Object.entries(documentOf().paths).flatMap(([path, methods]) =>
  Object.entries(methods)
    .filter(
      ([, operation]) =>
        operation['x-mesher-access'] !== undefined &&
        !elsewhere.has(operation['x-mesher-access'].who) &&
        !byHand.has(operation.operationId)
    )
    .map(([method, operation]) => ({ method, path, operation }))
)

type Ids = World['ids']

function request(
  client: ApiClient,
  { method, path, operation }: Walked,
  world: World,
  { body, ids = world.ids }: { body?: unknown; ids?: Ids } = {}
): Promise<Answered<Record<string, unknown>>> {
  const { query = '', body: bodyOf } = recipes[operation.operationId] ?? {}
  const address =
    path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
      const id = ids[name]
      if (id === undefined) {
        throw new Error(`the walk has no ${name} for ${operation.operationId}: add it to walk-world.ts`)
      }
      return id
    }) + query
  if (operation.requestBody !== undefined && bodyOf === undefined) {
    throw new Error(`the walk has no body for ${operation.operationId}: add it to walk-world.ts`)
  }
  const sent = body ?? bodyOf?.(world)
  switch (method) {
    case 'get':
      return client.get(address)
    case 'post':
      return client.post(address, sent)
    case 'put':
      return client.put(address, sent)
    case 'patch':
      return client.patch(address, sent)
    case 'delete':
      return client.delete(address, sent)
    default:
      throw new Error(`the walk cannot ${method}`)
  }
}

type Outsiders = Record<
  | 'nobody'
  | 'revoked token'
  | 'expired token'
  | 'unknown token'
  | 'stranger'
  | 'owner of another'
  | 'admin'
  | 'member'
  | 'read-only token'
  | 'build token',
  ApiClient
>

async function outsidersOf(api: ApiUnderTest, own: World, other: World): Promise<Outsiders> {
  const revoked = await own.owner.withToken(['admin'])
  await api.sql`delete from api_tokens where id = ${revoked.tokenId}`
  return {
    nobody: api.nobody,
    'revoked token': revoked,
    'expired token': await own.owner.withToken(['admin'], new Date(Date.now() - 1_000)),
    'unknown token': api.client({ authorization: `Bearer mshr_${'a'.repeat(43)}` }),
    stranger: await api.user(null),
    'owner of another': other.owner,
    admin: own.admin,
    member: own.member,
    'read-only token': await own.owner.withToken(['read']),
    'build token': await own.owner.withToken(['ci'])
  }
}

/** Undefined for who may call. */
function refusalOf({ path, operation }: Walked, who: keyof Outsiders): number | undefined {
  const { who: allowed, role, scope } = operation['x-mesher-access']
  switch (who) {
    case 'nobody':
    case 'revoked token':
    case 'expired token':
    case 'unknown token':
      return 401
    case 'read-only token':
      return allowed === 'session' || scope !== 'read' || allowed === 'instance_admin' ? 403 : undefined
    case 'build token':
      return scope === 'ci' ? undefined : 403
    case 'stranger':
    case 'owner of another':
      return allowed === 'instance_admin' ? 403 : path.includes('{') ? 404 : undefined
    case 'admin':
      return allowed === 'instance_admin' || role === 'owner' ? 403 : undefined
    case 'member':
      return allowed === 'instance_admin' || role === 'owner' || role === 'admin' ? 403 : undefined
  }
}

/** What nobody who is refused may change. */
const tables = [
  'users',
  'organizations',
  'memberships',
  'invites',
  'projects',
  'dsn_keys',
  'issues',
  'issue_activity',
  'api_tokens',
  'alert_rules',
  'saved_searches',
  'default_searches',
  'mail_recipients',
  'alerts',
  'releases',
  'release_commits',
  'deploys',
  'artifact_bundles',
  'artifact_chunks'
] as const

async function stateOf({ sql }: ApiUnderTest): Promise<Record<string, unknown>> {
  const states: Record<string, unknown> = {}
  for (const table of tables) {
    const [row] =
      await sql`select md5(string_agg((to_jsonb(t) - 'last_used_at')::text, ',' order by to_jsonb(t)::text)) as state
        from ${sql(table)} t`
    states[table] = row?.state
  }
  return states
}

t.test('who may not call an operation is refused as the document says', async t => {
  const api = await apiUnderTest(t)
  const [own, other] = [await makeWorld(api, 'own'), await makeWorld(api, 'other')]
  const outsiders = await outsidersOf(api, own, other)
  const before = await stateOf(api)
  for (const one of walked) {
    const { operationId, responses } = one.operation
    if (one.operation['x-mesher-access'].who === 'anyone') {
      const { anyone } = recipes[operationId] ?? {}
      t.equal((await request(api.nobody, one, own)).status, anyone, `${operationId} as nobody`)
      continue
    }
    for (const [who, client] of Object.entries(outsiders) as [keyof Outsiders, ApiClient][]) {
      const expected = refusalOf(one, who)
      if (expected === undefined) continue
      t.ok(String(expected) in responses, `${operationId} documents ${expected}`)
      t.equal((await request(client, one, own)).status, expected, `${operationId} as ${who}`)
    }
  }
  t.same(await stateOf(api), before, 'and has changed nothing')
})

t.test("what belongs to another organization is not found below one's own", async t => {
  const api = await apiUnderTest(t)
  const [own, other] = [await makeWorld(api, 'own'), await makeWorld(api, 'other')]
  const before = await stateOf(api)
  for (const one of walked) {
    const [, ...names] = [...one.path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name)
    for (const name of names.filter(name => own.ids[name] !== other.ids[name])) {
      const { status } = await request(own.owner, one, own, { ids: { ...own.ids, [name]: other.ids[name] ?? '' } })
      t.equal(status, 404, `${one.operation.operationId} with the ${name} of another`)
    }
  }
  t.same(await stateOf(api), before)
})

t.test('who may call gets what the document says', async t => {
  const { url } = await mailServer(t)
  const api = await apiUnderTest(t, { env: { MESHER_OPEN_ORGANIZATIONS: 'true', MESHER_SMTP_URL: url } })
  for (const [index, one] of walked.entries()) {
    const {
      operationId,
      'x-mesher-access': { who }
    } = one.operation
    if (who === 'anyone') continue
    const world = await makeWorld(api, `world-${index}`)
    if (who === 'instance_admin') await api.sql`update users set is_instance_admin = true where id = ${world.owner.id}`
    const { status, text } = await request(world[recipes[operationId]?.by ?? 'owner'], one, world)
    t.ok(status >= 200 && status < 300, `${operationId}: ${status} ${text.slice(0, 200)}`)
  }
})

t.test('ids of others in bodies are as good as unknown, and nobody gives what is above their role', async t => {
  const api = await apiUnderTest(t)
  const [own, other] = [await makeWorld(api, 'own'), await makeWorld(api, 'other')]
  const before = await stateOf(api)
  for (const { operation, name, by, body, status } of foreignCases) {
    const one = walked.find(({ operation: { operationId } }) => operationId === operation)
    if (one === undefined) throw new Error(`there is no operation ${operation}`)
    t.equal((await request(own[by], one, own, { body: body(own, other) })).status, status, `${operation}: ${name}`)
  }
  t.same(await stateOf(api), before)
})
