// Goal: merging and taking apart again loses nothing: every issue has the events, users, hours and minutes of its own
// fingerprint, as if it had never been merged, and a root shows those of its family. Method: events, merges and
// unmerges at random, all through the product, and after every step what is stored is compared with what SQL counts in
// the rows of events.
import fc from 'fast-check'
import t, { type Test } from 'tap'
import { audit } from '../../../services/commit/count-check.ts'
import type { Sql } from '../../../services/database/sql.ts'
import { changeIssues } from '../../../services/issues/changes.ts'
import { issueItems } from '../../../services/issues/items.ts'
import { mergeIssues, unmergeIssue } from '../../../services/issues/merges.ts'
import { changerIn, commitEvents, issueIdOf } from '../../support/issues.ts'
import { databaseForEvents } from '../../support/prepared.ts'

const names = ['a', 'b', 'c', 'd'] as const
type Name = (typeof names)[number]
const name = fc.constantFrom(...names)
const event = fc.record({ issue: name, user: fc.nat(5) })
type Given = { issue: Name; user: number }
const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ events: fc.array(event, { minLength: 1, maxLength: 6 }) }) },
  { weight: 2, arbitrary: fc.record({ merge: name, into: name }) },
  fc.record({ unmerge: name })
)

async function send(sql: Sql, events: readonly Given[]): Promise<void> {
  await commitEvents(
    sql,
    ...events.map(({ issue, user }) => ({ issue, message: issue, user: 'u', userHash: String(user).padStart(16, '0') }))
  )
}

/** What differs between the issues and the rows of events; each event belongs to the issue of its fingerprint. */
async function differences(sql: Sql): Promise<Record<string, unknown>[]> {
  return await sql`
    select i.title, i.event_count, own.events, i.user_count, own.users, i.merged_event_count, family.events as merged,
      i.merged_user_count, family.others
    from issues i cross join lateral (
      select count(*) as events, count(distinct user_hash) as users from events e where e.issue_id = i.id
        and 'TypeError: ' || e.message = i.title
    ) own cross join lateral (
      select sum(c.event_count)::bigint as events, min(c.first_seen) as first, max(c.last_seen) as last, (
        select count(distinct e.user_hash) from issues f join events e on e.issue_id = f.id where f.merged_into = i.id
          and not exists (select from events o where o.issue_id = i.id and o.user_hash = e.user_hash)) as others
      from issues c where c.merged_into = i.id
    ) family
    where (i.event_count, i.user_count, i.merged_event_count, i.merged_first_seen, i.merged_last_seen)
        is distinct from (own.events, own.users, family.events, family.first, family.last)
      or i.merged_user_count is distinct from case when family.events is not null then family.others end`
}

async function isRight(t: Test, sql: Sql): Promise<void> {
  t.same([...(await differences(sql))], [])
  t.same(await audit(sql), [])
}

t.test('whatever is merged and taken apart, every count is that of the events', async t => {
  const sql = await databaseForEvents(t)
  const changer = await changerIn(sql)
  await send(
    sql,
    names.map((issue, user) => ({ issue, user }))
  )
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 12 }), async steps => {
      for (const one of steps) {
        if ('events' in one) await send(sql, one.events)
        else if ('merge' in one) {
          await mergeIssues(sql, changer, [await issueIdOf(sql, one.merge)], await issueIdOf(sql, one.into))
        } else await unmergeIssue(sql, changer, await issueIdOf(sql, one.unmerge))
        const wrong = await differences(sql)
        if (wrong.length > 0) throw new Error(JSON.stringify(wrong))
      }
    }),
    { numRuns: 12 }
  )
  await isRight(t, sql)
})

t.test('what came meanwhile goes with the issue: counts, users, trend; another merge stays', async t => {
  const sql = await databaseForEvents(t)
  const changer = await changerIn(sql)
  await send(sql, [
    { issue: 'a', user: 1 },
    { issue: 'b', user: 1 },
    { issue: 'c', user: 2 }
  ])
  const [a, b, c] = [await issueIdOf(sql, 'a'), await issueIdOf(sql, 'b'), await issueIdOf(sql, 'c')]
  await mergeIssues(sql, changer, [b, c], a)
  await send(sql, [
    { issue: 'b', user: 3 },
    { issue: 'b', user: 3 },
    { issue: 'c', user: 3 },
    { issue: 'a', user: 4 }
  ])
  const shown = async (id: string) => {
    const [item] = await issueItems(sql, 1, [id], { filter: null, now: Date.now() })
    return [item?.event_count, item?.user_count, item?.trend.reduce((sum, count) => sum + count, 0)]
  }
  t.same(await shown(a), [7, 4, 7])
  await isRight(t, sql)
  await unmergeIssue(sql, changer, b)
  t.same(await shown(b), [3, 2, 3])
  t.same(await shown(a), [4, 4, 4], 'c is still in a')
  await isRight(t, sql)
  await mergeIssues(sql, changer, [a], b)
  t.same(await shown(b), [7, 4, 7])
  await unmergeIssue(sql, changer, a)
  t.same(
    [await shown(a), await shown(b)],
    [
      [4, 4, 4],
      [3, 2, 3]
    ],
    'c went along with a, as it was before'
  )
  t.same(await sql`select merged_into from issues where id = ${c}`, [{ merged_into: a }])
  await isRight(t, sql)
})

t.test('an event of a merged issue brings its resolved root back, and nothing else', async t => {
  const sql = await databaseForEvents(t)
  const changer = await changerIn(sql)
  await send(sql, [
    { issue: 'a', user: 1 },
    { issue: 'b', user: 1 }
  ])
  const [a, b] = [await issueIdOf(sql, 'a'), await issueIdOf(sql, 'b')]
  await changeIssues(sql, changer, [a, b], { status: 'resolved' }, Date.now() - 60_000)
  await mergeIssues(sql, changer, [b], a)
  await send(sql, [
    { issue: 'b', user: 1 },
    { issue: 'a', user: 1 }
  ])
  t.same(await sql`select status from issues where id = ${a}`, [{ status: 'unresolved' }])
  t.same(await sql`select status from issues where id = ${b}`, [{ status: 'resolved' }])
  t.same(await sql`select issue_id from transitions where kind = 'regressed'`, [{ issue_id: a }])
})
