// Goal: an event of minified code is grouped and shown by its sources; a new build lands in the same issue; whatever
// keeps a frame from being mapped is said. Method: a shop built by esbuild and run, its artifacts stored before a whole
// node starts on the database, its events sent as an SDK sends them.
import { randomBytes } from 'node:crypto'
import fs from 'node:fs'
import t from 'tap'
import type { SymbolStore } from '../../services/symbolication/symbol-store.ts'
import { createProject, ensureDefaults } from '../../services/accounts/projects.ts'
import { apiUnderTest } from '../support/api.ts'
import { testDatabase } from '../support/database.ts'
import { builtShop, filesOf, shopEvent, upload, type Built } from './support.ts'

const patienceMs = 120_000
const database = await testDatabase(t)
const { id: projectId } = await ensureDefaults(database.sql)
const [first, second, byUrl] = [
  await builtShop(),
  await builtShop('globalThis.a = [1, 2].map(x => x + 1);'),
  await builtShop('globalThis.u = 1;')
]
await upload(database.sql, projectId, filesOf(first))
await upload(database.sql, projectId, filesOf(second))
await upload(database.sql, projectId, filesOf(byUrl, false), 'web@1')

const broken: Built = { ...(await builtShop('globalThis.b = 1;')), map: '{"version":3,"sources":["a.js"],"mappings":' }
const empty: Built = {
  ...(await builtShop('globalThis.e = 1;')),
  map: '{"version":3,"sources":[],"names":[],"mappings":""}'
}
const lone = await builtShop('globalThis.l = 1;')
const inline = await builtShop('globalThis.i = 1;')
await upload(database.sql, projectId, filesOf(broken))
await upload(database.sql, projectId, filesOf(empty))
await upload(database.sql, projectId, [
  { url: `~/assets/${lone.name}`, kind: 'script', debugId: lone.debugId, content: lone.script }
])
const encoded = Buffer.from(inline.map).toString('base64')
await upload(database.sql, projectId, [
  {
    url: `~/assets/${inline.name}`,
    kind: 'script',
    debugId: inline.debugId,
    mapUrl: 'data:',
    content: `${inline.script}\n//# sourceMappingURL=data:application/json;base64,${encoded}\n`
  }
])
// As hermesc and Metro's composition have made it of a minified bundle: one line, columns are offsets of bytecode.
const hermes = fs.readFileSync('tests/symbolication/captures/hermes.map')
await upload(
  database.sql,
  projectId,
  [
    { url: '~/index.android.bundle', kind: 'script', content: 'bytecode' },
    { url: '~/index.android.bundle.map', kind: 'source_map', content: hermes }
  ],
  'app@1'
)
const server = await builtShop('globalThis.s = 1;')
await upload(
  database.sql,
  projectId,
  [
    { url: '~/srv/shop/dist/main.js', kind: 'script', content: server.script },
    { url: '~/srv/shop/dist/main.js.map', kind: 'source_map', content: server.map }
  ],
  'server@1'
)
const plain = await createProject(database.sql, { name: 'No artifacts' })

/** The symbols of the node, with a patience that no slow machine uses up. */
let symbols: SymbolStore | null = null
const node = await apiUnderTest(t, {
  database,
  override: deps => {
    const { find, load } = deps.symbols
    symbols = { find, load: async (scope, places) => await load(scope, places, patienceMs) }
    return { ...deps, symbols }
  }
})
await startThreads()
const user = await node.user('member')

type Frame = {
  function?: string
  filename: string
  lineno: number
  in_app: boolean
  context_line?: string
  pre_context?: string[]
  data?: { unmapped?: string; raw?: Record<string, unknown> }
}
type Detail = {
  issue_id: string
  title: string
  culprit: string
  mapped_when_read: boolean
  exception: { values: { stacktrace: { frames: Frame[] } }[] }
}

/** Reads a map with each thread: the first one of a thread takes long where TypeScript has to be learned. */
async function startThreads(): Promise<void> {
  const [row] = await database.sql<{ artifact_revision: number }[]>`
    select artifact_revision from projects where id = ${projectId}`
  const scope = { projectId, revision: row?.artifact_revision ?? 0 }
  const places = [first, second, empty].map(({ debugId, name }) => ({ debugId, url: name, release: '', dist: '' }))
  await symbols?.load(scope, places, patienceMs)
}

async function send(event: Record<string, unknown>, key = node.key, project = projectId): Promise<Detail> {
  const response = await fetch(`${node.url}/api/${project}/store/?sentry_key=${key}`, {
    method: 'POST',
    body: JSON.stringify(event)
  })
  if (response.status !== 200) throw new Error(await response.text())
  return await detailOf(event)
}

async function detailOf({ event_id: eventId }: Record<string, unknown>): Promise<Detail> {
  const [row] = await node.sql<{ id: string }[]>`select id from event_keys where event_id = ${String(eventId)}`
  return (await user.get<Detail>(`/api/v1/events/${row?.id ?? ''}`)).body
}

function framesOf(detail: Detail): Frame[] {
  return detail.exception.values[0]?.stacktrace.frames ?? []
}

function reasonsIn(detail: Detail): unknown[] {
  return [...new Set(framesOf(detail).map(({ data }) => data?.unmapped))]
}

t.test('frames show their source, and functions the name at the place that called them', async t => {
  const detail = await send(shopEvent(first))
  t.match(framesOf(detail).at(-1), {
    function: 'priceOf',
    filename: 'tests/symbolication/shop/price.js',
    lineno: 2,
    in_app: true
  })
  t.match(framesOf(detail).at(-1)?.data?.raw, { lineno: 1, colno: Number })
  t.equal(detail.culprit, 'tests/symbolication/shop/price.js in priceOf')
  t.equal(detail.mapped_when_read, false)
})

t.test(
  'a new build, by debug id or by release and address, or with its map inside, lands in the same issue',
  async t => {
    const before = await send(shopEvent(first))
    t.not(first.name, second.name)
    t.not(first.script.length, second.script.length)
    const rebuilt = await send(shopEvent(second))
    t.equal(rebuilt.issue_id, before.issue_id)
    const found = await send(shopEvent(byUrl, { withDebugId: false, release: 'web@1' }))
    t.equal(found.issue_id, before.issue_id)
    t.equal((await send(shopEvent(inline))).issue_id, before.issue_id)
  }
)

t.test('bytecode of Hermes is mapped by its offsets', async t => {
  const frame = (colno: number) => ({ filename: 'app:///index.android.bundle', function: '?', lineno: 1, colno })
  const detail = await send({
    event_id: randomBytes(16).toString('hex'),
    platform: 'javascript',
    release: 'app@1',
    // Offsets 244 and 481, as the SDK sends them.
    exception: { values: [{ type: 'TypeError', stacktrace: { frames: [frame(245), frame(482)] } }] }
  })
  t.match(framesOf(detail), [
    { filename: 'shop/checkout.js', lineno: 4, context_line: '  const prices = cart.map(item => priceOf(item))' },
    { filename: 'shop/price.js', lineno: 3, context_line: '  const discount = item.discounts[0].percent' }
  ])
})

t.test('scripts of Node.js are found by their paths, with and without a scheme', async t => {
  const event = shopEvent(server, { withDebugId: false, release: 'server@1' })
  for (const file of ['/srv/shop/dist/main.js', 'file:///srv/shop/dist/main.js']) {
    const moved = JSON.parse(JSON.stringify(event).replaceAll(/https:\/\/shop\.example\/assets\/[^"]+/g, file))
    const detail = await send({ ...moved, event_id: randomBytes(16).toString('hex'), platform: 'node' })
    t.match(framesOf(detail).at(-1), { function: 'priceOf', filename: 'tests/symbolication/shop/price.js' }, file)
  }
})

t.test('each reason why a frame is not mapped is said', async t => {
  const unknown = await builtShop('globalThis.n = 1;')
  for (const [reason, event] of [
    ['no_debug_id', shopEvent(unknown, { withDebugId: false })],
    ['not_uploaded', shopEvent(unknown)],
    ['no_reference', shopEvent(lone)],
    ['map_broken', shopEvent(broken)],
    ['not_in_map', shopEvent(empty)]
  ] as const) {
    t.strictSame(reasonsIn(await send(event)), [reason])
  }
})

t.test('a map that comes later maps the event when it is read, and the issue stays', async t => {
  const late = await builtShop('globalThis.t = 1;')
  const event = { ...shopEvent(late), platform: 'electron' }
  const before = await send(event)
  t.strictSame(reasonsIn(before), ['not_uploaded'])
  await upload(node.sql, projectId, filesOf(late))
  const after = await detailOf(event)
  t.match(after, { issue_id: before.issue_id, mapped_when_read: true })
  t.strictSame(reasonsIn(after), [undefined])
  t.match(framesOf(after).at(-1), { function: 'priceOf', lineno: 2 })
})

t.test('a project without artifacts is told so when an event is read, and sees none of another', async t => {
  const [key] = await node.sql<{ public_key: string }[]>`select public_key from dsn_keys where project_id = ${plain.id}`
  const event = shopEvent(first)
  const detail = await send(event, key?.public_key, plain.id)
  t.strictSame(reasonsIn(detail), ['not_uploaded'])
})

t.test('what nothing is known of in time is stored as it came, and mapped when it is read', async t => {
  const hanging = await apiUnderTest(t, {
    database,
    override: deps => ({
      ...deps,
      symbols: { ...deps.symbols, find: () => ({ kind: 'unknown' }), load: async () => {} }
    })
  })
  const event = shopEvent(second)
  const response = await fetch(`${hanging.url}/api/${projectId}/store/?sentry_key=${hanging.key}`, {
    method: 'POST',
    body: JSON.stringify(event)
  })
  t.equal(response.status, 200)
  t.match(await detailOf(event), { mapped_when_read: true })
})
