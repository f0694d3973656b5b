// Goal: the page of an event says how it came into its issue, whatever happened since: a merge, an upgrade, other
// rules, an issue taken out again. Method: real events through the real commit, and what would be told of each.
import t from 'tap'
import { version as version1, fingerprintOfVersion1 } from '../../../events/grouping/v1/group.ts'
import { prepareEvent } from '../../../events/prepare.ts'
import { storedEvent } from '../../../events/stored-event.ts'
import { mintEventId, receivedAtOf } from '../../../events/event-ids.ts'
import type { GroupingTexts, PreparedEvent } from '../../../schema/pipeline.ts'
import { commitBatches } from '../../../services/commit/attempt.ts'
import { knownIssues } from '../../../services/commit/known-issues.ts'
import { explainEvent } from '../../../services/issues/event-grouping.ts'
import { mergeIssues, unmergeIssue } from '../../../services/issues/merges.ts'
import type { Sql } from '../../../services/database/sql.ts'
import { changerIn } from '../../support/issues.ts'
import { databaseForEvents, preparedBatch } from '../../support/prepared.ts'

const noRules: GroupingTexts = { revision: 0, fingerprintRules: '', stackRules: '' }

async function store(sql: Sql, value: unknown, { rules = noRules, byVersion1 = false } = {}): Promise<PreparedEvent> {
  const id = mintEventId()
  const result = prepareEvent(value, {
    id,
    receivedAt: receivedAtOf(id),
    project: {
      projectId: 1,
      retentionDays: 30,
      sampleRate: 1,
      rateLimitPerMinute: null,
      scrub: { enabled: true, fields: [], safeFields: [], ip: 'keep' },
      grouping: rules
    }
  })
  if (result.kind !== 'prepared') throw new Error(`the event is ${result.kind}`)
  const { event } = result
  const stored = byVersion1 ? storedEvent(event.payload, event.receivedAt) : null
  const prepared =
    stored === null
      ? event
      : {
          ...event,
          fingerprint: fingerprintOfVersion1(stored),
          grouping: { ...event.grouping, version: version1 }
        }
  await commitBatches(sql, [preparedBatch([prepared])], { node: 'test', deadlineMs: 30_000 })
  return prepared
}

async function issueOf(sql: Sql, { id }: PreparedEvent): Promise<string> {
  const [row] = await sql<{ issue_id: string }[]>`select issue_id from events where id = ${id}`
  return row?.issue_id ?? ''
}

async function told(sql: Sql, event: PreparedEvent, texts = noRules) {
  const { id, projectId, receivedAt, retentionDays } = event
  const key = { id, projectId, receivedAt: new Date(receivedAt), retentionDays, issueId: await issueOf(sql, event) }
  const body = await explainEvent(sql, { key, slug: 'web', texts })
  return body === null ? null : [body.relation.kind, body.relation.issue?.short_id, body.fingerprint]
}

t.test('an event of a plain issue, of a merged one, and of one that was taken out again', async t => {
  const sql = await databaseForEvents(t)
  const [one, other] = [await store(sql, { message: 'one' }), await store(sql, { message: 'other' })]
  t.same(await told(sql, one), ['same', undefined, one.fingerprint])

  const changer = await changerIn(sql)
  const [root, merged] = [await issueOf(sql, one), await issueOf(sql, other)]
  await mergeIssues(sql, changer, [merged], root)
  knownIssues(sql).clear()
  const meanwhile = await store(sql, { message: 'other' })
  t.same(await told(sql, other), ['merged', 'WEB-2', other.fingerprint])
  t.same(await told(sql, meanwhile), ['merged', 'WEB-2', other.fingerprint])

  await unmergeIssue(sql, changer, merged)
  t.same(await told(sql, other), ['same', undefined, other.fingerprint])
  t.same(await told(sql, meanwhile), ['same', undefined, other.fingerprint])

  await sql`delete from issues where id = ${merged}`
  t.equal(await told(sql, other), null, 'an event of a deleted issue is gone')
})

t.test('an issue of version 1, before and after its events came again', async t => {
  const sql = await databaseForEvents(t)
  const event = { platform: 'node', exception: { type: 'E', stacktrace: [{ function: 'A.b', module: 'm' }] } }
  const before = await store(sql, event, { byVersion1: true })
  t.match(await told(sql, before), ['older_version'])
  knownIssues(sql).clear()
  const after = await store(sql, event)
  t.equal(await issueOf(sql, after), await issueOf(sql, before))
  t.same(await told(sql, before), ['adopted', undefined, after.fingerprint])
})

t.test('rules of the project that came, went, or lead elsewhere', async t => {
  const sql = await databaseForEvents(t)
  const rules = { ...noRules, revision: 1, fingerprintRules: 'message:order* -> orders' }
  const plain = await store(sql, { message: 'order lost' })
  t.same(await told(sql, plain, rules), ['rules_changed', undefined, plain.fingerprint])
  const ruled = await store(sql, { message: 'order lost' }, { rules })
  t.same(await told(sql, ruled, rules), ['same', undefined, ruled.fingerprint])
  t.match(await told(sql, ruled), ['elsewhere', 'WEB-1'], 'without the rule it is the plain issue’s')
  const alone = await store(sql, { message: 'order broken' }, { rules })
  t.match(await told(sql, alone), ['unknown'])
})
