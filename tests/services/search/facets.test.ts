// Goal: every key that asks for a facet, a name in the stack, a text or an id finds the same events in lists of events,
// of an issue's events and of issues: negated, by a prefix, in quotes, among alternatives; never those of another
// project. Method: events go through prepareEvent and the real commit, each its own issue; searches through the API's
// parser.
import t from 'tap'
import { eventFilterOf } from '../../../api/event-filters.ts'
import { issueQueryOf, type IssueFilters } from '../../../api/issues/queries.ts'
import { mintEventId, receivedAtOf } from '../../../events/event-ids.ts'
import { prepareEvent } from '../../../events/prepare.ts'
import type { PreparedEvent, ProjectSettings } from '../../../schema/pipeline.ts'
import { commitBatches } from '../../../services/commit/attempt.ts'
import { audit } from '../../../services/commit/count-check.ts'
import { wordSets } from '../../../services/commit/word-sets.ts'
import { ensurePartitionsFor } from '../../../services/database/partitions.ts'
import type { Sql } from '../../../services/database/sql.ts'
import { listEvents } from '../../../services/events/list.ts'
import { listIssueEvents } from '../../../services/events/of-issue.ts'
import { listIssueIds } from '../../../services/issues/list.ts'
import { issueTagTops, issueTagValues } from '../../../services/issues/tags.ts'
import { eventScope } from '../../../services/search/event-scan.ts'
import { leastId } from '../../../services/search/event-windows.ts'
import { tagValuesOf } from '../../../services/stats/tags.ts'
import { issueIdOf } from '../../support/issues.ts'
import { databaseForEvents, fingerprintOf, preparedBatch } from '../../support/prepared.ts'

const dayMs = 86_400_000
const now = Date.now()
const callerId = '00000000-0000-7000-8000-000000000000'

function prepared(name: string, event: Record<string, unknown>, { projectId = 1, daysAgo = 0 } = {}): PreparedEvent {
  const id = mintEventId(now - daysAgo * dayMs)
  const project = { projectId, retentionDays: 30, sampleRate: 1, rateLimitPerMinute: null } as const
  const scrub: ProjectSettings['scrub'] = { enabled: true, fields: [], ip: 'keep' }
  const made = prepareEvent(event, { id, receivedAt: receivedAtOf(id), project: { ...project, scrub } })
  if (made.kind !== 'prepared') throw new Error(JSON.stringify(made))
  return { ...made.event, fingerprint: fingerprintOf(name) }
}

const firefox = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0'
const clientId = 'fc6d8c0c43fc4630ad850ee518f1b9d0'

function cart(options: { projectId?: number } = {}): PreparedEvent {
  const frame = (name: string) => ({ filename: `src/${name}.ts`, function: name, module: `shop.${name}`, in_app: true })
  return prepared(
    'cart',
    {
      event_id: clientId,
      transaction: 'POST /cart items',
      server_name: 'web-1',
      logger: 'shop.cart',
      user: { id: '7', ip_address: '192.0.2.7' },
      request: {
        method: 'POST',
        url: 'https://shop.example.com/cart?item=1',
        headers: { 'User-Agent': firefox }
      },
      exception: {
        values: [
          { type: 'TimeoutError', value: 'no answer' },
          {
            type: 'Cart Error',
            value: 'Connection refused by payment_service',
            mechanism: { type: 'generic', handled: false },
            stacktrace: { frames: [frame('main'), frame('charge card')] }
          }
        ]
      }
    },
    options
  )
}

async function commit(sql: Sql, events: PreparedEvent[]): Promise<void> {
  await ensurePartitionsFor(sql, [preparedBatch(events)], { now })
  await commitBatches(sql, [preparedBatch(events)], { node: 'test', deadlineMs: 30_000 })
}

/** `isShared`: what events share is in sets of words, as it is from the second event of a kind on. */
async function world(t: Parameters<typeof databaseForEvents>[0], { isShared }: { isShared: boolean }) {
  const sql = await databaseForEvents(t)
  const log = prepared('log', { message: 'Connection lost', tags: { browser: 'Lynx 2', handled: 'yes' } })
  const old = prepared('old', { message: 'Long ago', event_id: 'a'.repeat(32) }, { daysAgo: 20 })
  const events = { cart: cart(), log, old, other: cart({ projectId: 2 }) }
  const all = Object.values(events)
  for (const event of isShared ? [...all, ...all] : []) wordSets(sql).idOf(event)
  await commit(sql, all)
  const [shared] = await sql<{ count: number }[]>`select count(word_set)::int as count from events`
  if (shared?.count !== (isShared ? 2 : 0)) throw new Error(`${shared?.count} events have a set`)
  const names = new Map<string, string>()
  for (const name of ['cart', 'log', 'old']) names.set(await issueIdOf(sql, name), name)
  const from = new Date(now - dayMs)
  const scope = { projectId: 1, organizationId: callerId, slug: 'default', callerId }
  const inIssues = async (query: string, filters: IssueFilters = { from }): Promise<string[]> => {
    const asked = issueQueryOf(scope, { ...filters, query }, now)
    const { ids } = await listIssueIds(sql, { ...asked, filter: null, sort: 'last_seen', after: null, limit: 10 })
    return ids.map(id => names.get(id) ?? id).sort()
  }
  const inEvents = async (query: string): Promise<string[]> => {
    const { items } = await listEvents(sql, {
      projectId: 1,
      filter: eventFilterOf({ query }, now),
      before: { at: now + 60_000, id: leastId },
      from: now - dayMs,
      limit: 10
    })
    return items.map(item => names.get(item.issue_id) ?? item.id).sort()
  }
  return { sql, events, names, inIssues, inEvents }
}

const found: Readonly<Record<string, string[]>> = {
  'error.type:"Cart Error"': ['cart'],
  'error.type:Cart*': ['cart'],
  'error.type:TimeoutError': ['cart'],
  'error.type:"cart error"': [],
  '!error.type:"Cart Error"': ['log'],
  'has:error.type': ['cart'],
  '!has:error.type': ['log'],
  'error.value:refused': ['cart'],
  'error.value:"connection refused by"': ['cart'],
  'error.value:"refused connection"': [],
  'error.value:conn*': ['cart', 'log'],
  'error.value:*fused*payment': ['cart'],
  'error.value:payment*refused': [],
  '!error.value:refused': ['log'],
  '!error.value:*fused*': ['log'],
  'error.handled:false': ['cart'],
  'error.handled:true': ['log'],
  '!error.handled:no': ['log'],
  'handled:yes': ['log'],
  'mechanism:generic': ['cart'],
  'stack.filename:src/main.ts': ['cart'],
  'stack.filename:src/*': ['cart'],
  'stack.filename:*main*': ['cart'],
  '!stack.filename:src/*': ['log'],
  'stack.function:"charge card"': ['cart'],
  '!stack.function:[x, main]': ['log'],
  'stack.module:shop.main': ['cart'],
  'has:stack.module': ['cart'],
  'transaction:"POST /cart items"': ['cart'],
  'transaction:POST*': ['cart'],
  'logger:shop.*': ['cart'],
  'server_name:[web-1, web-2]': ['cart'],
  '!server_name:web-1': ['log'],
  'url:"https://shop.example.com/cart?item=2"': ['cart'],
  'url:*shop.example.com*': ['cart'],
  'http.method:POST': ['cart'],
  'browser:"Firefox 140.0"': ['cart'],
  'browser:[Lynx*, Firefox*]': ['cart', 'log'],
  'os.name:Windows': ['cart'],
  'user.ip:192.0.2.7': ['cart'],
  '!user.ip:192.0.2.*': ['log'],
  'error.type:Cart* url:https* !browser:Lynx*': ['cart']
}

for (const isShared of [false, true]) {
  t.test(`every key finds the same in lists of events and of issues${isShared ? ', in sets' : ''}`, async t => {
    const { inEvents, inIssues } = await world(t, { isShared })
    for (const [query, names] of Object.entries(found)) {
      t.same(await inEvents(query), names, `events ${query}`)
      t.same(await inIssues(query), names, `issues ${query}`)
    }
  })
}

t.test('an event is found by its id, its own or the one of its client', async t => {
  const { sql, events, inEvents, inIssues } = await world(t, { isShared: true })
  const uuid = `${clientId.slice(0, 8)}-${clientId.slice(8, 12)}-${clientId.slice(12, 16)}-${clientId.slice(16, 20)}-`
  const dashed = uuid + clientId.slice(20)
  for (const query of [
    ...[clientId, clientId.toUpperCase(), dashed, events.cart.id, events.cart.id.replaceAll('-', '')].flatMap(id => [
      id,
      `event_id:${id}`
    ]),
    `event_id:[${clientId}, ${'0'.repeat(32)}] level:error`,
    `${clientId} browser:Firefox*`
  ]) {
    t.same(await inEvents(query), ['cart'], query)
    t.same(await inIssues(query), ['cart'], query)
  }
  for (const query of [
    `event_id:${'0'.repeat(32)}`,
    `event_id:${clientId} browser:Lynx*`,
    `${clientId} level:debug`,
    '0'.repeat(32),
    events.other.id,
    `event_id:${events.other.id}`
  ]) {
    t.same(await inEvents(query), [], query)
    t.same(await inIssues(query), [], query)
  }
  t.same(await inEvents(`!event_id:${clientId}`), ['log'])
  t.same(await inIssues(`!event_id:${events.log.id}`), ['cart'])
  const pasted = { message: `trace ${'b'.repeat(32)} was lost` }
  await commit(sql, [prepared('log', pasted)])
  t.same(await inEvents('b'.repeat(32)), ['log'], 'what is no id of an event is text')
})

t.test('an id alone is looked for in all time and, unless one is asked for, in any status', async t => {
  const { sql, events, inEvents, inIssues } = await world(t, { isShared: true })
  await sql`update issues set status = 'resolved' where project_id = 1`
  for (const id of ['a'.repeat(32), events.old.id]) {
    t.same(await inEvents(id), ['old'])
    t.same(await inEvents(`${id} level:error`), [], 'with anything else the range counts')
    t.same(await inIssues(id), ['old'])
    t.same(await inIssues(id, { status: ['unresolved'] }), [])
    t.same(await inIssues(`${id} is:resolved`), [])
  }
})

for (const isShared of [false, true]) {
  t.test(`events of one issue are searched alike${isShared ? ', in sets' : ''}`, async t => {
    const { sql, events } = await world(t, { isShared })
    const second = prepared('cart', { message: 'again' })
    await commit(sql, [second])
    const rootId = await issueIdOf(sql, 'cart')
    const search = async (query: string): Promise<string[]> => {
      const scope = await eventScope(sql, 1, eventFilterOf({ query }, now))
      const life = { rootId, firstSeen: now - dayMs, lastSeen: now + 1_000 }
      return (await listIssueEvents(sql, scope, life, { before: null, from: 0, limit: 10 })).items.map(item => item.id)
    }
    t.same(await search('stack.function:main'), [events.cart.id])
    t.same(await search('!stack.function:main'), [second.id])
    t.same(await search('error.value:*fused*'), [events.cart.id])
    t.same(await search(clientId), [events.cart.id])
    t.same(await search(`event_id:${second.id}`), [second.id])
    t.same(await search(`event_id:${events.log.id}`), [], 'of another issue')
  })
}

for (const isShared of [false, true]) {
  t.test(`facets are counted like tags, names in the stack are not${isShared ? ', in sets' : ''}`, async t => {
    const { sql } = await world(t, { isShared })
    t.same(await audit(sql), [])
    const asked = Date.now() + 1
    const day = { from: asked - dayMs, to: asked }
    t.match(await tagValuesOf(sql, 1, day, 'url', { limit: 10, now: asked }), {
      values: [{ value: 'https://shop.example.com/cart', count: 1 }],
      isSample: false
    })
    t.match(await tagValuesOf(sql, 1, day, 'handled', { limit: 10, now: asked }), {
      values: [
        { value: 'no', count: 1 },
        { value: 'yes', count: 1 }
      ]
    })
    const rootId = await issueIdOf(sql, 'cart')
    const family = { projectId: 1, classes: [30], ids: [rootId] }
    const life = { rootId, firstSeen: now - dayMs, lastSeen: now + 1_000 }
    const tops = (await issueTagTops(sql, family, life)).map(({ key }) => key).sort()
    t.same(tops, [
      'browser',
      'browser.name',
      'error.type',
      'handled',
      'http.method',
      'level',
      'logger',
      'mechanism',
      'os',
      'os.name',
      'server_name',
      'transaction',
      'url',
      'user'
    ])
    t.match(await issueTagValues(sql, family, life, 'error.type', 10), { values: [{ value: 'Cart Error', count: 1 }] })
  })
}
