// Goal: junk names push nothing out of the statistics, and what is not counted is said. Method: a week of ordinary
// events through real commits and folds, then floods: 105 junk names at once, thousands of them slowly, a new name that
// comes often among them; then the numbers of the project.
import t from 'tap'
import type { PreparedEvent } from '../../../schema/pipeline.ts'
import { exactRange } from '../../../services/counts/exact-range.ts'
import type { Sql } from '../../../services/database/sql.ts'
import { boundsPerDay } from '../../../services/rollups/bounds.ts'
import { hasPlace, namesOf } from '../../../services/rollups/names.ts'
import { environmentsSeen, releasesSeen } from '../../../services/rollups/releases.ts'
import { otherEvents, levelsOf } from '../../../services/stats/volume.ts'
import { databaseForEvents, preparedEvent } from '../../support/prepared.ts'
import { commitAndFold } from '../../support/some-events.ts'

const dayMs = 86_400_000
const midnight = Math.floor(Date.now() / dayMs) * dayMs

function usual(receivedAt: number): PreparedEvent {
  return preparedEvent({ receivedAt, environment: 'production', release: 'shop@1.0', tags: { region: 'eu' } })
}

function junk(receivedAt: number, index: number): PreparedEvent {
  return preparedEvent({
    receivedAt,
    environment: `junk-${index}`,
    release: `junk@${index}`,
    tags: { region: `junk-${index}`, [`junk.${index}`]: 'x' }
  })
}

async function countOf(sql: Sql, filter: { environments?: string[]; releases?: string[] }) {
  const asked = { levels: [], environments: [], releases: [], ...filter }
  const range = await exactRange(sql, 1, { from: midnight, to: midnight + dayMs }, midnight + dayMs)
  const counted = await levelsOf(sql, 1, range, asked)
  return {
    count: counted.reduce((sum, { count }) => sum + count, 0),
    other: await otherEvents(sql, 1, range, asked)
  }
}

t.test('names of earlier days keep their places when junk comes first', async t => {
  const sql = await databaseForEvents(t)
  await commitAndFold(
    sql,
    Array.from({ length: 5 }, (_, index) => usual(midnight - (index + 1) * 3_600_000))
  )
  await commitAndFold(
    sql,
    Array.from({ length: 105 }, (_, index) => junk(midnight, index))
  )
  await commitAndFold(
    sql,
    Array.from({ length: 30 }, () => usual(midnight))
  )

  t.same(await countOf(sql, { environments: ['production'] }), { count: 30, other: 55 })
  t.same(await countOf(sql, { releases: ['shop@1.0'] }), { count: 30, other: 5 })
  t.match(await countOf(sql, { environments: ['junk-104'] }), { count: 0, other: 55 }, 'it is said, and not just 0')
  t.ok((await environmentsSeen(sql, 1)).some(({ name }) => name === 'production'))
  t.ok((await releasesSeen(sql, 1)).some(({ name }) => name === 'shop@1.0'))
  const region = await sql<{ value: string; count: number }[]>`
    select value, count::int from tag_days where project_id = 1 and key = 'region'
      and day = ${new Date(midnight).toISOString().slice(0, 10)} and value in ('eu', '(other)') order by value`
  t.match(region, [
    { value: '(other)', count: 105 - boundsPerDay.tagValues },
    { value: 'eu', count: 30 }
  ])
})

t.test('a name that is new and frequent earns a place in a slow flood, which earns none', async t => {
  const sql = await databaseForEvents(t)
  for (let round = 0; round < 10; round++) {
    const flood = Array.from({ length: 300 }, (_, index) => junk(midnight, round * 300 + index))
    const fresh = Array.from({ length: 60 }, () =>
      preparedEvent({ receivedAt: midnight, environment: 'fresh', release: 'shop@2.0', tags: { fresh: 'yes' } })
    )
    await commitAndFold(sql, [...flood, ...(round === 0 ? [] : fresh)])
  }
  const { count, other } = await countOf(sql, { environments: ['fresh'] })
  t.ok(count >= 400, `${count} of 540 are counted by name`)
  t.equal(count + other, 540 + 3_000 - boundsPerDay.environments, 'and all others are told')
  t.ok((await countOf(sql, { releases: ['shop@2.0'] })).count >= 400)
  const rows = async (column: string) =>
    (await sql.unsafe(`select count(distinct ${column})::int as count from project_hours`))[0]?.count
  t.equal(await rows('environment'), boundsPerDay.environments + 2)
  t.equal(await rows('release'), boundsPerDay.releases + 2)
  const tags = await sql<{ value: string; count: number }[]>`
    select value, count::int from tag_days where key = 'fresh' order by value`
  t.equal(tags.length, 2, 'what came before the key had its place is there as other')
  const told = tags.reduce((sum, row) => sum + row.count, 0)
  t.ok(told > 500 && told <= 540, String(told))
})

t.test('each earned place is dearer, so that not even frequent junk fills a table', async t => {
  const names = namesOf([], [], 10)
  for (let name = 0; name < 500; name++) for (let time = 0; time < 100; time++) hasPlace(names, `n${name}`, 10)
  t.ok(names.held.size < 10 + 30, String(names.held.size))
  for (let time = 0; time < 5_000; time++) hasPlace(names, 'production', 10)
  t.ok(names.held.has('production'), 'what is more frequent than all of it has one')
  t.ok(names.waiting.size <= 200)
})
