// Goal: a name before a colon is a key, a tag that the project has, or text; what is none of these is refused with what
// may be meant, in lists and in rules, and short ids are of this project. Method: events through the real commit,
// searches through the API's parser.
import t from 'tap'
import { eventFilterOf } from '../../../api/event-filters.ts'
import { issueQueryOf } from '../../../api/issues/queries.ts'
import { ruleFilter, ruleTags } from '../../../services/alerts/rule-filter.ts'
import type { Sql } from '../../../services/database/sql.ts'
import { listEvents } from '../../../services/events/list.ts'
import { listIssueIds } from '../../../services/issues/list.ts'
import { leastId } from '../../../services/search/event-windows.ts'
import { commitEvents, issueIdOf } from '../../support/issues.ts'
import { databaseForEvents } from '../../support/prepared.ts'

const now = Date.now()
const dayMs = 86_400_000
const callerId = '00000000-0000-7000-8000-000000000000'
const scope = { projectId: 1, organizationId: callerId, slug: 'default', callerId }

/** How many there are, or why none are looked for. */
async function inIssues(sql: Sql, query: string): Promise<number | string> {
  try {
    const asked = issueQueryOf(scope, { query, from: new Date(now - 30 * dayMs) }, now)
    return (await listIssueIds(sql, { ...asked, sort: 'last_seen', filter: null, after: null, limit: 10 })).ids.length
  } catch (error) {
    return error instanceof Error ? error.message : ''
  }
}

async function inEvents(sql: Sql, query: string): Promise<number | string> {
  try {
    const filter = eventFilterOf({ query }, now)
    const before = { at: now + 60_000, id: leastId }
    return (await listEvents(sql, { projectId: 1, filter, before, from: now - 30 * dayMs, limit: 10 })).items.length
  } catch (error) {
    return error instanceof Error ? error.message : ''
  }
}

async function inRule(sql: Sql, query: string): Promise<string | true> {
  const rule = ruleFilter(1, { query }, await ruleTags(sql, 1, { query }))
  return rule.ok || rule.message
}

t.test('a tag is known by its name, however rare and old; another project has its own', async t => {
  const sql = await databaseForEvents(t)
  await commitEvents(
    sql,
    { tags: { region: 'eu' }, message: 'a' },
    { tags: { 'app.shard': '12' }, message: 'b', receivedAt: now - 20 * dayMs },
    { tags: { tenant: '1' }, message: 'c', projectId: 2 }
  )
  // Rollups have no rare tags.
  await sql`delete from tag_days where key = 'app.shard'`
  for (const find of [inEvents, inIssues]) {
    t.equal(await find(sql, 'region:eu'), 1)
    t.equal(await find(sql, 'region:us'), 0, 'nothing is a fine answer for a value')
    t.equal(await find(sql, 'app.shard:12'), 1)
    t.equal(await find(sql, 'app.shard:>11'), 1)
    t.equal(await find(sql, 'tags[tenant]:1'), 0)
    t.match(await find(sql, 'a OR tenant:1'), /^column 6: tenant is no key of the search, and no event has such a tag/)
    t.match(await find(sql, 'relase:1.0'), /^column 1: relase is no key.*did you mean release\?/)
    t.match(await find(sql, '!(regin:eu)'), /^column 3: regin is no key.*did you mean region\?/)
    t.equal(await find(sql, '"tenant:1"'), 0, 'text')
    t.equal(await find(sql, 'db.internal:5432'), 0, 'text')
  }
  t.equal(await inRule(sql, 'region:eu !tags[tenant]:1'), true)
  t.match(await inRule(sql, 'a tenant:1'), /^column 3: tenant is no key/)
})

t.test('a rule is told what it cannot ask, and where', async t => {
  const sql = await databaseForEvents(t)
  for (const query of [
    'timeo*',
    '*Error',
    'release:>1.0',
    'release:latest',
    'tags[x]:>5',
    'tags[x]:*y*',
    'timestamp:-1h',
    `event_id:${'a'.repeat(32)}`
  ]) {
    t.match(await inRule(sql, `a OR !${query}`), /^column 6: asks for what a rule cannot/, query)
  }
  t.match(await inRule(sql, 'is:resolved'), /^column 1: expected what events are searched by/)
  t.match(await inRule(sql, '(a OR'), /^column 6: expected/)
})

t.test('short ids are found by former names of the project, in any case', async t => {
  const sql = await databaseForEvents(t)
  await commitEvents(sql, { issue: 'a', message: 'first' }, { issue: 'b', message: 'second' })
  const id = await issueIdOf(sql, 'b')
  const [issue] = await sql<{ number: number }[]>`select number::int as number from issues where id = ${id}`
  const number = issue?.number ?? 0
  await sql`update projects set slug = 'web-shop' where id = 1`
  for (const query of [
    `DEFAULT-${number}`,
    `issue:default-${number}`,
    `issue:Web-Shop-${number}`,
    `WEB-SHOP-${number}`
  ]) {
    t.equal(await inIssues(sql, query), 1, query)
  }
  t.equal(await inIssues(sql, `issue:[DEFAULT-${number}, WEB-SHOP-999]`), 1)
  t.match(await inIssues(sql, 'issue:OTHER-1'), /^column 1: expected an issue of this project, like WEB-SHOP-1/)
  await sql`update projects set slug = 'default' where id = 2`
  t.match(
    await inIssues(sql, `issue:DEFAULT-${number}`),
    /^column 1: expected an issue/,
    'another project has the name'
  )
})

t.test('what issues and events are like is mixed in a bounded number of ways', async t => {
  const sql = await databaseForEvents(t)
  await commitEvents(sql, { message: 'needle' })
  const ors = (count: number): string =>
    Array.from({ length: count }, (_, index) => `(title:none${index} OR needle${index === 0 ? '' : index})`).join(' ')
  t.equal(await inIssues(sql, ors(1)), 1)
  t.equal(await inIssues(sql, ors(3)), 0)
  t.match(await inIssues(sql, ors(4)), /^column 2: this mixes .* in more than 8 ways/)
  t.match(await inIssues(sql, ors(25)), /^column 2: this mixes/)
})
