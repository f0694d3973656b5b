/**
 * A person as the events of a project show them: how many there are, from when to when, in which issues, and what they
 * call the person. It looks at a bounded number of events, the newest; names and counts come from the index of words.
 */
import * as v from 'valibot'
import type { PersonDetail } from '../../schema/api/persons.ts'
import type { Sql, TransactionSql } from '../database/sql.ts'
import { rootsOf } from '../search/issue-roots.ts'
import { throughIndex } from '../search/through-index.ts'
import { wholeTime } from '../search/event-windows.ts'
import { summariesOf } from '../issues/summaries.ts'
import { candidatesIn, namesIn, pageOfPerson, type PersonIn, type UserNames } from './find.ts'
import { addressesOf } from './words.ts'

const eventsMax = 10_000
const issuesMax = 100
const namesMax = 20
/** Names are those of so many newest events. */
const namedEventsMax = 100

type IssueOf = PersonDetail['issues'][number]

export async function personDetail(sql: Sql, one: PersonIn): Promise<PersonDetail> {
  const { projectId } = one
  const { counts, newest, feedback } = await sql.begin(async sql => ({
    counts: await countsOf(sql, one),
    newest: await pageOfPerson(sql, one, wholeTime, namedEventsMax),
    feedback: await feedbackOf(sql, one)
  }))
  const eventCount = counts.reduce((sum, { count }) => sum + count, 0)
  const times = counts.flatMap(({ first, last }) => [first.getTime(), last.getTime()])
  return {
    event_count: Math.min(eventCount, eventsMax),
    is_complete: eventCount <= eventsMax,
    first_seen: times.length === 0 ? null : new Date(Math.min(...times)).toISOString(),
    last_seen: times.length === 0 ? null : new Date(Math.max(...times)).toISOString(),
    names: namesOf(newest.events.map(({ payload }) => namesIn(payload))),
    issues: await issuesOf(sql, projectId, counts),
    feedback_count: feedback
  }
}

const countRow = v.strictObject({ issue_id: v.string(), count: v.number(), first: v.date(), last: v.date() })
type CountRow = v.InferOutput<typeof countRow>

/** By the issue of their own fingerprint. One event more than are counted shows that there are more. */
async function countsOf(sql: TransactionSql, one: PersonIn): Promise<CountRow[]> {
  const { events } = await candidatesIn(sql, one, wholeTime, sql`e.id, e.received_at, e.issue_id`, eventsMax + 1)
  return await throughIndex(
    sql,
    async () =>
      await sql.rows(countRow)`
        select issue_id, count(*) as count, min(received_at) as first, max(received_at) as last from ${events} e
        group by issue_id`
  )
}

const feedbackRow = v.strictObject({ count: v.number() })

async function feedbackOf(sql: TransactionSql, { projectId, person }: PersonIn): Promise<number> {
  const [row] = await sql.rows(feedbackRow)`
    select count(*) as count from user_feedback
    where project_id = ${projectId} and lower(email) = any (${addressesOf(person)})`
  return row?.count ?? 0
}

function namesOf(found: readonly UserNames[]): PersonDetail['names'] {
  const those = (kind: keyof UserNames): string[] =>
    [...new Set(found.map(names => names[kind]))].filter(name => name !== '').slice(0, namesMax)
  return { id: those('id'), email: those('email'), username: those('username'), ip_address: those('ip_address') }
}

async function issuesOf(sql: Sql, projectId: number, counts: readonly CountRow[]): Promise<IssueOf[]> {
  const roots = await rootsOf(
    sql,
    projectId,
    counts.map(row => row.issue_id)
  )
  const families = new Map<string, CountRow>()
  for (const row of counts) {
    const rootId = roots.get(row.issue_id)?.rootId
    if (rootId === undefined) continue
    const known = families.get(rootId) ?? { ...row, count: 0 }
    families.set(rootId, {
      issue_id: rootId,
      count: known.count + row.count,
      first: known.first < row.first ? known.first : row.first,
      last: known.last > row.last ? known.last : row.last
    })
  }
  const newest = [...families.values()].sort((a, b) => b.last.getTime() - a.last.getTime()).slice(0, issuesMax)
  const summaries = await summariesOf(
    sql,
    projectId,
    newest.map(row => row.issue_id)
  )
  return newest.flatMap(({ issue_id: id, count, first, last }) => {
    const issue = summaries.get(id)
    return issue === undefined
      ? []
      : [{ issue, event_count: count, first_seen: first.toISOString(), last_seen: last.toISOString() }]
  })
}
