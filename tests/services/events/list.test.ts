// Goal: lists of events are complete and in order, whichever way they are found: along the timeline, through the index,
// in windows, in pages, out of time. Method: events over many days through the real commit, and the same question asked
// of an array.
import t from 'tap'
import type { PreparedEvent } from '../../../schema/pipeline.ts'
import { commitBatches } from '../../../services/commit/attempt.ts'
import { listEvents, type EventPage } from '../../../services/events/list.ts'
import { scanTimeline } from '../../../services/search/event-scan.ts'
import { leastId, newestDays, type Position } from '../../../services/search/event-windows.ts'
import { ensurePartitionsFor } from '../../../services/database/partitions.ts'
import type { EventFilter } from '../../../services/search/query.ts'
import type { Sql } from '../../../services/database/sql.ts'
import { commitEvents } from '../../support/issues.ts'
import { databaseForEvents, preparedBatch, preparedEvent } from '../../support/prepared.ts'
import { noFilter, where } from '../../support/search.ts'

const dayMs = 86_400_000
const now = Math.floor(Date.now() / dayMs) * dayMs + 3 * 3_600_000

async function commit(sql: Sql, events: PreparedEvent[]): Promise<void> {
  await ensurePartitionsFor(sql, [preparedBatch(events)], { now })
  for (let at = 0; at < events.length; at += 1_000) {
    await commitBatches(sql, [preparedBatch(events.slice(at, at + 1_000))], { node: 'test', deadlineMs: 60_000 })
  }
}

type Asked = {
  filter?: Partial<EventFilter>
  from?: number
  to?: number
  limit?: number
  projectId?: number
  budgetMs?: number
}

/** With all the time in the world, unless less is asked for. */
function page(
  sql: Sql,
  { filter = {}, from = now - dayMs, to = now + 1, limit = 25, projectId = 1, budgetMs = 60_000 }: Asked,
  before: Position = { at: to, id: leastId }
): Promise<EventPage> {
  return listEvents(sql, { projectId, filter: { ...noFilter, ...filter }, before, from, limit, budgetMs })
}

/** All pages, one after the other; fails when a list has no end. */
async function pages(sql: Sql, asked: Asked): Promise<string[][]> {
  const found: string[][] = []
  let { items, next } = await page(sql, asked)
  found.push(items.map(item => item.id))
  while (next !== null && found.length < 1_000) {
    ;({ items, next } = await page(sql, asked, next))
    found.push(items.map(item => item.id))
  }
  return found
}

function newestFirst(events: PreparedEvent[]): string[] {
  return events
    .map(event => event.id)
    .sort()
    .reverse()
}

t.test('all events come, newest first, in pages, over days with and without partitions', async t => {
  const sql = await databaseForEvents(t)
  const events = [0, 0, 0, 1, 1, 3, 4, 9, 20, 29, 29].map((days, index) =>
    preparedEvent({ receivedAt: now - days * dayMs - index * 1_000, issue: `i${index % 3}` })
  )
  await commit(sql, [...events, preparedEvent({ projectId: 2, receivedAt: now - 5_000 })])

  const all = await pages(sql, { from: now - 30 * dayMs, limit: 4 })
  t.same(
    all.map(ids => ids.length),
    [4, 4, 3]
  )
  t.same(all.flat(), newestFirst(events))
  t.same((await pages(sql, { limit: 4 })).flat(), newestFirst(events).slice(0, 3), 'the range is kept')
  t.same((await pages(sql, { projectId: 2, from: now - 30 * dayMs })).flat().length, 1)
  t.same(await page(sql, { from: now - 90 * dayMs, to: now - 40 * dayMs }), { items: [], next: null })
})

t.test('events of one millisecond are told apart by their ids, and both ends of the range are exact', async t => {
  const sql = await databaseForEvents(t)
  const events = Array.from({ length: 7 }, () => preparedEvent({ receivedAt: now - 1_000 }))
  const ends = [
    preparedEvent({ receivedAt: now - dayMs }),
    preparedEvent({ receivedAt: now - dayMs - 1 }),
    preparedEvent({ receivedAt: now + 1 })
  ]
  await commit(sql, [...events, ...ends])
  t.same((await pages(sql, { limit: 2 })).flat(), newestFirst([...events, ...ends.slice(0, 1)]))
})

t.test('items say what lists show', async t => {
  const sql = await databaseForEvents(t)
  const event = preparedEvent({
    receivedAt: now - 1_000,
    occurredAt: now - 9_000,
    message: 'x'.repeat(9_000),
    title: 'T',
    level: 'fatal',
    environment: '',
    release: 'r',
    user: 'u'
  })
  await commit(sql, [event])
  const [issue] = await sql<{ id: string }[]>`select id from issues`
  t.same((await page(sql, {})).items, [
    {
      id: event.id,
      issue_id: issue?.id,
      title: 'T',
      culprit: '/cart',
      message: 'x'.repeat(500),
      level: 'fatal',
      environment: '',
      release: 'r',
      user: 'u',
      received_at: new Date(now - 1_000).toISOString(),
      timestamp: new Date(now - 9_000).toISOString()
    }
  ])
})

t.test('merged issues show as one, and events of deleted issues are left out', async t => {
  const sql = await databaseForEvents(t)
  await commit(
    sql,
    ['a', 'b', 'c'].map((issue, index) => preparedEvent({ issue, title: issue, receivedAt: now - index * 1_000 }))
  )
  const [a, b, c] = await sql<{ id: string }[]>`select id from issues order by title`
  await sql`update issues set merged_into = ${b?.id} where id = ${a?.id}`
  await sql`delete from issues where id = ${c?.id}`
  t.same(
    (await page(sql, {})).items.map(item => [item.title, item.issue_id]),
    [
      ['a', b?.id],
      ['b', b?.id]
    ]
  )
})

t.test('every filter finds what it says, whether frequent or rare', async t => {
  const sql = await databaseForEvents(t)
  // 3,600 in one day: more than a look at the newest events sees and more than the index may find at once; then some on
  // other days.
  const events = Array.from({ length: 3_600 }, (_, index) =>
    preparedEvent({
      receivedAt: now - index * 2_000,
      message: [
        index < 3_000 ? 'late message' : 'early message',
        index % 7 === 0 ? 'seventh' : '',
        index === 3_300 ? 'needle' : ''
      ].join(' '),
      level: index % 100 === 0 ? 'fatal' : 'error',
      environment: index < 1_200 ? 'staging' : 'production',
      user: `u${index % 900}`,
      tags: index > 1_500 ? { browser: `b${index % 2}`, level: 'fatal' } : {}
    })
  )
  const old = [3, 9, 25].map(days =>
    preparedEvent({ receivedAt: now - days * dayMs, message: 'early message needle', environment: 'staging' })
  )
  await commit(sql, [...events, ...old])
  const all = [...events, ...old]

  const cases: [string, Partial<EventFilter>, (event: PreparedEvent) => boolean][] = [
    ['a frequent word', { where: where('message') }, () => true],
    [
      'a frequent word that is missing in the newest events',
      { where: where('early') },
      event => event.message.includes('early')
    ],
    ['a word of one in seven', { where: where('seventh') }, event => event.message.includes('seventh')],
    ['a rare word', { where: where('needle') }, event => event.message.includes('needle')],
    ['a phrase', { where: where('"early message needle"') }, event => /early message +needle/.test(event.message)],
    ['what is without a word', { where: where('-message') }, () => false],
    ['what is without a frequent word', { where: where('needle -late') }, event => event.message.includes('needle')],
    ['either word', { where: where('needle OR seventh') }, event => /needle|seventh/.test(event.message)],
    ['a level, which a tag of the same name is not', { levels: ['fatal'] }, event => event.level === 'fatal'],
    ['two levels', { levels: ['fatal', 'error'] }, () => true],
    ['an environment', { environments: ['staging'] }, event => event.environment === 'staging'],
    ['a release that is not there', { releases: ['none'] }, () => false],
    ['a user', { users: ['u17'] }, event => event.user === 'u17'],
    ['a tag', { tags: ['browser:b1'] }, event => event.tags.browser === 'b1'],
    [
      'several at once',
      { tags: ['browser:b1'], levels: ['error'], where: where('seventh') },
      event => event.tags.browser === 'b1' && event.level === 'error' && event.message.includes('seventh')
    ]
  ]
  for (const [name, filter, matches] of cases) {
    const expected = newestFirst(all.filter(matches))
    const first = await page(sql, { filter, from: now - 30 * dayMs, limit: 10 })
    t.same(
      first.items.map(item => item.id),
      expected.slice(0, 10),
      name
    )
    t.equal(first.next === null, expected.length <= 10, `${name}: there is a next page exactly if there are more`)
    t.same((await pages(sql, { filter, from: now - 30 * dayMs, limit: 100 })).flat(), expected, `${name}, all pages`)
  }
})

t.test('out of time, pages are short but lose nothing and come to an end', async t => {
  const sql = await databaseForEvents(t)
  const events = Array.from({ length: 3_000 }, (_, index) =>
    preparedEvent({ receivedAt: now - index * 1_000, message: index % 500 === 499 ? 'needle' : 'hay' })
  )
  const old = [5, 28].map(days => preparedEvent({ receivedAt: now - days * dayMs, message: 'needle' }))
  await commit(sql, [...events, ...old])
  const found = await pages(sql, { filter: { where: where('needle') }, from: now - 30 * dayMs, limit: 20, budgetMs: 0 })
  t.ok(found.length > 1, 'there were several pages')
  t.same(found.flat(), newestFirst([...events, ...old].filter(event => event.message === 'needle')))
})

t.test(
  'events of releases are looked for in the hours that the releases lived in, and where that is unknown everywhere',
  async t => {
    const sql = await databaseForEvents(t)
    const events = [0, 1, 4, 5, 12, 20, 28].map((days, index) =>
      preparedEvent({
        receivedAt: now - days * dayMs,
        release: ['r1', 'r1', 'r2', 'r3', 'r2', 'r2', 'r3'][index] ?? ''
      })
    )
    await commitEvents(sql, ...events)
    const of = (...releases: string[]): string[] =>
      newestFirst(events.filter(event => releases.includes(event.release)))
    const askedFor = async (filter: Partial<EventFilter>, limit = 2): Promise<string[]> =>
      (await pages(sql, { filter, from: now - 30 * dayMs, limit })).flat()
    const term = (negated: boolean, ...names: string[]): Partial<EventFilter> => ({
      where: where(`${negated ? '!' : ''}release:[${names.join()}]`)
    })

    t.same(await askedFor({ releases: ['r2'] }), of('r2'))
    t.same(await askedFor({ releases: ['r1', 'r3'] }), of('r1', 'r3'))
    t.same(await askedFor(term(false, 'r3')), of('r3'))
    t.same(await askedFor(term(true, 'r3')), of('r1', 'r2'))
    t.same(await askedFor({ releases: ['r4'] }), [])
    t.same(
      (await pages(sql, { filter: { releases: ['r2'] }, from: now - 12 * dayMs, to: now - 5 * dayMs })).flat(),
      of('r2').slice(1, 2),
      'within the range'
    )

    const [first] = events
    await commit(sql, [
      preparedEvent({ receivedAt: now - 10_000, release: 'r5' }),
      preparedEvent({ receivedAt: now - 9 * dayMs, release: 'r6' })
    ])
    t.equal((await askedFor({ releases: ['r5'] })).length, 1, 'new ones are found before they are counted')
    t.equal((await askedFor({ releases: ['r6'] })).length, 0, 'old ones, of a spool that came late, after that')
    await sql`insert into project_hours (project_id, hour, level, environment, release, count, bytes)
      values (1, ${new Date(now - 9 * dayMs)}, 'error', '', '(other)', 1, 1)`
    t.equal((await askedFor({ releases: ['r6'] })).length, 1, 'a day may have had more releases than have names')
    t.same(await askedFor({ releases: ['r1'] }), newestFirst([first, events[1]].filter(event => event !== undefined)))
  }
)

t.test('a release with many events comes in full pages, from its newest hours on', async t => {
  const sql = await databaseForEvents(t)
  const events = Array.from({ length: 300 }, (_, index) =>
    preparedEvent({
      receivedAt: now - 6 * dayMs - index * 900_000,
      release: index % 3 === 0 ? 'r2' : 'r1',
      level: index % 2 === 0 ? 'error' : 'info'
    })
  )
  await commitEvents(sql, ...events, { receivedAt: now, release: 'r3' })
  const found = await pages(sql, { filter: { releases: ['r1'] }, from: now - 30 * dayMs, limit: 30 })
  t.same(
    found.map(ids => ids.length),
    [30, 30, 30, 30, 30, 30, 20]
  )
  t.same(found.flat(), newestFirst(events.filter(event => event.release === 'r1')))
  const fewer = await pages(sql, { filter: { releases: ['r1'], levels: ['info'] }, from: now - 30 * dayMs, limit: 30 })
  t.same(fewer.flat(), newestFirst(events.filter(event => event.release === 'r1' && event.level === 'info')))
})

t.test('events of every retention class that the project has had are found', async t => {
  const sql = await databaseForEvents(t)
  await sql`update projects set retention_classes = '{30,90}' where id = 1`
  const events = [30, 90, 30, 90].map((retentionDays, index) =>
    preparedEvent({ retentionDays: retentionDays === 90 ? 90 : 30, receivedAt: now - index * dayMs, message: 'word' })
  )
  await commit(sql, events)
  t.same((await pages(sql, { from: now - 30 * dayMs, limit: 3 })).flat(), newestFirst(events))
  t.same(
    (await pages(sql, { from: now - 30 * dayMs, limit: 3, filter: { where: where('word') } })).flat(),
    newestFirst(events)
  )
})

t.test('a statement opens the partitions of its days alone', async t => {
  const sql = await databaseForEvents(t)
  await commit(
    sql,
    [0, 1, 2, 3, 4, 5, 6].map(days => preparedEvent({ receivedAt: now - days * dayMs }))
  )
  await sql.begin(async sql => {
    const scope = { projectId: 1, classes: [30], filter: noFilter, search: null }
    t.equal(
      (await scanTimeline(sql, scope, newestDays({ at: now - 2 * dayMs, id: leastId }, 2, 0), { wanted: 9 })).length,
      1
    )
    const opened = await sql`select relation::regclass::text as name from pg_locks where pid = pg_backend_pid()
        and relation::regclass::text ~ '^events_[0-9_]*$' order by 1`
    t.same(
      opened.map(({ name }) => name),
      [3, 2].map(days => `events_30_${new Date(now - days * dayMs).toISOString().slice(0, 10).replaceAll('-', '')}`)
    )
  })
})
