// Goal: an event shows the title and culprit that it came with, an issue those of its newest event. Method: events of
// one issue with other titles through the real commit, late ones and merged ones too; then rows as the version before
// left them, and what its nodes call.
import t from 'tap'
import type { PreparedEvent } from '../../../schema/pipeline.ts'
import { listEvents } from '../../../services/events/list.ts'
import { listIssueEvents } from '../../../services/events/of-issue.ts'
import { loadEventDetail } from '../../../services/issues/event-detail.ts'
import { summariesOf } from '../../../services/issues/summaries.ts'
import { mergeIssues, unmergeIssue } from '../../../services/issues/merges.ts'
import { leastId } from '../../../services/search/event-windows.ts'
import type { Sql } from '../../../services/database/sql.ts'
import { changerIn, commitEvents, issueIdOf } from '../../support/issues.ts'
import { databaseForEvents } from '../../support/prepared.ts'

const filter = { where: null, tags: [], levels: [], environments: [], releases: [], users: [] }
const dayMs = 86_400_000
const hourMs = 3_600_000
/** In an hour that is over: issues are never seen in the future. */
const now = Math.floor(Date.now() / hourMs) * hourMs - hourMs

async function listed(sql: Sql) {
  const { items } = await listEvents(sql, {
    projectId: 1,
    filter,
    before: { at: now + dayMs, id: leastId },
    from: now - dayMs,
    limit: 25
  })
  return items.map(({ title, culprit }) => [title, culprit])
}

async function detailOf(sql: Sql, { id, projectId, receivedAt, retentionDays }: PreparedEvent, issueId: string) {
  const detail = await loadEventDetail(sql, {
    id,
    projectId,
    receivedAt: new Date(receivedAt),
    retentionDays,
    issueId
  })
  return detail === null ? null : [detail.title, detail.culprit]
}

async function issuesOf(sql: Sql, ...events: string[]) {
  const ids = await Promise.all(events.map(event => issueIdOf(sql, event)))
  const summaries = await summariesOf(sql, 1, ids)
  return ids.map(id => [summaries.get(id)?.title, summaries.get(id)?.culprit])
}

t.test('events keep their own, the issue has those of the newest, whatever comes late', async t => {
  const sql = await databaseForEvents(t)
  const named = (title: string, receivedAt: number) => ({ title, message: title, culprit: `in ${title}`, receivedAt })
  await commitEvents(sql, named('second', now - 2_000), named('first', now - 3_000))
  t.same(await issuesOf(sql, 'a'), [['second', 'in second']])
  const [newest] = await commitEvents(sql, { ...named('third', now - 1_000), message: 'more words' })
  t.same(await issuesOf(sql, 'a'), [['third', 'in third']])
  await commitEvents(sql, named('late', now - 9_000))
  t.same(await issuesOf(sql, 'a'), [['third', 'in third']])

  const all = ['third', 'second', 'first', 'late'].map(title => [title, `in ${title}`])
  t.same(await listed(sql), all)
  const issueId = await issueIdOf(sql, 'a')
  const { items } = await listIssueEvents(
    sql,
    { projectId: 1, classes: [30], filter, search: null },
    { rootId: issueId, firstSeen: now - dayMs, lastSeen: now },
    { before: null, from: 0, limit: 25 }
  )
  t.same(
    items.map(({ title, culprit }) => [title, culprit]),
    all
  )
  if (newest !== undefined) t.same(await detailOf(sql, newest, issueId), ['third', 'in third'])
})

t.test('what is indexed follows with the hour, and until then no index is written', async t => {
  const sql = await databaseForEvents(t)
  const indexed = async () => (await sql<{ title: string }[]>`select title from issues`)[0]?.title
  await commitEvents(sql, { title: 'first', receivedAt: now - hourMs })
  await commitEvents(sql, { title: 'second', receivedAt: now - hourMs + 1 })
  t.same([await indexed(), await issuesOf(sql, 'a')], ['first', [['second', '/cart']]])
  await commitEvents(sql, { title: 'third', receivedAt: now })
  t.same([await indexed(), await issuesOf(sql, 'a')], ['third', [['third', '/cart']]])
  await commitEvents(sql, { title: 'fourth', receivedAt: now + 1 })
  await commitEvents(sql, { title: 'third', receivedAt: now + 2 })
  t.same([await indexed(), await issuesOf(sql, 'a')], ['third', [['third', '/cart']]])
})

t.test('after a merge events still show their own', async t => {
  const sql = await databaseForEvents(t)
  await commitEvents(
    sql,
    { issue: 'a', title: 'A', receivedAt: now - 1_000 },
    { issue: 'b', title: 'B', receivedAt: now - 2_000 }
  )
  const changer = await changerIn(sql)
  await mergeIssues(sql, changer, [await issueIdOf(sql, 'b')], await issueIdOf(sql, 'a'))
  const titles = async () => (await issuesOf(sql, 'a', 'b')).map(([title]) => title)
  t.same(await titles(), ['A', 'B'], 'the newest of all is the root’s own')
  await commitEvents(sql, { issue: 'b', title: 'B again', receivedAt: now })
  t.same(
    (await listed(sql)).map(([title]) => title),
    ['B again', 'A', 'B']
  )
  t.same(await titles(), ['B again', 'B again'], 'a root shows the newest of all that were merged into it')
  await unmergeIssue(sql, changer, await issueIdOf(sql, 'b'))
  t.same(await titles(), ['A', 'B again'])
})

t.test('events of the version before have titles of issues in lists, and their own when one is opened', async t => {
  const sql = await databaseForEvents(t)
  const payload = JSON.stringify({ level: 'error', message: 'own words', transaction: '/own' })
  const [event] = await commitEvents(sql, { title: 'of the issue', culprit: '/issue', receivedAt: now, payload })
  // What adding the columns makes of rows that were there.
  await sql`update events set title = null, culprit = null`
  t.same(await listed(sql), [['of the issue', '/issue']])
  if (event !== undefined) t.same(await detailOf(sql, event, await issueIdOf(sql, 'a')), ['own words', '/own'])
})

t.test('nodes of the version before count on, and leave titles alone', async t => {
  const sql = await databaseForEvents(t)
  const [event] = await commitEvents(sql, { title: 'T', culprit: '', receivedAt: now })
  const id = await issueIdOf(sql, 'a')
  const later = new Date(now + 1_000)
  await sql`
    select count_into_issues(${id}::uuid, '{1}'::bigint[], array[${id}]::uuid[], '{1}'::bigint[],
      array[${later}]::timestamptz[], array[${later}]::timestamptz[], array[${event?.id ?? id}]::uuid[],
      '{""}'::text[])`
  t.match([...(await sql`select title, event_count from issues`)], [{ title: 'T', event_count: 2 }])
})
