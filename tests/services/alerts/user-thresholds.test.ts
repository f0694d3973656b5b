// Goal: rules fire exactly when events of more than so many different users came within the window, of all or one
// issue, with filters or without. Method: random users, issues and times; at random moments the value is compared with
// what SQL counts in the events of the window. One test for each rule beside.
import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import type { Filters } from '../../../schema/alerts.ts'
import { eraseEvent } from '../../../services/erasure/one-event.ts'
import { changeIssues } from '../../../services/issues/changes.ts'
import { mergeIssues } from '../../../services/issues/merges.ts'
import { changeRule, deleteRule } from '../../../services/alerts/rules.ts'
import { evaluateThresholds } from '../../../services/alerts/thresholds.ts'
import { forgetRuleUsers, noteUsers, usersOver } from '../../../services/alerts/user-thresholds.ts'
import { alertWorld } from '../../support/alerts.ts'
import { changerIn } from '../../support/issues.ts'

const minuteMs = 60_000
const base = Math.floor((Date.now() - 30 * minuteMs) / minuteMs) * minuteMs + 20_000
const hashOf = (user: number) => user.toString(16).padStart(16, '0')

const users = (count: number, minutes: number, scope: 'project' | 'issue' = 'project') => ({
  type: 'threshold' as const,
  of: 'users' as const,
  count,
  window_minutes: minutes,
  scope,
  include_archived: false
})
const stack = { filename: ['cart.ts'], function: ['charge'], module: [], cause: [] }
const seen = (user: number, afterMs: number, others: object = {}) => ({
  issue: 'a',
  stack,
  userHash: hashOf(user),
  user: String(user),
  receivedAt: base + afterMs,
  ...others
})

t.test('fires for more users than that, whatever number of events each has, and resolves by itself', async t => {
  const { sql, lease, rule, commit, alerts } = await alertWorld(t)
  const { condition } = await rule({ condition: users(2, 5) })
  t.equal(condition.type === 'threshold' && condition.of, 'users')
  await commit(seen(1, 0), seen(1, 1), seen(1, 2), seen(2, 3), { issue: 'a', receivedAt: base + 4 })
  t.same(await evaluateThresholds(sql, lease, { now: base + 30_000 }), [])
  await commit(seen(3, 31_000, { issue: 'b' }))
  t.match(await evaluateThresholds(sql, lease, { now: base + 60_000 }), [{ subject: 'project', value: 3 }])
  t.match(await alerts(), [{ status: 'active', value: 3 }])
  await evaluateThresholds(sql, lease, { now: base + 12 * minuteMs })
  t.match(await alerts(), [{ status: 'resolved' }])
})

for (const filters of [{}, { environment: 'production' }, { query: 'stack.function:charge' }] satisfies Filters[]) {
  for (const scope of ['project', 'issue'] as const) {
    t.test(`counts what SQL counts, ${JSON.stringify(filters)}, by ${scope}`, async t => {
      const { sql, rule, commit } = await alertWorld(t)
      await rule({ condition: users(0, 3, scope), filters })
      const event = fc.record({
        user: fc.integer({ min: 1, max: 6 }),
        at: fc.integer({ min: 0, max: 20 * minuteMs }),
        issue: fc.constantFrom('a', 'b'),
        environment: fc.constantFrom('production', 'test')
      })
      const sent = fc.sample(fc.tuple(event, event, event), { numRuns: 40, seed: 7 }).flat()
      for (let now = 0; now <= 24 * minuteMs; now += 30_000) {
        const due = sent.filter(({ at }) => at > now - 30_000 && at <= now)
        if (due.length > 0) {
          await commit(...due.map(({ user, at, ...others }) => seen(user, at, others)))
        }
        await noteUsers(sql, { now: base + now, lateMs: 2 * minuteMs, catchUpMs: 60 * minuteMs })
        const over = await usersOver(sql, { now: base + now, subjectsMax: 100 })
        const inWindow = await sql<{ subject: string; value: number }[]>`
          select ${scope === 'project' ? sql`'project'` : sql`issue_id::text`} as subject,
            count(distinct user_hash)::int as value
          from events where received_at >= ${new Date(base + now - 3 * minuteMs)}
            and received_at <= ${new Date(base + now)} and user_hash is not null
            ${'environment' in filters ? sql`and environment = 'production'` : sql``} group by 1`
        const sorted = (rows: readonly { subject: string; value: number | null }[]) =>
          rows.map(({ subject, value }) => `${subject} ${value}`).sort()
        assert.deepEqual(sorted(over), sorted(inWindow), `at ${now}`)
      }
    })
  }
}

t.test('archived issues do not count, merged ones count once for their root', async t => {
  const { sql, rule, commit } = await alertWorld(t)
  await rule({ condition: users(1, 10, 'issue') })
  await commit(seen(1, 0), seen(2, 0), seen(2, 1, { issue: 'b' }), seen(3, 1, { issue: 'b' }))
  const over = async () => {
    await noteUsers(sql, { now: base + minuteMs, lateMs: 0, catchUpMs: 60 * minuteMs })
    return (await usersOver(sql, { now: base + minuteMs, subjectsMax: 9 })).map(({ value }) => value)
  }
  t.same(await over(), [2, 2])
  const [a, b] = await sql<{ id: string }[]>`select id from issues order by title`
  const changer = await changerIn(sql)
  await mergeIssues(sql, changer, [b?.id ?? ''], a?.id ?? '')
  t.same(await over(), [3])
  await changeIssues(sql, changer, [a?.id ?? ''], { status: 'archived' }, base)
  t.same(await over(), [])
})

t.test('what a rule noted goes when it is changed, deleted or out of its window, or the event is erased', async t => {
  const { sql, rule, commit } = await alertWorld(t)
  const kept = await rule({ condition: users(0, 5) })
  const [first] = await commit(seen(1, 0), seen(2, 0))
  const note = async () => noteUsers(sql, { now: base + minuteMs, lateMs: 0, catchUpMs: 60 * minuteMs })
  const noted = async () => (await sql`select from alert_rule_users`).length
  await note()
  t.equal(await noted(), 2)
  const [issue] = await sql<{ id: string }[]>`select id from issues`
  const event = { id: first?.id ?? '', projectId: 1, receivedAt: new Date(base), retentionDays: 30 }
  await eraseEvent(sql, { ...event, issueId: issue?.id ?? '' }, (await changerIn(sql)).userId)
  t.equal(await noted(), 1)
  await changeRule(sql, 1, kept.id, rule => rule, base)
  t.equal(await noted(), 0)
  await note()
  t.equal(await noted(), 1)
  t.equal(await forgetRuleUsers(sql, { now: base + 2 * minuteMs, rowsMax: 9 }), 0)
  t.equal(await forgetRuleUsers(sql, { now: base + 7 * minuteMs, rowsMax: 9 }), 1)
  await changeRule(sql, 1, kept.id, rule => rule, base)
  await note()
  await deleteRule(sql, 1, kept.id, base)
  t.equal(await noted(), 0)
})
