// Goal: alerts that fire together are one notification, each is delivered at least once, failures are repeated at
// growing distances for a day, and projects do not starve one another. Method: alerts fired at chosen times; the queue
// claimed and settled by hand.
import t from 'tap'
import { maskedAction } from '../../../events/alert-actions.ts'
import type { Action, DeliveryResult } from '../../../schema/alerts.ts'
import { fire, type Candidate } from '../../../services/alerts/firing.ts'
import { resolveAlert } from '../../../services/alerts/fired.ts'
import { changeRule, deleteRule, findRule, type RuleFields } from '../../../services/alerts/rules.ts'
import {
  claimDeliveries,
  forgetDeliveries,
  listDeliveries,
  settleDelivery,
  type Delivery
} from '../../../services/alerts/deliveries.ts'
import { LeaseLost, withLease } from '../../../services/database/leases.ts'
import { alertWorld, leaseOf, type AlertWorld } from '../../support/alerts.ts'

const minuteMs = 60_000
const hourMs = 60 * minuteMs
const start = Date.parse('2026-11-23T12:00:00Z')
const slack: Action = { type: 'slack', url: 'https://hooks.example.com/a' }
const failure = { ok: false, detail: 'answered 500', isFinal: false }
const success = { ok: true, detail: 'answered 200', isFinal: false }

function candidate(ruleId: string, subject: string, projectId = 1): Candidate {
  return { projectId, ruleId, subject, issueId: null, eventId: null, value: null }
}

async function fireAt({ sql, lease }: AlertWorld, now: number, ...candidates: Candidate[]): Promise<void> {
  await withLease(sql, lease, async sql => {
    await fire(sql, candidates, now)
  })
}

async function claimAt(
  { sql, lease }: AlertWorld,
  now: number,
  others: { max?: number; busy?: number[] } = {}
): Promise<Delivery[]> {
  return await claimDeliveries(sql, lease, { now, max: 16, busy: [], ...others })
}

t.test('alerts that fire before the first attempt are one notification, later ones the next', async t => {
  const world = await alertWorld(t)
  const { id } = await world.rule({ actions: [slack] })
  await fireAt(world, start, candidate(id, 'a'), candidate(id, 'b'))
  await fireAt(world, start + 1_000, candidate(id, 'c'))
  t.same(await claimAt(world, start + 1_999), [])
  const [first, ...others] = await claimAt(world, start + 2_000)
  t.same(others, [])
  t.match(first, {
    attempt: 1,
    action: slack,
    notification: { alertCount: 3, isTest: false, rule: { id }, project: { id: '1', organization: 'default' } }
  })
  t.equal(first?.notification.alerts.length, 3)

  await fireAt(world, start + 3_000, candidate(id, 'd'))
  t.same(await claimAt(world, start + 6_999), [], 'the next one comes a pause later')
  t.match(await claimAt(world, start + 7_000), [{ notification: { alertCount: 1 } }])
})

t.test('pauses between notifications grow while alerts keep coming, and start anew after a rest', async t => {
  const world = await alertWorld(t)
  const { id } = await world.rule({ actions: [slack], cooldownMinutes: 0 })
  let now = start
  const due: number[] = []
  for (let round = 0; round < 9; round++) {
    await fireAt(world, now, candidate(id, 'a'))
    const [row] = await world.sql<{ at: Date }[]>`select next_attempt_at as at from alert_deliveries where attempts = 0`
    const at = row?.at.getTime() ?? 0
    due.push((at - now) / 1_000)
    for (const delivery of await claimAt(world, at)) await settleDelivery(world.sql, delivery, success, at)
    now = at
  }
  t.same(due, [2, 5, 10, 20, 40, 80, 160, 300, 300])
  await fireAt(world, now + hourMs, candidate(id, 'a'))
  t.match(await claimAt(world, now + hourMs + 2_000), [{ attempt: 1 }])
})

t.test('every action has a delivery of its own, and a rule without actions has none', async t => {
  const world = await alertWorld(t)
  const email: Action = { type: 'email', to: ['a@example.com'] }
  const [both, none] = [await world.rule({ actions: [slack, email] }), await world.rule()]
  await fireAt(world, start, candidate(both.id, 'a'), candidate(both.id, 'b'), candidate(none.id, 'a'))
  const claimed = await claimAt(world, start + 2_000)
  t.same(claimed.map(({ action }) => action.type).sort(), ['email', 'slack'])
  t.equal(new Set(claimed.map(({ notification }) => notification.deliveryId)).size, 2)
  for (const {
    notification: { alerts, alertCount }
  } of claimed) {
    t.same([alerts.length, alertCount], [2, 2], 'each tells of every alert once')
  }
  t.match(
    (await world.alerts()).find(alert => alert.rule_id === none.id),
    { notification_id: null }
  )
})

t.test(
  'what fails is tried again after a minute, then after twice as long each time, at most six hours, for a day',
  async t => {
    const world = await alertWorld(t)
    const { id } = await world.rule({ actions: [slack] })
    await fireAt(world, start, candidate(id, 'a'))
    const minutes: number[] = []
    let now = start + 2_000
    for (let given = false; !given;) {
      const [delivery] = await claimAt(world, now)
      if (delivery === undefined) throw new Error('nothing was due')
      given = await settleDelivery(world.sql, delivery, failure, now)
      const [row] = await world.sql<{ next: Date }[]>`select next_attempt_at as next from alert_deliveries`
      if (given) break
      minutes.push(((row?.next.getTime() ?? 0) - now) / minuteMs)
      t.same(await claimAt(world, (row?.next.getTime() ?? 0) - 1), [])
      now = row?.next.getTime() ?? 0
    }
    t.same(minutes, [1, 2, 4, 8, 16, 32, 64, 128, 256, 360, 360])
    t.ok(now - start <= 24 * hourMs)
    const [alert] = await world.alerts()
    const [log] = await listDeliveries(world.sql, {
      projectId: 1,
      alertId: alert?.id ?? '',
      after: null,
      limit: 10,
      masked: maskedAction
    })
    t.match(log, { state: 'failed', next_attempt_at: null, settled_at: new Date(now).toISOString() })
    t.equal(log?.attempts.length, 12)
    t.same(await claimAt(world, now + 30 * hourMs), [])
  }
)

t.test('a rule tells of a target that fails beside others that do not, until it works again or is gone', async t => {
  const world = await alertWorld(t)
  const discord: Action = { type: 'discord', url: 'https://chat.example.com/b' }
  const rule = await world.rule({ actions: [slack, discord], cooldownMinutes: 0 })
  const error = async () => (await findRule(world.sql, 1, rule.id))?.deliveryError
  const deliverAt = async (now: number, ofDiscord: DeliveryResult): Promise<void> => {
    await fireAt(world, now, candidate(rule.id, 'a'))
    for (const delivery of await claimAt(world, now + 5_000)) {
      await settleDelivery(world.sql, delivery, delivery.action.type === 'discord' ? ofDiscord : success, now + 5_000)
    }
  }
  await deliverAt(start, failure)
  t.match(await error(), { action: discord, detail: 'answered 500', isGivenUp: false })
  await deliverAt(start + hourMs, { ...failure, isFinal: true })
  t.match(await error(), { isGivenUp: true })
  await deliverAt(start + 2 * hourMs, success)
  t.equal(await error(), null)
  await deliverAt(start + 3 * hourMs, failure)
  await changeRule(world.sql, 1, rule.id, stored => ({ ...stored, actions: [slack] }), start)
  t.equal(await error(), null)
})

t.test(
  'a rule that is turned off, asks for something else or sends elsewhere sends nothing of what waited',
  async t => {
    const discord: Action = { type: 'discord', url: 'https://chat.example.com/b' }
    const changes: [what: string, change: Partial<RuleFields>, still: string[]][] = [
      ['renamed', { name: 'Other' }, ['discord', 'slack']],
      ['off', { isEnabled: false }, []],
      ['another condition', { condition: { type: 'regression' } }, []],
      ['other filters', { filters: { level: 'error' } }, []],
      ['a corrected address', { actions: [{ ...slack, url: 'https://hooks.example.com/b' }, discord] }, ['discord']]
    ]
    for (const [what, change, still] of changes) {
      const world = await alertWorld(t)
      const rule = await world.rule({ actions: [slack, discord] })
      await fireAt(world, start, candidate(rule.id, 'a'))
      for (const delivery of await claimAt(world, start + 2_000)) {
        await settleDelivery(world.sql, delivery, failure, start + 2_000)
      }
      await changeRule(world.sql, 1, rule.id, stored => ({ ...stored, ...change }), start)
      const claimed = await claimAt(world, start + hourMs)
      t.same(claimed.map(({ action }) => action.type).sort(), still, what)
      t.equal(
        (await world.sql`select from alert_deliveries where state = 'dropped' and settled_at is not null`).length,
        2 - still.length
      )
      const error = (await findRule(world.sql, 1, rule.id))?.deliveryError
      t.equal(error === null, still.length === 0, 'what was dropped is no fault of a target')
    }
  }
)

t.test('what was being sent as it was dropped is written down when it succeeds', async t => {
  const world = await alertWorld(t)
  const { id } = await world.rule({ actions: [slack] })
  await fireAt(world, start, candidate(id, 'a'))
  const [delivery] = await claimAt(world, start + 2_000)
  if (delivery === undefined) throw new Error('nothing was due')
  await deleteRule(world.sql, 1, id, start + 2_000)
  await settleDelivery(world.sql, delivery, failure, start + 3_000)
  t.match(await world.sql`select state from alert_deliveries`, [{ state: 'dropped' }])
  await settleDelivery(world.sql, delivery, success, start + 3_000)
  t.match(await world.sql`select state from alert_deliveries`, [{ state: 'delivered' }])
})

t.test('a recipient who was refused is tried again, the others are not', async t => {
  const world = await alertWorld(t)
  const { id } = await world.rule({ actions: [{ type: 'email', to: ['a@example.com', 'b@example.com'] }] })
  await fireAt(world, start, candidate(id, 'a'))
  const [first] = await claimAt(world, start + 2_000)
  if (first === undefined) throw new Error('nothing was due')
  await settleDelivery(world.sql, first, { ...failure, recipients: ['b@example.com'] }, start + 2_000)
  const again = { action: { type: 'email', to: ['b@example.com'] } }
  const [second] = await claimAt(world, start + hourMs)
  t.match(second, again)
  if (second) await settleDelivery(world.sql, second, failure, start + hourMs)
  t.match(await claimAt(world, start + 2 * hourMs), [again])
  t.match((await findRule(world.sql, 1, id))?.deliveryError, {
    action: { to: ['a@example.com', 'b@example.com'] }
  })
})

t.test('a service with incidents is told when an alert is resolved, after what opened it', async t => {
  const world = await alertWorld(t)
  const pagerduty: Action = { type: 'pagerduty', routing_key: 'key' }
  const rule = await world.rule({ actions: [slack, pagerduty] })
  const resolve = async (subject: string): Promise<void> => {
    const alertId = (await world.alerts()).find(alert => alert.subject === subject)?.id ?? ''
    const about = { alertId, projectId: 1, organizationId: '', role: 'member' as const }
    await resolveAlert(world.sql, about, '00000000-0000-7000-8000-000000000001', start + 3_000)
  }
  await fireAt(world, start, candidate(rule.id, 'a'), candidate(rule.id, 'b'))
  const opened = await claimAt(world, start + 2_000)
  await resolve('a')
  await resolve('a')
  t.same(await claimAt(world, start + 32_000 - 1), [], 'it waits until what is being sent has ended')
  for (const delivery of opened) await settleDelivery(world.sql, delivery, success, start + 4_000)
  await changeRule(world.sql, 1, rule.id, stored => ({ ...stored, isEnabled: false, actions: [] }), start)
  const [closing, ...others] = await claimAt(world, start + 33_000)
  t.same(others, [])
  t.match(closing, {
    action: pagerduty,
    notification: { isResolution: true, alertCount: 1, alerts: [{ subject: 'a' }] }
  })
  await resolve('b')
  t.match(await claimAt(world, start + 5_000), [{ notification: { alerts: [{ subject: 'b' }] } }])
  const [a] = await world.alerts()
  const listed = await listDeliveries(world.sql, {
    projectId: 1,
    alertId: a?.id ?? '',
    after: null,
    limit: 10,
    masked: maskedAction
  })
  t.same(listed.map(({ about }) => about).sort(), ['firing', 'firing', 'resolution'])
})

t.test('a target that asks for time is given it, within six hours', async t => {
  const world = await alertWorld(t)
  const { id } = await world.rule({ actions: [slack] })
  await fireAt(world, start, candidate(id, 'a'))
  for (const [now, retryAfterS, minutes] of [
    [start + 2_000, 600, 10],
    [start + hourMs, 90_000, 360]
  ] as const) {
    const [delivery] = await claimAt(world, now)
    if (delivery) await settleDelivery(world.sql, delivery, { ...failure, retryAfterS }, now)
    t.match(await world.sql`select next_attempt_at from alert_deliveries`, [
      { next_attempt_at: new Date(now + minutes * minuteMs) }
    ])
  }
})

t.test('a refusal that stays one is given up at once', async t => {
  const world = await alertWorld(t)
  const { id } = await world.rule({ actions: [slack] })
  await fireAt(world, start, candidate(id, 'a'))
  const [delivery] = await claimAt(world, start + 2_000)
  t.ok(delivery && (await settleDelivery(world.sql, delivery, { ...failure, isFinal: true }, start + 3_000)))
})

t.test('what was claimed and not settled is due again; a late success counts, a late failure does not', async t => {
  const world = await alertWorld(t)
  const { id } = await world.rule({ actions: [slack] })
  await fireAt(world, start, candidate(id, 'a'))
  const [first] = await claimAt(world, start + 2_000)
  t.same(await claimAt(world, start + 31_999), [], 'the claimant has its time')
  const [second] = await claimAt(world, start + 32_000)
  if (first === undefined || second === undefined) throw new Error('nothing was due')
  t.equal(second.attempt, 2)
  t.equal(second.notification.deliveryId, first.notification.deliveryId)
  await settleDelivery(world.sql, first, failure, start + 33_000)
  t.match(await world.sql`select log from alert_deliveries`, [{ log: [] }])
  await settleDelivery(world.sql, first, success, start + 34_000)
  await settleDelivery(world.sql, second, failure, start + 35_000)
  t.match(await world.sql`select state, jsonb_array_length(log) as entries from alert_deliveries`, [
    { state: 'delivered', entries: 1 }
  ])
})

t.test('who has lost the lease claims nothing', async t => {
  const world = await alertWorld(t)
  const { id } = await world.rule({ actions: [slack] })
  await fireAt(world, start, candidate(id, 'a'))
  const next = await leaseOf(world.sql, 'b')
  await t.rejects(claimAt(world, start + 2_000), LeaseLost)
  t.equal((await claimAt({ ...world, lease: next }, start + 2_000)).length, 1)
})

t.test('a project with much to deliver takes a few at a time and leaves room for others', async t => {
  const world = await alertWorld(t)
  for (let index = 0; index < 9; index++) {
    await fireAt(world, start, candidate((await world.rule({ actions: [slack] })).id, 'a'))
  }
  const other = await world.rule({ actions: [slack] }, 2)
  await fireAt(world, start + 500, candidate(other.id, 'a', 2))
  const first = await claimAt(world, start + 5_000, { max: 6 })
  t.same(first.map(({ projectId }) => projectId).sort(), [1, 1, 1, 1, 2])
  t.same(await claimAt(world, start + 5_000, { busy: [1] }), [])
  t.equal((await claimAt(world, start + 5_000, { max: 3 })).length, 3)
  t.equal((await claimAt(world, start + 5_000)).length, 2)
})

t.test('many alerts are a number and the first of them', async t => {
  const world = await alertWorld(t)
  const { id } = await world.rule({ actions: [slack] })
  await fireAt(world, start, ...Array.from({ length: 300 }, (_, index) => candidate(id, `subject ${index}`)))
  const [delivery] = await claimAt(world, start + 2_000)
  t.equal(delivery?.notification.alertCount, 300)
  t.equal(delivery?.notification.alerts.length, 20)
})

t.test('the log is kept for a month', async t => {
  const world = await alertWorld(t)
  const { id } = await world.rule({ actions: [slack] })
  await fireAt(world, start, candidate(id, 'a'))
  t.equal(await forgetDeliveries(world.sql, { now: start + 30 * 24 * hourMs, rowsMax: 10 }), 0)
  t.equal(await forgetDeliveries(world.sql, { now: start + 30 * 24 * hourMs + 1, rowsMax: 10 }), 1)
})

t.test(
  'a notification about an event has the title of that event, not the one that its issue shows by then',
  async t => {
    const world = await alertWorld(t)
    const { id: ruleId } = await world.rule({ actions: [slack] })
    const named = (number: number) => ({ message: `Order ${number} failed`, title: `Order ${number} failed` })
    const [first] = await world.commit(named(1), named(2))
    const [issue] = await world.sql<{ id: string }[]>`select id from issues`
    const issueId = issue?.id ?? ''
    await world.sql`update issues set title = 'Order 2 failed'`
    await fireAt(world, start, { ...candidate(ruleId, issueId), issueId, eventId: first?.id ?? '' })
    const [delivery] = await claimAt(world, start + 2_000)
    t.match(delivery?.notification.alerts, [{ issue: { title: 'Order 1 failed' } }])
    await world.sql`delete from events`
    await fireAt(world, start + 3 * hourMs, { ...candidate(ruleId, issueId), issueId, eventId: first?.id ?? '' })
    const later = await claimAt(world, start + 4 * hourMs)
    t.match(later.at(-1)?.notification.alerts, [{ issue: { title: 'Order 2 failed' } }], 'its event is gone')
  }
)
