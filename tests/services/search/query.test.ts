// Goal: what people type becomes the query that they mean, and whatever they type becomes one that PostgreSQL takes.
// Method: PostgreSQL reads the queries back; messages go through the real commit, and the queries are put to them.
import fc from 'fast-check'
import t from 'tap'
import { eventNodeOf } from '../../../events/search/nodes.ts'
import { parseSearch } from '../../../events/search/parse.ts'
import { commitBatches } from '../../../services/commit/attempt.ts'
import { compiled } from '../../../services/search/compiled.ts'
import { termCompiled } from '../../../services/search/event-terms.ts'
import type { Sql } from '../../../services/database/sql.ts'
import type { EventFilter } from '../../../services/search/query.ts'
import { databaseForEvents, preparedBatch, preparedEvent } from '../../support/prepared.ts'
import { conditionOf, noFilter, where } from '../../support/search.ts'

/** The tsquery of a search that the index answers alone. */
function asked(sql: Sql, query: string): string | null {
  const node = where(query)
  if (node === null) return null
  const matching = () => sql`false`
  const { query: made, condition } = compiled(sql, node, { leaf: term => termCompiled(sql, term, undefined), matching })
  t.equal(condition, null, query)
  return made
}

t.test('words must all be there, phrases as they stand, minus excludes, OR parts alternatives', async t => {
  const sql = await databaseForEvents(t)
  const read = async (text: string) =>
    (await sql<{ query: string }[]>`select ${asked(sql, text)}::tsquery::text as query`)[0]?.query
  t.equal(await read('Order failed'), "'order' & 'failed'")
  t.equal(await read('"order failed" now'), "'order' <-> 'failed' & 'now'")
  t.equal(await read('order -failed'), "'order' & !'failed'")
  t.equal(await read('order -"was failed"'), "'order' & !( 'was' <-> 'failed' )")
  t.equal(await read('a b OR c OR "d e"'), "'a' & 'b' | 'c' | 'd' <-> 'e'")
  t.equal(await read('a (b OR NOT c)'), "'a' & ( 'b' | !'c' )")
  t.equal(await read('NOT (a b) browser:x'), "( !'a' | !'b' ) & 'browser=x'")
  t.equal(await read('src/app.js:12'), "'src' <-> 'app' <-> 'js' <-> '12'", 'what hangs together stays together')
  t.equal(await read('a or b'), "'a' & 'or' & 'b'", 'only in capitals')
  t.equal(await read("it's \\"), "'it' <-> 's'")
})

t.test('a message that is pasted in quotes finds itself', async t => {
  const sql = await databaseForEvents(t)
  const messages = [
    "Can't read 'x' of undefined (reading \"y\")",
    'Größe über Maß: ÄÖÜ',
    'connect ECONNREFUSED 127.0.0.1:5432',
    '決済に失敗しました order_12'
  ]
  await commitBatches(sql, [preparedBatch(messages.map(message => preparedEvent({ message })))], {
    node: 'test',
    deadlineMs: 30_000
  })
  for (const message of messages) {
    const query = conditionOf(sql, { ...noFilter, where: where(`"${message.replaceAll('"', ' ')}"`) })
    t.same(await sql`select message from events e where ${query ?? sql`true`}`, [{ message }])
    const elsewhere = conditionOf(sql, { ...noFilter, where: where(message) }, 2)
    t.same(await sql`select message from events e where ${elsewhere ?? sql`true`}`, [], 'not in another project')
  }
})

t.test('tags of one key are alternatives, other conditions must all hold', async t => {
  const sql = await databaseForEvents(t)
  const event = (message: string, tags: Record<string, string>) => preparedEvent({ message, title: message, tags })
  await commitBatches(
    sql,
    [
      preparedBatch([
        event('a', { browser: 'Chrome 1', os: 'mac' }),
        event('b', { browser: 'Firefox', os: 'mac' }),
        event('c', { browser: 'Chrome 1', os: "o's\\2" }),
        event('d', { 'a:b': 'c:d' })
      ])
    ],
    { node: 'test', deadlineMs: 30_000 }
  )
  const found = async (filter: Partial<EventFilter>) =>
    (
      await sql<
        { message: string }[]
      >`select message from events e where ${conditionOf(sql, { ...noFilter, ...filter }) ?? sql`true`}
        order by message`
    )
      .map(row => row.message)
      .join('')
  t.equal(await found({ tags: ['browser:Chrome 1'] }), 'ac')
  t.equal(await found({ tags: ['browser:Chrome 1', 'browser:Firefox'] }), 'abc')
  t.equal(await found({ tags: ['browser:Chrome 1', 'browser:Firefox', 'os:mac'] }), 'ab')
  t.equal(await found({ tags: ["os:o's\\2"] }), 'c')
  t.equal(await found({ tags: ['a:b:c:d'] }), 'd', 'a key may hold colons')
  t.equal(await found({ tags: ['browser:Chrome'] }), '', 'values are compared whole')
  t.equal(await found({ where: where('a OR d'), tags: ['os:mac'] }), 'a')
  t.equal(await found({ levels: ['error'], environments: ['production'], releases: ['shop@1.0', 'x'] }), 'abcd')
  t.equal(await found({ levels: ['fatal'] }), '')
})

t.test('PostgreSQL takes the query of any text and any tag', async t => {
  const sql = await databaseForEvents(t)
  await fc.assert(
    fc.asyncProperty(
      fc.string({ unit: 'binary', maxLength: 40 }),
      fc.string({ unit: 'grapheme', maxLength: 20 }),
      async (text, tag) => {
        const storable = tag.replaceAll('\0', '').toWellFormed()
        const parsed = parseSearch(text, { subject: 'events', now: 0 })
        const filter = { ...noFilter, where: parsed.ok ? eventNodeOf(parsed.query) : null, tags: [`k:${storable}`] }
        await sql`select from events e where ${conditionOf(sql, filter) ?? sql`true`}`
      }
    ),
    { numRuns: 300 }
  )
})
