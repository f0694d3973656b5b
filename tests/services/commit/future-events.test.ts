// Goal: events of a node whose clock is ahead do not make an issue be seen in the future, where no list ends that ends
// now; issues that an older version put there come back. Method: commit such events, and migrate such an issue.
import t from 'tap'
import { commit } from '../../../services/commit/commit.ts'
import { migrate } from '../../../services/database/migrations.ts'
import { migrateUpTo, testDatabase } from '../../support/database.ts'
import { databaseForEvents, preparedBatch, preparedEvent } from '../../support/prepared.ts'

const options = { node: 'test', deadlineMs: 30_000, now: Date.now, quarantinedCharsMax: 10 }
const inDays = (days: number) => Date.now() + days * 86_400_000

t.test('an issue is seen now at the latest, and lists have it in its place', async t => {
  const sql = await databaseForEvents(t)
  const stored = async (...events: Parameters<typeof preparedEvent>[0][]) =>
    await commit(sql, [preparedBatch(events.map(preparedEvent))], options)
  await stored({ issue: 'known', receivedAt: inDays(-1) })
  await stored({ issue: 'known', receivedAt: inDays(45) }, { issue: 'new', receivedAt: inDays(45) })
  await stored({ issue: 'later' })
  const issues = await sql`
    select title, last_seen <= now() as seen, first_seen <= now() as begun, last_seen_hour <= last_seen as hour_fits
    from issues order by last_seen desc, title`
  const fine = { seen: true, begun: true, hour_fits: true }
  t.same(
    [...issues].sort((a, b) => String(a.title).localeCompare(String(b.title))),
    ['known', 'later', 'new'].map(name => ({ title: `TypeError: ${name}`, ...fine }))
  )
  t.equal(issues[0]?.title, 'TypeError: later', 'what came last is first')
})

t.test('the migration brings issues back from the future', async t => {
  const { sql } = await testDatabase(t, { migrated: false })
  await migrateUpTo(sql, '0019_passed_time.sql')
  const id = '00000000-0000-7000-8000-000000000001'
  const future = new Date(inDays(45))
  await sql`
    insert into issues (project_id, id, fingerprint, number, level, title, culprit, event_count,
      first_seen, last_seen, last_seen_hour, last_event_id)
    values (1, ${id}, ${Buffer.alloc(32, 1)}, 1, 'error', '', '', 1, ${future}, ${future}, ${future}, ${id})`
  t.equal((await migrate(sql))[0], '0019_passed_time.sql')
  t.match(await sql`select first_seen <= now() as begun, last_seen <= now() as seen, merged_last_seen from issues`, [
    { begun: true, seen: true, merged_last_seen: null }
  ])
})
