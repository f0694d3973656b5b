/** Terms of a search that the row of an issue can decide, as conditions on a row `i` of `issues`. */
import type { Comparison, IssueTerm, State, Status } from '../../events/search/query.ts'
import { statuses, substatuses } from '../../events/search/query.ts'
import { anyOf, matchesAny, not, type Condition } from '../search/event-terms.ts'
import { shownTitles } from '../search/issue-titles.ts'
import type { Queryable } from '../database/sql.ts'

const hourMs = 3_600_000

/** Whose issues are looked at, and by whom. */
export type IssueScope = { projectId: number; organizationId: string; slug: string; callerId: string }

/** When issues were seen: `from` is inclusive, `to` exclusive and null for open ends; in milliseconds. */
export type SeenRange = { from: number; to: number | null }

/** What lists show and sort by: an issue and all that was merged into it. */
export function shownColumns(sql: Queryable) {
  return {
    ...shownTitles(sql),
    events: sql`(i.event_count + coalesce(i.merged_event_count, 0))`,
    users: sql`(i.user_count + coalesce(i.merged_user_count, 0))`,
    first_seen: sql`least(i.first_seen, i.merged_first_seen)`,
    last_seen: sql`greatest(i.last_seen, i.merged_last_seen)`
  }
}

/** All but the first release, whose condition depends on how many issues have it (see issues/by-release.ts). */
type PlainTerm = Exclude<IssueTerm, { kind: 'first_release' }>

export function issueCondition(sql: Queryable, scope: IssueScope, term: PlainTerm): Condition {
  return not(sql, term.negated, positive(sql, scope, term))
}

function positive(sql: Queryable, scope: IssueScope, term: PlainTerm): Condition {
  const shown = shownColumns(sql)
  switch (term.kind) {
    case 'is':
      return anyOf(
        sql,
        term.states.map(state => stateCondition(sql, state))
      )
    case 'assigned':
      return assigneeCondition(sql, scope, term.to)
    case 'issue':
      return idCondition(sql, scope, term.ids)
    case 'text':
      return matchesAny(sql, term.column === 'platform' ? sql`i.platform` : shown[term.column], term.patterns, {
        ignoreCase: true
      })
    case 'count':
      return compared(sql, shown[term.of], term.comparison)
    case 'time':
      return seenBetween(sql, term)
  }
}

/** The condition on the hour adds nothing, but the index has it. */
function seenBetween(sql: Queryable, { of, from, to }: IssueTerm & { kind: 'time' }): Condition {
  const seen = shownColumns(sql)[of]
  const isLast = of === 'last_seen'
  return sql`true
    ${
      from === null
        ? sql``
        : sql`and ${seen} >= ${new Date(from)}
      ${isLast ? sql`and i.last_seen_hour >= ${new Date(hourOf(from))}` : sql``}`
    }
    ${
      to === null
        ? sql``
        : sql`and ${seen} < ${new Date(to)}
      ${isLast ? sql`and i.last_seen_hour <= ${new Date(to)}` : sql``}`
    }`
}

function stateCondition(sql: Queryable, state: State): Condition {
  if (state === 'assigned') return sql`i.assignee_id is not null`
  if (state === 'unassigned') return sql`i.assignee_id is null`
  return isStatus(state) ? sql`i.status = ${state}` : sql`i.status = 'unresolved' and i.substatus = ${state}`
}

/** `to` holds me, none, e-mail addresses and ids of users. */
function assigneeCondition(sql: Queryable, { organizationId, callerId }: IssueScope, to: readonly string[]): Condition {
  const emails = to.filter(one => one.includes('@'))
  const ids = to.filter(one => one !== 'none' && !one.includes('@')).map(one => (one === 'me' ? callerId : one))
  return anyOf(sql, [
    ...(to.includes('none') ? [sql`i.assignee_id is null`] : []),
    ...(ids.length === 0 ? [] : [sql`i.assignee_id = any (${ids}::uuid[])`]),
    ...(emails.length === 0
      ? []
      : [
          sql`i.assignee_id in (select u.id from users u join memberships m on m.user_id = u.id
            and m.organization_id = ${organizationId} where u.email = any (${emails}))`
        ])
  ])
}

/** Ids, and numbers with or without the project's name before them. */
function idCondition(sql: Queryable, { slug }: IssueScope, ids: readonly string[]): Condition {
  const uuids = ids.filter(id => /^[0-9a-f-]{36}$/.test(id))
  const numbers = ids
    .filter(id => !uuids.includes(id))
    .flatMap(id => numberOf(slug, id) ?? (/^\d+$/.test(id) ? [Number(id)] : []))
  return sql`i.id = any (${uuids}::uuid[]) or i.number = any (${numbers}::bigint[])`
}

/** The number in a short id of this project's, `WEB-17`; null for anything else. */
export function numberOf(slug: string, shortId: string): number | null {
  const [, prefix, digits] = /^(.+)-(\d{1,15})$/.exec(shortId) ?? []
  return prefix?.toLowerCase() === slug.toLowerCase() ? Number(digits) : null
}

function compared(sql: Queryable, column: Condition, { operator, value }: Comparison): Condition {
  switch (operator) {
    case '=':
      return sql`${column} = ${value}`
    case '>':
      return sql`${column} > ${value}`
    case '>=':
      return sql`${column} >= ${value}`
    case '<':
      return sql`${column} < ${value}`
    case '<=':
      return sql`${column} <= ${value}`
  }
}

/** The statuses that issues of these terms can have; null when no term names a status. Lists read only these. */
export function statusesOf(
  terms: readonly { kind: string; negated: boolean; states?: readonly State[] }[]
): Status[] | null {
  const asked = terms.filter(
    ({ kind, states = [] }) => kind === 'is' && states.every(state => isStatus(state) || isSubstatus(state))
  )
  if (!asked.some(({ states = [] }) => states.some(isStatus))) return null
  const possible = asked
    .filter(({ negated }) => !negated)
    .map(({ states = [] }) => states.map(state => (isStatus(state) ? state : 'unresolved')))
  return statuses.filter(status => possible.every(some => some.includes(status)))
}

function isStatus(state: State): state is Status {
  return statuses.some(status => status === state)
}

function isSubstatus(state: State): boolean {
  return substatuses.some(substatus => substatus === state)
}

/** The start of the hour of a time, in milliseconds. */
export function hourOf(ms: number): number {
  return Math.floor(ms / hourMs) * hourMs
}
