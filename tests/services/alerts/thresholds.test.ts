// Goal: thresholds fire exactly when more than so many events came within the window, of all or one issue, with filters
// or without; alerts resolve by themselves. Method: events of chosen times, evaluations at chosen times.
import t from 'tap'
import { acknowledgeAlert } from '../../../services/alerts/fired.ts'
import { changeRule, deleteRule } from '../../../services/alerts/rules.ts'
import { evaluateThresholds, forgetRuleMinutes } from '../../../services/alerts/thresholds.ts'
import type { Filters } from '../../../schema/alerts.ts'
import { alertWorld } from '../../support/alerts.ts'

const minuteMs = 60_000
/** In the middle of a minute, an hour ago or less: partitions are there and so is room on both sides. */
const base = Math.floor((Date.now() - 30 * minuteMs) / minuteMs) * minuteMs + 20_000

const threshold = (count: number, minutes: number, scope: 'project' | 'issue' = 'project') => ({
  type: 'threshold' as const,
  count,
  window_minutes: minutes,
  scope,
  include_archived: false
})
/** Kept with the first events, and in a set of words with later ones. */
const stack = { filename: ['cart.ts'], function: ['charge'], module: [], cause: [] }
const times = (count: number, receivedAt: number, others: object = {}) =>
  Array.from({ length: count }, (_, index) => ({ issue: 'a', stack, receivedAt: receivedAt + index, ...others }))

for (const filters of [{}, { environment: 'production' }, { query: 'stack.function:charge' }] satisfies Filters[]) {
  const how = JSON.stringify(filters)

  t.test(`fires above the count, not at it, ${how}`, async t => {
    const { sql, lease, rule, commit, alerts } = await alertWorld(t)
    await rule({ condition: threshold(5, 5), filters })
    await commit(...times(5, base))
    t.same(await evaluateThresholds(sql, lease, { now: base + 30_000 }), [])
    await commit(...times(1, base + 30_500))
    t.match(await evaluateThresholds(sql, lease, { now: base + 60_000 }), [
      { subject: 'project', issueId: null, value: 6 }
    ])
    t.match(await alerts(), [{ status: 'active', value: 6 }])
  })

  t.test(`the window ends where it says, to the second, ${how}`, async t => {
    const { sql, lease, rule, commit } = await alertWorld(t)
    await rule({ condition: threshold(2, 1), filters })
    await commit(...times(1, base), ...times(1, base + 10_000), ...times(1, base + 50_000))
    t.same(
      await evaluateThresholds(sql, lease, { now: base + minuteMs + 1 }),
      [],
      'one of three is too old by a moment'
    )
    t.match(await evaluateThresholds(sql, lease, { now: base + minuteMs }), [{ value: 3 }])
  })

  t.test(`each issue is a subject of its own, ${how}`, async t => {
    const { sql, lease, rule, commit } = await alertWorld(t)
    await rule({ condition: threshold(2, 10, 'issue'), filters })
    await commit(...times(3, base), ...times(2, base, { issue: 'b' }), ...times(4, base, { issue: 'c' }))
    const fired = await evaluateThresholds(sql, lease, { now: base + 30_000 })
    t.same(fired.map(({ value }) => value).sort(), [3, 4])
    t.ok(fired.every(({ issueId, subject }) => issueId === subject))
    await commit(...times(1, base + 31_000, { issue: 'b' }))
    t.match(await evaluateThresholds(sql, lease, { now: base + minuteMs }), [{ value: 3 }])
  })
}

t.test('filters count what passes them alone, also what was committed late', async t => {
  const { sql, lease, rule, commit } = await alertWorld(t)
  const { id } = await rule({ condition: threshold(2, 30), filters: { level: 'error', tag: 'region:eu' } })
  const eu = { tags: { region: 'eu' } }
  await commit(...times(2, base, eu), ...times(5, base), ...times(5, base, { ...eu, level: 'warning' }))
  t.same(await evaluateThresholds(sql, lease, { now: base + 30_000 }), [])
  t.same(await evaluateThresholds(sql, lease, { now: base + 60_000 }), [], 'nothing is counted twice')
  await commit(...times(1, base, { ...eu, level: 'fatal' }))
  t.match(await evaluateThresholds(sql, lease, { now: base + 90_000 }), [{ ruleId: id, value: 3 }])
  t.equal(await forgetRuleMinutes(sql, { now: base + 26 * 60 * minuteMs, rowsMax: 100 }), 1)
})

t.test('a rule that is changed counts anew', async t => {
  const { sql, lease, rule, commit } = await alertWorld(t)
  const { id } = await rule({ condition: threshold(3, 30), filters: { environment: 'production' } })
  await commit(...times(3, base), ...times(5, base, { environment: 'staging' }))
  t.same(await evaluateThresholds(sql, lease, { now: base + 30_000 }), [])
  await changeRule(sql, 1, id, rule => ({ ...rule, filters: { environment: 'staging' } }), Date.now())
  t.match(await evaluateThresholds(sql, lease, { now: base + 60_000 }), [{ value: 5 }])
})

t.test('fires once within the cooldown, and then anew, in the place of the one before', async t => {
  const { sql, lease, rule, commit, alerts } = await alertWorld(t)
  await rule({ condition: threshold(2, 30), cooldownMinutes: 10 })
  await commit(...times(3, base))
  t.equal((await evaluateThresholds(sql, lease, { now: base + minuteMs })).length, 1)
  t.equal((await evaluateThresholds(sql, lease, { now: base + 11 * minuteMs - 1 })).length, 0)
  t.equal((await evaluateThresholds(sql, lease, { now: base + 11 * minuteMs })).length, 1)
  t.same(
    (await alerts()).map(({ status }) => status),
    ['resolved', 'active']
  )
})

t.test('resolves by itself when it has stayed within the threshold for the window', async t => {
  const { sql, lease, rule, commit, alerts } = await alertWorld(t)
  await rule({ condition: threshold(2, 5) })
  await commit(...times(3, base))
  const statusAt = async (ms: number): Promise<string | undefined> => {
    await evaluateThresholds(sql, lease, { now: base + ms })
    return (await alerts())[0]?.status
  }
  t.equal(await statusAt(minuteMs), 'active')
  t.equal(await statusAt(4 * minuteMs), 'active', 'over for the last time')
  t.equal(await statusAt(9 * minuteMs - 1), 'active')
  t.equal(await statusAt(9 * minuteMs), 'resolved')
  t.match(await sql`select resolved_by, resolved_at from alerts`, [
    { resolved_by: null, resolved_at: new Date(base + 9 * minuteMs) }
  ])
})

t.test('who has acknowledged it is not told again before it is resolved', async t => {
  const { sql, lease, rule, commit, alerts } = await alertWorld(t)
  await rule({ condition: threshold(2, 30), cooldownMinutes: 1 })
  await commit(...times(3, base))
  const [first] = await evaluateThresholds(sql, lease, { now: base + minuteMs })
  t.ok(
    await acknowledgeAlert(
      sql,
      { alertId: first?.alertId ?? '', projectId: 1, organizationId: '', role: 'member' },
      '00000000-0000-7000-8000-000000000001',
      base
    )
  )
  t.same(await evaluateThresholds(sql, lease, { now: base + 10 * minuteMs }), [])
  t.match(await alerts(), [{ status: 'acknowledged' }])
})

t.test('alerts of rules that are deleted or off are resolved', async t => {
  for (const end of ['deleted', 'off'] as const) {
    const { sql, lease, rule, commit, alerts } = await alertWorld(t)
    const { id } = await rule({ condition: threshold(2, 30) })
    await commit(...times(3, base))
    await evaluateThresholds(sql, lease, { now: base + minuteMs })
    if (end === 'deleted') await deleteRule(sql, 1, id, base)
    else await changeRule(sql, 1, id, rule => ({ ...rule, isEnabled: false }), base)
    await evaluateThresholds(sql, lease, { now: base + 2 * minuteMs })
    t.match(await alerts(), [{ status: 'resolved' }], end)
  }
})

t.test('archived issues are left alone, merged ones count as one', async t => {
  const { sql, lease, rule, commit } = await alertWorld(t)
  await rule({ condition: threshold(3, 30, 'issue') })
  await commit(...times(2, base, { issue: 'a' }), ...times(2, base, { issue: 'b' }), ...times(9, base, { issue: 'c' }))
  const [a, b, c] = await sql<{ id: string }[]>`select id from issues order by title`
  await sql`update issues set merged_into = ${a?.id ?? ''} where id = ${b?.id ?? ''}`
  await sql`update issues set status = 'archived' where id = ${c?.id ?? ''}`
  t.match(await evaluateThresholds(sql, lease, { now: base + 30_000 }), [{ issueId: a?.id, value: 4 }])
})

t.test('archived and discarded issues do not feed a threshold of the project, unless it includes them', async t => {
  for (const filters of [{}, { environment: 'production' }] satisfies Filters[]) {
    const { sql, lease, rule, commit } = await alertWorld(t)
    const without = await rule({ condition: threshold(2, 1), filters })
    const including = await rule({ condition: { ...threshold(2, 1), include_archived: true }, filters })
    // The first event is in the partial minute, which is counted from events, the others in a whole one.
    const [early, late] = [base - 10_000, base + 45_000]
    for (const issue of ['a', 'b', 'c']) {
      await commit({ issue, receivedAt: early }, { issue, receivedAt: late })
    }
    const [a, b, c] = await sql<{ id: string }[]>`select id from issues order by title`
    await sql`update issues set status = 'archived' where id = ${a?.id ?? ''}`
    await sql`update issues set status = 'discarded' where id = ${b?.id ?? ''}`
    const now = early + minuteMs
    t.match(await evaluateThresholds(sql, lease, { now }), [{ ruleId: including.id, issueId: null, value: 6 }])
    await commit({ issue: 'c', receivedAt: late })
    t.match(await evaluateThresholds(sql, lease, { now }), [{ ruleId: without.id, value: 3 }])
    await changeRule(sql, 1, without.id, rule => ({ ...rule, cooldownMinutes: 0 }), now)
    await sql`update issues set merged_into = ${a?.id ?? ''} where id = ${c?.id ?? ''}`
    t.same(
      (await evaluateThresholds(sql, lease, { now })).filter(({ ruleId }) => ruleId === without.id),
      [],
      'merged into an archived issue'
    )
  }
})

t.test('an increase is compared with the window before, whole minutes of which count', async t => {
  const { sql, lease, rule, commit } = await alertWorld(t)
  const plain = await rule({ condition: { ...threshold(2, 5), increase_percent: 50 } })
  const ofIssue = await rule({ condition: { ...threshold(2, 5, 'issue'), increase_percent: 50 } })
  const filtered = await rule({
    condition: { ...threshold(2, 5), increase_percent: 50 },
    filters: { environment: 'production' }
  })
  await sql`update alert_rules set updated_at = ${new Date(base - 60 * minuteMs)}`
  await commit(...times(4, base - 6 * minuteMs), ...times(6, base - 2 * minuteMs))
  t.same(await evaluateThresholds(sql, lease, { now: base }), [], 'half as many more is not more than that')
  await commit(...times(1, base - minuteMs))
  const fired = await evaluateThresholds(sql, lease, { now: base })
  t.same(fired.map(({ ruleId }) => ruleId).sort(), [plain.id, ofIssue.id, filtered.id].sort())
  t.same(
    fired.map(({ value }) => value),
    [7, 7, 7]
  )
})

t.test('a rule with filters compares nothing before it has counted both windows', async t => {
  const { sql, lease, rule, commit } = await alertWorld(t)
  await rule({ condition: { ...threshold(2, 60), increase_percent: 10 }, filters: { environment: 'production' } })
  await commit(...times(4, base))
  const now = Date.now()
  t.same(await evaluateThresholds(sql, lease, { now }), [])
  await sql`update alert_rules set updated_at = ${new Date(now - 61 * minuteMs)}`
  t.match(await evaluateThresholds(sql, lease, { now }), [{ value: 4 }])
})

t.test('events of a query, and issues older than a time', async t => {
  const { sql, lease, rule, commit } = await alertWorld(t)
  const queries = [
    'tags[region]:eu !level:warning "out of memory"',
    'tags[region]:e*',
    'level:[error, fatal] !tags[region]:us',
    'environment:production -nothing'
  ]
  for (const query of queries) await rule({ name: query, condition: threshold(1, 5), filters: { query } })
  await rule({ name: 'other', condition: threshold(1, 5), filters: { query: 'tags[region]:us' } })
  await rule({ name: 'old', condition: threshold(1, 5), filters: { issue_older_than_minutes: 60 } })
  await rule({
    name: 'old, production',
    condition: threshold(1, 5),
    filters: { issue_older_than_minutes: 60, query: 'environment:production' }
  })
  await commit(
    ...times(2, base, { tags: { region: 'eu' }, level: 'error', message: 'out of memory' }),
    ...times(2, base, { issue: 'b', level: 'warning', message: 'memory', environment: 'production' })
  )
  const named = async (): Promise<string[]> => {
    const fired = await evaluateThresholds(sql, lease, { now: base + 30_000 })
    const rows = await sql<{ id: string; name: string }[]>`select id, name from alert_rules`
    return fired.map(({ ruleId }) => rows.find(({ id }) => id === ruleId)?.name ?? '').sort()
  }
  t.same(await named(), [...queries].sort())
  await sql`update issues set first_seen = ${new Date(base - 61 * minuteMs)}`
  t.same(await named(), ['old', 'old, production'])
})

t.test('the number of statements does not grow with the rules', async t => {
  const { sql, lease, rule, commit } = await alertWorld(t)
  await commit(...times(3, base))
  const counted = async (): Promise<number> => {
    let statements = 0
    const tag = new Proxy(sql, {
      apply: (target, self, args) => {
        statements += 1
        return Reflect.apply(target, self, args)
      }
    })
    await evaluateThresholds(tag, lease, { now: base + minuteMs })
    return statements
  }
  await rule({ condition: threshold(2, 30) })
  await rule({ condition: threshold(2, 30), filters: { level: 'error' } })
  const few = await counted()
  for (let index = 0; index < 20; index++) {
    await rule({
      condition: threshold(2, 10 + index, index % 2 === 0 ? 'project' : 'issue'),
      filters: index % 3 === 0 ? { level: 'error' } : {}
    })
  }
  t.equal(await counted(), few)
})
