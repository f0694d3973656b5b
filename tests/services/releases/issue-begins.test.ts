// Goal: the release that an issue began with follows what is known of its releases, in whatever order that comes and
// goes.
// Method: rows of issue_releases as folds and erasures change them; begins are compared with the earliest of all rows.
import fc from 'fast-check'
import assert from 'node:assert/strict'
import t from 'tap'
import { testDatabase } from '../../support/database.ts'

const issue = '00000000-0000-7000-8000-000000000001'
const other = '00000000-0000-7000-8000-000000000002'
const at = (minute: number): Date => new Date(Date.UTC(2026, 10, 1, 0, minute))

t.test('begins are the earliest rows, whatever is added, changed and removed', async t => {
  const { sql } = await testDatabase(t)
  const seen = async (id: string, release: string, minute: number): Promise<void> => {
    await sql`
      insert into issue_releases as r (project_id, issue_id, release, first_hour, last_hour, first_seen)
      values (1, ${id}, ${release}, date_trunc('hour', ${at(minute)}::timestamptz),
        date_trunc('hour', ${at(minute)}::timestamptz), ${at(minute)})
      on conflict (project_id, issue_id, release) do update
      set first_seen = least(r.first_seen, excluded.first_seen)`
  }
  const step = fc.record({
    id: fc.constantFrom(issue, other),
    release: fc.constantFrom('a', 'b', 'c'),
    minute: fc.integer({ min: 0, max: 50 }),
    kind: fc.constantFrom('seen', 'later', 'gone')
  })
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 12 }), async steps => {
      await sql`delete from issue_releases`
      for (const { id, release, minute, kind } of steps) {
        if (kind === 'seen') await seen(id, release, minute)
        else if (kind === 'gone') await sql`delete from issue_releases where issue_id = ${id} and release = ${release}`
        else {
          await sql`
            update issue_releases set first_seen = greatest(first_seen, ${at(minute)}::timestamptz)
            where issue_id = ${id} and release = ${release}`
        }
      }
      const expected = await sql`
        select distinct on (issue_id) issue_id, release, first_seen from issue_releases
        order by issue_id, first_seen, release`
      const begins = await sql`select issue_id, release, first_seen from issue_begins order by issue_id`
      assert.deepEqual([...begins], [...expected])
    }),
    { numRuns: 40 }
  )
})
