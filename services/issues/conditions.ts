/** Terms of a search that the row of an issue can decide, as conditions on a row `i` of `issues`. */
import { termNodes } from '../../events/search/nodes.ts'
import {
  statuses,
  substatuses,
  type IssueTerm,
  type SearchNode,
  type State,
  type Status
} from '../../events/search/query.ts'
import { allOf, anyOf, not, type Condition } from '../search/compiled.ts'
import { compared, matchesAny } from '../search/event-terms.ts'
import { shownTitles } from '../search/issue-titles.ts'
import type { Queryable, Sql } from '../database/sql.ts'
import { begunWithReleases } from './begun-with.ts'
import type { RowNode, RowTerm } from './clauses.ts'

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

/** In an object, because awaiting a query would send it. */
export async function rowCondition(sql: Sql, scope: IssueScope, node: RowNode): Promise<{ condition: Condition }> {
  if (node.op === 'term') return await termCondition(sql, scope, node.term)
  const parts = await Promise.all(node.parts.map(async part => await rowCondition(sql, scope, part)))
  const conditions = parts.map(({ condition }) => condition)
  return { condition: node.op === 'and' ? allOf(sql, conditions) : anyOf(sql, conditions) }
}

async function termCondition(sql: Sql, scope: IssueScope, term: RowTerm): Promise<{ condition: Condition }> {
  return term.kind === 'first_release'
    ? await begunWithReleases(sql, scope.projectId, term)
    : { condition: not(sql, term.negated, positive(sql, scope, term)) }
}

function positive(sql: Queryable, scope: IssueScope, term: Exclude<RowTerm, { kind: 'first_release' }>): Condition {
  const shown = shownColumns(sql)
  switch (term.kind) {
    case 'level':
      return sql`i.level = any (${term.levels})`
    case 'first_release_order':
      throw new Error('releases are compared before a statement is made')
    case 'is':
      return anyOf(
        sql,
        term.states.map(state => stateCondition(sql, state))
      )
    case 'assigned':
      return assigneeCondition(sql, scope, term.to)
    case 'issue':
      return idCondition(sql, term.ids)
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

/** Ids, and numbers. */
function idCondition(sql: Queryable, ids: readonly string[]): Condition {
  const uuids = ids.filter(id => id.includes('-'))
  const numbers = ids.filter(id => !id.includes('-')).map(Number)
  return sql`i.id = any (${uuids}::uuid[]) or i.number = any (${numbers}::bigint[])`
}

/** The number in a short id of this project's, `WEB-17`; null for anything else. */
export function numberOf(slug: string, shortId: string): number | null {
  const [, prefix, digits] = /^(.+)-(\d{1,15})$/.exec(shortId) ?? []
  return prefix?.toLowerCase() === slug.toLowerCase() ? Number(digits) : null
}

/** The statuses that issues of this search can have; null when no term names a status. Lists read only these. */
export function statusesOf(node: SearchNode | null): Status[] | null {
  const isAsked = termNodes(node).some(({ term }) => term.kind === 'is' && term.states.some(isStatus))
  return node === null || !isAsked ? null : possibleStatuses(node)
}

function possibleStatuses(node: SearchNode): Status[] {
  if (node.op !== 'term') {
    const parts = node.parts.map(possibleStatuses)
    return statuses.filter(status =>
      node.op === 'and' ? parts.every(some => some.includes(status)) : parts.some(some => some.includes(status))
    )
  }
  const { term } = node
  if (term.kind !== 'is' || term.negated || !term.states.every(state => isStatus(state) || isSubstatus(state))) {
    return [...statuses]
  }
  const named = term.states.map(state => (isStatus(state) ? state : 'unresolved'))
  return statuses.filter(status => named.includes(status))
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
