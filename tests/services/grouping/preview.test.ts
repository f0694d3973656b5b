// Goal: a preview tells what other rules would do to the last events of one project, within its bounds.
// Method: events are prepared and committed, with the rules that hold then; previews of other rules are compared with
// what preparing the same events by those rules gives, and each bound is made to end one.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import t from 'tap'
import * as v from 'valibot'
import { mintEventId, receivedAtOf } from '../../../events/event-ids.ts'
import { prepareEvent } from '../../../events/prepare.ts'
import type { GroupingTexts, PreparedEvent } from '../../../schema/pipeline.ts'
import { changeSettings } from '../../../services/accounts/settings.ts'
import { commitBatches } from '../../../services/commit/attempt.ts'
import type { Sql } from '../../../services/database/sql.ts'
import { newestPayloads } from '../../../services/events/newest-payloads.ts'
import { previewGrouping, type PreviewLimits } from '../../../services/grouping/preview.ts'
import { project } from '../../support/events.ts'
import { databaseForEvents, preparedBatch } from '../../support/prepared.ts'

const faults = path.resolve('tests/events/grouping/faults')
const file = v.object({ events: v.array(v.looseObject({})) })
const corpus = fs
  .readdirSync(faults)
  .flatMap(name => v.parse(file, JSON.parse(fs.readFileSync(path.join(faults, name), 'utf8'))).events)

function prepared(event: object, { projectId = 1, grouping }: { projectId?: number; grouping?: GroupingTexts } = {}) {
  const id = mintEventId()
  const result = prepareEvent(event, {
    id,
    receivedAt: receivedAtOf(id),
    project: { ...project, projectId, grouping }
  })
  assert(result.kind === 'prepared')
  return result.event
}

async function commit(sql: Sql, events: PreparedEvent[]): Promise<void> {
  await commitBatches(sql, [preparedBatch(events)], { node: 'test', deadlineMs: 30_000 })
}

async function previewed(sql: Sql, fingerprintRules: string, stackRules = '', limits?: PreviewLimits, projectId = 1) {
  const now = Date.now() + 1_000
  const preview = await previewGrouping(
    sql,
    projectId,
    { fingerprintRules, stackRules },
    { now, ...(limits && { limits }) }
  )
  assert(preview !== null)
  return preview
}

const pay = (tenant: string) => ({
  message: 'pay',
  tags: { tenant },
  exception: { type: 'PayError', stacktrace: [{ module: 'shop.Cart', function: 'pay', in_app: true }] }
})
const read = (module: string) => ({
  exception: {
    type: 'ReadError',
    stacktrace: [
      { module: 'shop.Cart', function: 'load', in_app: true },
      { module, function: 'read', in_app: true }
    ]
  }
})

t.test('split, joined, and what stays', async t => {
  const sql = await databaseForEvents(t)
  await commit(
    sql,
    [pay('a'), pay('b'), pay('b'), read('lib.One'), read('lib.Two'), { message: 'm' }].map(event => prepared(event))
  )
  const preview = await previewed(
    sql,
    '# by tenant\ntype:PayError -> pay {{ tags.tenant }} title="Pay of {{ tags.tenant }}"\ntype:Nothing -> x',
    'module:lib.* -app'
  )
  t.match(preview, {
    events: 6,
    ended_by: null,
    events_changed: 5,
    issues_now: 4,
    issues_then: 4,
    issues_split: 1,
    issues_joined: 2,
    fingerprint_rules: [
      { line: 2, events: 3 },
      { line: 3, events: 0 }
    ],
    stack_rules: [{ line: 1, events: 2 }]
  })
  const [split, ...joined] = preview.issues
  t.match(split, {
    title: 'PayError',
    events: 3,
    events_changed: 3,
    split: true,
    joined: false,
    groups_count: 2,
    groups: [
      { title: 'Pay of b', events: 2, events_in_all: 2, issues_joined: 1, is_new: true },
      { title: 'Pay of a', events: 1 }
    ]
  })
  t.equal(joined.length, 2)
  for (const issue of joined) {
    t.match(issue, {
      title: 'ReadError',
      split: false,
      joined: true,
      groups: [{ events: 1, events_in_all: 2, issues_joined: 2, is_new: true }]
    })
  }
  const ids = await sql<{ id: string }[]>`select id from issues`
  t.ok(preview.issues.every(({ issue_id: id }) => ids.some(issue => issue.id === id)))
})

t.test('an issue that others would join is told too, and one that would only get a new name', async t => {
  const sql = await databaseForEvents(t)
  await commit(sql, [
    prepared({ message: 'a', fingerprint: ['pool'] }),
    prepared({ message: 'b' }),
    prepared({ message: 'c' })
  ])
  const { issues, ...counts } = await previewed(sql, 'message:b -> pool\nmessage:c -> c')
  t.match(counts, { events_changed: 2, issues_joined: 2, issues_split: 0, issues_now: 3, issues_then: 2 })
  t.same(
    new Map(
      issues.map(({ title, events_changed: changed, joined, groups }) => [title, [changed, joined, groups[0]?.is_new]])
    ),
    new Map([
      ['a', [0, true, false]],
      ['b', [1, true, false]],
      ['c', [1, false, true]]
    ])
  )
})

t.test('a corpus: the same issues as preparing it with the rules gives; rules that hold change nothing', async t => {
  const sql = await databaseForEvents(t)
  const rules = {
    fingerprintRules: 'function:*a* -> {{ default }} {{ error.type }}',
    stackRules: 'app:yes function:*e* -app'
  }
  const before = { revision: 1, fingerprintRules: '', stackRules: 'app:no +app' }
  await changeSettings(
    sql,
    1,
    { grouping: before },
    { userId: '00000000-0000-7000-8000-000000000000', now: Date.now() }
  )
  await commit(
    sql,
    corpus.map(event => prepared(event, { grouping: before }))
  )
  const distinct = (grouping: GroupingTexts) =>
    new Set(corpus.map(event => prepared(event, { grouping }).fingerprint)).size
  const preview = await previewed(sql, rules.fingerprintRules, rules.stackRules)
  t.match(preview, {
    events: corpus.length,
    issues_now: distinct(before),
    issues_then: distinct({ ...rules, revision: 1 })
  })
  t.ok(preview.events_changed > 0)
  t.match(await previewed(sql, before.fingerprintRules, before.stackRules), { events_changed: 0, issues: [] })
})

t.test('each bound ends it, and another project is another', async t => {
  const sql = await databaseForEvents(t)
  await commit(
    sql,
    Array.from({ length: 30 }, (_, index) => prepared({ message: 'x', extra: { index } }))
  )
  await commit(sql, [prepared({ message: 'other' }, { projectId: 2 })])
  const large = { eventsMax: 1_000, bytesMax: 1e9, budgetMs: 1e9 }
  t.match(await previewed(sql, 'message:* -> x', '', large), { events: 30, ended_by: null, issues_now: 1 })
  t.match(await previewed(sql, '', '', { ...large, eventsMax: 12 }), { events: 12, ended_by: 'events' })
  t.match(await previewed(sql, '', '', { ...large, bytesMax: 1 }), { events: 10, ended_by: 'bytes' })
  t.match(await previewed(sql, '', '', { ...large, budgetMs: 0 }), { events: 10, ended_by: 'time' })
  t.match(await previewed(sql, 'message:* -> x', '', large, 2), { events: 1, issues: [{ title: 'other' }] })
  await sql`delete from issues where project_id = 2`
  t.match(await previewed(sql, 'message:* -> x', '', large, 2), { issues: [{ issue_id: null }] })
})

t.test('events come newest first, each once, over days and retention classes', async t => {
  const sql = await databaseForEvents(t)
  await sql`update projects set retention_classes = '{30,90}' where id = 1`
  const events = Array.from({ length: 25 }, (_, index) => ({
    ...prepared({ message: `m ${index}` }),
    retentionDays: index % 2 === 0 ? (30 as const) : (90 as const)
  }))
  await commit(sql, events)
  const found: string[] = []
  for await (const page of newestPayloads(sql, 1, { now: Date.now() + 1_000, eventsMax: 20 })) {
    found.push(...page.map(({ id }) => id))
  }
  t.same(
    found,
    events
      .map(({ id }) => id)
      .sort()
      .reverse()
      .slice(0, 20)
  )
})

t.test('more than two at once are refused', async t => {
  const sql = await databaseForEvents(t)
  const texts = { fingerprintRules: '', stackRules: '' }
  const answers = await Promise.all([1, 2, 3].map(() => previewGrouping(sql, 1, texts, { now: Date.now() })))
  t.same(
    answers.map(answer => answer === null),
    [false, false, true]
  )
  t.ok(await previewGrouping(sql, 1, texts, { now: Date.now() }))
})
