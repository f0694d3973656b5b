// Goal: words that events share are kept once, as soon as they are met again; whatever cannot be kept so stays with its
// event; and no set goes while an event may have it. Method: the real commit, then searches and rows.
import t from 'tap'
import { termNodes } from '../../../events/search/nodes.ts'
import { facets } from '../../../schema/facets.ts'
import type { PreparedEvent } from '../../../schema/pipeline.ts'
import { commitBatches } from '../../../services/commit/attempt.ts'
import { audit, foldAll } from '../../../services/commit/count-check.ts'
import { createWordSets, forgetWordSets } from '../../../services/commit/word-sets.ts'
import type { Sql } from '../../../services/database/sql.ts'
import { listEvents } from '../../../services/events/list.ts'
import { startsOf } from '../../../services/search/event-terms.ts'
import { isShared } from '../../../services/search/shared-words.ts'
import { leastId } from '../../../services/search/event-windows.ts'
import { alertWorld } from '../../support/alerts.ts'
import { otherPool } from '../../support/database.ts'
import { databaseForEvents, preparedBatch, preparedEvent } from '../../support/prepared.ts'
import { noFilter, where } from '../../support/search.ts'

const dayMs = 86_400_000
const options = { node: 'test', deadlineMs: 60_000 }

function withStack(name: string, others: Parameters<typeof preparedEvent>[0] = {}): PreparedEvent {
  return preparedEvent({ stack: { filename: ['cart.ts'], function: [name], module: [], cause: [] }, ...others })
}

async function store(sql: Sql, ...events: PreparedEvent[]): Promise<void> {
  await commitBatches(sql, [preparedBatch(events)], options)
}

/** How many events are found. */
async function found(sql: Sql, query: string): Promise<number> {
  const { items } = await listEvents(sql, {
    projectId: 1,
    filter: { ...noFilter, where: where(query) },
    before: { at: Date.now() + 60_000, id: leastId },
    from: Date.now() - dayMs,
    limit: 1_000
  })
  return items.length
}

async function setsOf(sql: Sql): Promise<(number | null)[]> {
  return (await sql<{ word_set: number | null }[]>`select word_set from events order by id`).map(row => row.word_set)
}

t.test('from the third event on its words are in a set, for every process', async t => {
  const sql = await databaseForEvents(t)
  for (let index = 0; index < 4; index++) await store(sql, withStack('charge'))
  t.same(await setsOf(sql), [null, null, 1, 1])
  const other = otherPool(t, sql)
  for (let index = 0; index < 3; index++) await store(other, withStack('charge'))
  t.same((await setsOf(sql)).slice(4), [null, null, 1], 'another process gets the same number')
  await store(sql, withStack('charge', { projectId: 2 }), withStack('pay'))
  t.same((await setsOf(sql)).slice(7), [null, null], 'of another project or with another name it is another set')
  t.equal(await found(sql, 'stack.function:charge'), 7)
  t.equal(await found(sql, '!stack.function:charge'), 1)
})

t.test('a name that very many sets have is found on the rows', async t => {
  const sql = await databaseForEvents(t)
  const events = (count: number) =>
    Array.from({ length: count }, (_, index) =>
      withStack('charge', { issue: `${index}`, facets: { logger: `l${index}` } })
    )
  for (let index = 0; index < 3; index++) await store(sql, ...events(210))
  await store(sql, withStack('pay'))
  t.equal((await setsOf(sql)).filter(set => set !== null).length, 210)
  t.equal(await found(sql, 'stack.function:charge'), 630)
  t.equal(await found(sql, '!stack.function:charge'), 1)
  t.equal(await found(sql, 'stack.function:*harg* logger:l2'), 3)
  t.equal(await found(sql, 'has:logger -stack.function:pay'), 630)
  await foldAll(sql)
  t.same(await audit(sql), [])
})

t.test('what is no text to PostgreSQL stays with its event', async t => {
  const sql = await databaseForEvents(t)
  const broken = ['a\0b', 'c\ud800']
  for (let index = 0; index < 4; index++) await store(sql, ...broken.map(name => withStack(name)), withStack('charge'))
  t.equal(await found(sql, 'stack.function:charge'), 4)
  t.equal(await found(sql, 'stack.function:"a b"'), 4)
  t.equal(await found(sql, 'stack.function:c*'), 8)
  t.equal((await sql`select from word_sets`).length, 1)
})

t.test('lists and names that read alike when joined are different sets', async t => {
  const sql = await databaseForEvents(t)
  const sets = createWordSets()
  const stack = (names: string[]) =>
    preparedEvent({ stack: { filename: names, function: ['f', 'g'], module: [], cause: [] } })
  const lists = [['a', 'b'], ['ab'], ['a', '', 'b'], ['\u0001b', 'a'], ['b\u0001a']]
  for (const names of [...lists, ...lists]) sets.idOf(stack(names))
  await sets.write(sql)
  t.equal(new Set(lists.map(names => sets.idOf(stack(names)))).size, lists.length)
})

t.test('a set goes when no event can have it any more, and what is used is noted anew', async t => {
  const sql = await databaseForEvents(t)
  const now = Date.now()
  for (let index = 0; index < 3; index++) await store(sql, withStack('charge'))
  const forgotten = (days: number) => forgetWordSets(sql, { now: now + days * dayMs, days: 30, rowsMax: 10 })
  t.equal(await forgotten(33), 0)
  await sql`update word_sets set seen_on = seen_on - 40`
  const other = otherPool(t, sql)
  for (let index = 0; index < 3; index++) await store(other, withStack('charge'))
  t.equal(await forgotten(0), 0, 'another process has noted that it is used')
  t.equal(await forgotten(40), 1)
})

t.test('it is known of rules whether their filters ask for what may be in a set', async t => {
  const { sql, rule } = await alertWorld(t)
  const names = ['stack.filename', 'stack.function', 'stack.module', 'user', ...facets.map(({ name }) => name)]
  let asking = 0
  for (const query of names.flatMap(name => [`${name}:x`, `!has:${name}`])) {
    const [node] = termNodes(where(query))
    const asks = node !== undefined && startsOf(node.term).some(isShared)
    asking += asks ? 1 : 0
    const { id } = await rule({ filters: { query } })
    t.same(await sql`select asks_word_sets from alert_rules where id = ${id}`, [{ asks_word_sets: asks }], query)
  }
  t.equal(asking, 2 * 9)
})
