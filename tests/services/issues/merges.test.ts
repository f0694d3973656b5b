// Goal: a merged issue leads to its root directly, whatever is merged, in whichever order and at the same time, and the
// root has the sums of its family. Method: merges through the product and by hand, from several connections; held locks
// decide who comes first.
import t, { type Test } from 'tap'
import { migrate } from '../../../services/database/migrations.ts'
import type { Sql } from '../../../services/database/sql.ts'
import { mergeIssues, unmergeIssue } from '../../../services/issues/merges.ts'
import { familyOf, rootsAmong, rootsOf } from '../../../services/search/issue-roots.ts'
import { aLockIsWaitedFor, migrateUpTo, otherPool, testDatabase } from '../../support/database.ts'
import { changerIn, commitEvents, issueIdOf } from '../../support/issues.ts'
import { databaseForEvents } from '../../support/prepared.ts'

const chainRefused = { code: '23514', message: /cannot be merged/ }

/** Issues with one event each, in the order of their names. */
async function issuesCalled(sql: Sql, ...names: string[]): Promise<string[]> {
  await commitEvents(sql, ...names.map(issue => ({ issue })))
  return await Promise.all(names.map(name => issueIdOf(sql, name)))
}

/** Issue → root, of what is merged. */
async function merged(sql: Sql): Promise<Record<string, string>> {
  const rows = await sql<{ id: string; merged_into: string }[]>`
    select id, merged_into from issues where merged_into is not null`
  return Object.fromEntries(rows.map(row => [row.id, row.merged_into]))
}

async function sumsAreRight(t: Test, sql: Sql): Promise<void> {
  const wrong = await sql`
    select i.id from issues i cross join lateral (
      select sum(event_count)::bigint as events, min(first_seen) as first, max(last_seen) as last
      from issues c where c.merged_into = i.id
    ) f
    where (i.merged_event_count, i.merged_first_seen, i.merged_last_seen) is distinct from (f.events, f.first, f.last)`
  t.same([...wrong], [])
}

t.test('an issue that has merged issues is merged with them, and taken out alone', async t => {
  const sql = await databaseForEvents(t)
  const changer = await changerIn(sql)
  const [a = '', b = '', c = ''] = await issuesCalled(sql, 'a', 'b', 'c')
  t.same(await mergeIssues(sql, changer, [a], b), { into: b, merged: [a] })
  t.same(await mergeIssues(sql, changer, [b], c), { into: c, merged: [b] })
  t.same(await merged(sql), { [a]: c, [b]: c })
  await sumsAreRight(t, sql)

  t.same(await unmergeIssue(sql, changer, b), { from: c, unmerged: [b] })
  t.same(await merged(sql), { [a]: b }, 'the merge before is kept')
  await sumsAreRight(t, sql)
})

t.test('what is merged into a merged issue goes to its root', async t => {
  const sql = await databaseForEvents(t)
  const changer = await changerIn(sql)
  const [a = '', b = '', c = '', d = ''] = await issuesCalled(sql, 'a', 'b', 'c', 'd')
  await mergeIssues(sql, changer, [b], c)
  await mergeIssues(sql, changer, [a], d)
  t.match(await mergeIssues(sql, changer, [a], b), { into: c, merged: [d] })
  t.same(await merged(sql), { [a]: c, [b]: c, [d]: c })
  t.equal(await mergeIssues(sql, changer, [a], d), 'same')
  await sumsAreRight(t, sql)

  t.match(await unmergeIssue(sql, changer, c), { from: c })
  t.same(await merged(sql), {}, 'undone at the root, all are taken out')
  await sumsAreRight(t, sql)
})

t.test('roots and families are found by one look', async t => {
  const sql = await databaseForEvents(t)
  const changer = await changerIn(sql)
  const [a = '', b = '', c = ''] = await issuesCalled(sql, 'a', 'b', 'c')
  const unknown = '00000000-0000-7000-8000-000000000000'
  await mergeIssues(sql, changer, [a], b)
  const roots = await rootsOf(sql, 1, [a, b, c, unknown])
  t.same(
    [a, b, c, unknown].map(id => roots.get(id)?.rootId),
    [b, b, c, undefined]
  )
  t.equal(roots.get(a)?.title, 'TypeError: a', 'the title is its own')
  t.same(await rootsAmong(sql, 1, [a, c, b, a]), [b, c])
  t.same(await rootsAmong(sql, 2, [a]), [a], 'another project knows nothing of it')
  t.same(await familyOf(sql, 1, b), [b, a])
  t.same(await familyOf(sql, 1, c), [c])
})

t.test('merges in a circle at the same time make no chain', async t => {
  const sql = await databaseForEvents(t)
  const changer = await changerIn(sql)
  const [a = '', b = '', c = '', d = ''] = await issuesCalled(sql, 'a', 'b', 'c', 'd')
  const nodes = [sql, otherPool(t, sql)]
  const circle = [
    [a, b],
    [b, c],
    [c, d],
    [d, a]
  ] as const
  for (let round = 0; round < 10; round++) {
    await Promise.all(circle.map(([from, into], index) => mergeIssues(nodes[index % 2] ?? sql, changer, [from], into)))
    const roots = new Set(Object.values(await merged(sql)))
    t.equal(roots.size, 1)
    const [root = ''] = roots
    t.equal((await familyOf(sql, 1, root)).length, 4)
    await sumsAreRight(t, sql)
    await Promise.all([unmergeIssue(sql, changer, root), mergeIssues(nodes[1] ?? sql, changer, [a, b], c)])
    await sumsAreRight(t, sql)
    for (const left of new Set(Object.values(await merged(sql)))) await unmergeIssue(sql, changer, left)
    t.same(await merged(sql), {})
  }
})

t.test('the database refuses a chain', async t => {
  const sql = await databaseForEvents(t)
  const [a = '', b = '', c = ''] = await issuesCalled(sql, 'a', 'b', 'c')
  await sql`update issues set merged_into = ${b} where id = ${a}`
  await t.rejects(sql`update issues set merged_into = ${c} where id = ${b}`, chainRefused, 'it has a merged issue')
  await t.rejects(sql`update issues set merged_into = ${a} where id = ${c}`, chainRefused, 'it is merged itself')
  await t.rejects(sql`update issues set merged_into = ${c} where id = ${c}`, chainRefused, 'it is its own root')
  await sql`update issues set merged_into = ${c} where id = any (${[a, b]}::uuid[])`
  t.same(await merged(sql), { [a]: c, [b]: c }, 'a whole family may move')
  await sql`delete from issues where id = ${c}`
  t.same(await merged(sql), {})
})

t.test('the database refuses a chain that two transactions make together', async t => {
  const sql = await databaseForEvents(t)
  const [a = '', b = '', c = ''] = await issuesCalled(sql, 'a', 'b', 'c')
  for (const [first, second] of [
    [
      { from: a, into: b },
      { from: b, into: c }
    ],
    [
      { from: b, into: c },
      { from: a, into: b }
    ]
  ] as const) {
    const { late } = await sql.begin(async transaction => {
      await transaction`update issues set merged_into = ${first.into} where id = ${first.from}`
      const late = Promise.allSettled([sql`update issues set merged_into = ${second.into} where id = ${second.from}`])
      await aLockIsWaitedFor(sql)
      return { late }
    })
    t.match(await late, [{ status: 'rejected', reason: chainRefused }])
    t.same(await merged(sql), { [first.from]: first.into })
    await sql`update issues set merged_into = null`
  }
})

t.test('chains and circles of older databases are made short by the migration', async t => {
  const { sql } = await testDatabase(t, { migrated: false })
  await migrateUpTo(sql, '0016_merges.sql')
  const id = (index: number) => `00000000-0000-7000-8000-${String(index).padStart(12, '0')}`
  // 1 → 2 → 3 → 4, 5 → 6 → 5, 7 → 6, 8 → 9, whose sums are right.
  const into = [2, 3, 4, 0, 6, 5, 6, 9, 0].map(index => (index === 0 ? null : id(index)))
  for (let index = 1; index <= 9; index++) {
    const seen = new Date(Date.UTC(2026, 0, index))
    await sql`
      insert into issues (project_id, id, fingerprint, number, level, title, culprit, event_count,
        first_seen, last_seen, last_seen_hour, last_event_id)
      values (1, ${id(index)}, ${Buffer.alloc(32, index)}, ${index}, 'error', '', '', ${index * 100},
        ${seen}, ${seen}, ${seen}, ${id(0)})`
  }
  for (const [index, root] of into.entries()) {
    await sql`update issues set merged_into = ${root} where id = ${id(index + 1)}`
  }
  await sql`update issues set merged_event_count = 1, merged_first_seen = last_seen, merged_last_seen = last_seen
    where id = any (${[id(2), id(5)]}::uuid[])`

  t.equal((await migrate(sql))[0], '0016_merges.sql')

  t.same(await merged(sql), { [id(1)]: id(4), [id(2)]: id(4), [id(3)]: id(4), [id(8)]: id(9) })
  await sumsAreRight(t, sql)
  t.match(
    (
      await sql`select merged_event_count, event_magnitude = magnitude(1000) as sized from issues where id = ${id(4)}`
    )[0],
    { merged_event_count: 600, sized: true }
  )
})
