// Goal: what commits do to issues fires the rules that are about it, each once within its cooldown, and nothing is lost
// or doubled by a crash. Method: real commits, and evaluations by holders of leases that come and go.
import t from 'tap'
import { handleTransitions } from '../../../services/alerts/transitions.ts'
import { fire } from '../../../services/alerts/firing.ts'
import { LeaseLost, withLease } from '../../../services/database/leases.ts'
import { alertWorld, leaseOf } from '../../support/alerts.ts'
import { fingerprintOf } from '../../support/prepared.ts'

const minuteMs = 60_000

t.test('a new issue fires the rules on new issues of its project, and no others', async t => {
  const { sql, lease, rule, commit, alerts } = await alertWorld(t)
  const own = await rule()
  await rule({}, 2)
  await rule({ isEnabled: false })
  await rule({ condition: { type: 'regression' } })
  await rule({
    condition: { type: 'threshold', count: 0, window_minutes: 5, scope: 'project', include_archived: false }
  })
  const [event] = await commit({ issue: 'a' })
  const { fired } = await handleTransitions(sql, lease, { now: Date.now() })
  t.match(fired, [{ projectId: 1, ruleId: own.id, eventId: event?.id }])
  t.match(await alerts(), [{ rule_id: own.id, status: 'active', value: null }])

  await commit({ issue: 'a' })
  t.same((await handleTransitions(sql, lease, { now: Date.now() })).fired, [], 'known issues are not new')
})

t.test('a regression fires again after the cooldown only', async t => {
  const { sql, lease, rule, commit, alerts } = await alertWorld(t)
  await rule({ condition: { type: 'regression' }, cooldownMinutes: 10 })
  await commit({ issue: 'a' })
  const now = Date.now()
  for (const [round, ms] of [0, 10 * minuteMs - 1, 10 * minuteMs].entries()) {
    await sql`update issues set status = 'resolved', resolved_at = now() - interval '1 minute'`
    await commit({ issue: 'a' })
    await handleTransitions(sql, lease, { now: now + ms })
    t.equal((await alerts()).length, [1, 1, 2][round])
  }
})

t.test('filters ask for level, environment and tag of the events that came with the transition', async t => {
  const { sql, lease, rule, commit } = await alertWorld(t)
  const byLevel = await rule({ filters: { level: 'error' } })
  const byEnvironment = await rule({ filters: { environment: 'production' } })
  const byTag = await rule({ filters: { tag: 'region:eu' } })
  const byAll = await rule({ filters: { level: 'warning', environment: 'staging', tag: 'region:eu' } })
  const firedBy = async (...events: Parameters<typeof commit>): Promise<string[]> => {
    await commit(...events)
    return (await handleTransitions(sql, lease, { now: Date.now() })).fired.map(alert => alert.ruleId).sort()
  }
  t.same(await firedBy({ issue: 'a', level: 'fatal', environment: 'staging' }), [byLevel.id].sort())
  t.same(await firedBy({ issue: 'b', level: 'warning', environment: 'production' }), [byEnvironment.id].sort())
  t.same(await firedBy({ issue: 'c', level: 'info', environment: 'test', tags: { region: 'eu' } }), [byTag.id].sort())
  t.same(
    await firedBy({ issue: 'd', level: 'warning', environment: 'staging', tags: { region: 'eu' } }),
    [byTag.id, byAll.id].sort()
  )
  t.same(await firedBy({ issue: 'e', level: 'info', environment: 'test' }), [])
  const production = { issue: 'f', level: 'info', environment: 'production' } as const
  t.same(
    await firedBy(production, { ...production, environment: 'test' }),
    [byEnvironment.id],
    'any of the events counts'
  )
})

t.test('filters ask for names in the stack, also where events share them', async t => {
  const { sql, lease, rule, commit } = await alertWorld(t)
  const { id } = await rule({ filters: { query: 'stack.function:charge !error.type:X' } })
  const stack = { filename: ['cart.ts'], function: ['charge'], module: [], cause: [] }
  await commit({ issue: 'a', stack }, { issue: 'a', stack })
  t.match((await handleTransitions(sql, lease, { now: Date.now() })).fired, [{ ruleId: id }])
  await commit({ issue: 'b', stack }, { issue: 'c', stack, facets: { 'error.type': 'X' } })
  t.same(await sql`select count(word_set)::int as count from events`, [{ count: 1 }])
  t.match((await handleTransitions(sql, lease, { now: Date.now() })).fired, [{ ruleId: id }])
})

t.test('a rule on old issues is about those alone', async t => {
  const { sql, lease, rule, commit } = await alertWorld(t)
  await rule({ condition: { type: 'regression' }, filters: { issue_older_than_minutes: 10 } })
  await commit({ issue: 'a' }, { issue: 'b' })
  await sql`update issues set status = 'resolved', resolved_at = now() - interval '1 minute',
    first_seen = case when fingerprint = ${Buffer.from(fingerprintOf('a'), 'hex')} then now() - interval '11 minutes'
      else now() - interval '9 minutes' end`
  await commit({ issue: 'a' }, { issue: 'b' })
  t.equal((await handleTransitions(sql, lease, { now: Date.now() })).fired.length, 1)
})

t.test('issues that are discarded or deleted before their turn fire nothing and hold up nothing', async t => {
  const { sql, lease, rule, commit, alerts } = await alertWorld(t)
  await rule()
  await commit({ issue: 'a' }, { issue: 'b' }, { issue: 'c' })
  await sql`update issues set status = 'discarded' where fingerprint = ${Buffer.from(fingerprintOf('a'), 'hex')}`
  await sql`delete from issues where fingerprint = ${Buffer.from(fingerprintOf('b'), 'hex')}`
  t.equal((await handleTransitions(sql, lease, { now: Date.now() })).fired.length, 1)
  t.equal((await alerts()).length, 1)
  t.equal((await sql`select from transitions where handled_at is null`).length, 0)
})

t.test('of two that evaluate the same transitions only the holder of the lease fires, once', async t => {
  const { sql, lease, rule, commit, alerts } = await alertWorld(t)
  await rule()
  await commit({ issue: 'a' }, { issue: 'b' })
  const next = await leaseOf(sql, 'b')
  await t.rejects(handleTransitions(sql, lease, { now: Date.now() }), LeaseLost)
  t.equal((await alerts()).length, 0)
  t.equal((await sql`select from transitions where handled_at is null`).length, 2, 'they wait for who may')
  const results = await Promise.all([1, 2, 3].map(() => handleTransitions(sql, next, { now: Date.now() })))
  t.equal(results.flatMap(({ fired }) => fired).length, 2)
  t.equal((await alerts()).length, 2)
})

t.test('a crash before the commit leaves everything to be done', async t => {
  const { sql, lease, rule, commit, alerts } = await alertWorld(t)
  const { id } = await rule({ actions: [{ type: 'slack', url: 'https://example.com/a' }] })
  await commit({ issue: 'a' })
  const [issue] = await sql<{ id: string }[]>`select id from issues`
  const candidate = {
    projectId: 1,
    ruleId: id,
    subject: issue?.id ?? '',
    issueId: issue?.id ?? null,
    eventId: null,
    value: null
  }
  await t.rejects(
    withLease(sql, lease, async sql => {
      await fire(sql, [candidate], Date.now())
      throw new Error('crash')
    }),
    /crash/
  )
  t.equal((await sql`select from alert_deliveries`).length, 0)
  await handleTransitions(sql, lease, { now: Date.now() })
  t.equal((await alerts()).length, 1)
  t.equal((await sql`select from alert_deliveries`).length, 1)
})

t.test('many transitions are handled in bounded portions', async t => {
  const { sql, lease, rule, commit, alerts } = await alertWorld(t)
  await rule()
  await commit(...Array.from({ length: 7 }, (_, index) => ({ issue: `issue ${index}` })))
  const more: boolean[] = []
  for (let portion = 0; portion < 3; portion++) {
    more.push((await handleTransitions(sql, lease, { now: Date.now(), max: 3 })).more)
  }
  t.same(more, [true, true, false])
  t.equal((await alerts()).length, 7)
})
