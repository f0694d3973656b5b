/**
 * Makes of a search what the statement of a list needs: conditions on rows of `issues`, and ids where few issues can
 * match. Each filter on events is evaluated in the cheaper of two ways: a rare one by its own index, which gives ids; a
 * frequent one by checking each issue of the list, which fills a page soon.
 */
import * as v from 'valibot'
import {
  isEventTerm,
  statuses,
  type EventTerm,
  type IssueTerm,
  type SearchQuery,
  type Status
} from '../../events/search/query.ts'
import { allOf, matchesAny, type Condition } from '../search/event-terms.ts'
import { isIdAlone, withStoredIds } from '../search/event-ids.ts'
import { eventScope } from '../search/event-scan.ts'
import { leastId } from '../search/event-windows.ts'
import {
  hourOf,
  issueCondition,
  numberOf,
  shownColumns,
  statusesOf,
  type IssueScope,
  type SeenRange
} from './conditions.ts'
import { issuesWithEvents, type IssueMatches } from '../search/issue-matches.ts'
import { begunWithReleases, seenInReleases } from './by-release.ts'
import { isNegated, titleSearchOf } from '../search/issue-words.ts'
import { withLatestRelease } from '../search/latest-release.ts'
import type { EventFilter } from '../search/query.ts'
import type { Sql } from '../database/sql.ts'
import { issueHours, splitOf, type Split } from '../rollups/summed-hours.ts'

/** `statuses` null leaves them to the terms, and to what lists show by default. */
export type IssueQuery = {
  scope: IssueScope
  search: SearchQuery
  statuses: readonly Status[] | null
  seen: SeenRange
  now: number
}

/**
 * `ids` null means any issue. With `isComplete` false, the ids are those of issues that were seen lately: there may be
 * others.
 */
export type PreparedSearch = { statuses: Status[]; ids: string[] | null; condition: Condition; isComplete: boolean }

type Part = { ids?: IssueMatches; condition?: Condition }
type FieldTerm = EventTerm & { kind: 'field' }

const idsMax = 2_000
const hourMs = 3_600_000
const dayMs = 24 * hourMs
/** Nodes' clocks differ, and events that have just been received must be found. */
const aheadMs = 60_000

/** A search for nothing but the id of an event means its issue, whatever the range; and the status, unless asked. */
export async function prepareSearch(sql: Sql, given: IssueQuery): Promise<PreparedSearch> {
  const search = await withStoredIds(sql, given.scope.projectId, given.search)
  const isAlone = isIdAlone(search)
  const query = { ...given, search, seen: isAlone ? { from: 0, to: null } : given.seen }
  const { scope } = query
  const { text, terms } = search
  const asked = query.statuses ?? statusesOf(terms) ?? (isAlone ? statuses : ['unresolved'])
  const ofEvents = terms.filter(isEventTerm)
  const answers = await Promise.all([
    seenPart(sql, query),
    eventParts(
      sql,
      query,
      ofEvents.filter(term => term.kind !== 'level')
    ),
    text === null ? [] : textPart(sql, query, text),
    ...terms
      .filter((term): term is IssueTerm => !isEventTerm(term))
      .map(async term => await issuePart(sql, scope, term))
  ])
  const parts: Part[] = [
    ...answers.flat(),
    ...ofEvents.flatMap(term =>
      term.kind === 'level'
        ? [{ condition: sql`i.level ${term.negated ? sql`<> all` : sql`= any`} (${term.levels})` }]
        : []
    )
  ]
  const found = parts.flatMap(({ ids }) => (ids === undefined ? [] : [ids]))
  return {
    statuses: statuses.filter(status => asked.includes(status)),
    ids: intersection(found.map(({ ids }) => ids)),
    condition: allOf(
      sql,
      parts.flatMap(({ condition }) => (condition === undefined ? [] : [condition]))
    ),
    isComplete: found.every(({ isComplete }) => isComplete)
  }
}

async function issuePart(sql: Sql, scope: IssueScope, term: IssueTerm): Promise<Part> {
  return term.kind === 'first_release'
    ? await begunWithReleases(sql, scope.projectId, await withLatestRelease(sql, scope.projectId, term))
    : { condition: issueCondition(sql, scope, term) }
}

/**
 * A range that ends now has the issues whose last event is not before it. For a range in the past, the counts by hour
 * must also say that the issue had events in it.
 */
async function seenPart(sql: Sql, query: IssueQuery): Promise<Part> {
  const {
    scope: { projectId },
    seen: { from, to },
    now
  } = query
  const shown = shownColumns(sql)
  const begins = sql`i.last_seen_hour >= ${new Date(hourOf(from))} and ${shown.last_seen} >= ${new Date(from)}`
  if (to === null) return { condition: begins }
  const spans = sql`${begins} and ${shown.first_seen} < ${new Date(to)}`
  if (to > now - hourMs) return { condition: spans }
  return { condition: sql`${spans} and (${seenInHours(sql, projectId, await seenHours(sql, query), sql`true`)})` }
}

/** The hours of the range, or its days where the range is long. */
async function seenHours(sql: Sql, { seen: { from, to }, now }: IssueQuery): Promise<Split> {
  return await splitOf(sql, 'issue_days', { from: hourOf(from), to: to ?? now + dayMs })
}

/**
 * Whether the hours of the range have an event of `i` or of an issue merged into it; `condition` is on a row `h`. Each
 * issue is looked up by its key: for an `exists` the planner would make a table of all hours.
 */
function seenInHours(sql: Sql, projectId: number, split: Split, condition: Condition): Condition {
  return sql`(select true from ${issueHours(sql, projectId, sql`issue_id = i.id`, split)} h where h.count > 0
    and (${condition}) limit 1)
    or (i.merged_event_count is not null and (
      select true from issues c cross join lateral ${issueHours(sql, projectId, sql`issue_id = c.id`, split)} h
      where c.project_id = ${projectId} and c.merged_into = i.id and h.count > 0 and (${condition}) limit 1))`
}

/**
 * Releases and environments alone are looked up in the rollups; with other terms, single events must match all of them.
 */
async function eventParts(sql: Sql, query: IssueQuery, terms: readonly EventTerm[]): Promise<Part[]> {
  const known = await Promise.all(terms.map(term => withLatestRelease(sql, query.scope.projectId, term)))
  if (
    !known.every(
      (term): term is FieldTerm => term.kind === 'field' && (term.field === 'release' || term.field === 'environment')
    )
  ) {
    return [{ ids: await eventIds(sql, query, { terms: known }) }]
  }
  return await Promise.all(
    known.map(term =>
      term.field === 'release'
        ? seenInReleases(sql, query.scope.projectId, query.seen, term)
        : environmentPart(sql, query, term)
    )
  )
}

async function eventIds(
  sql: Sql,
  { scope: { projectId }, seen, now }: IssueQuery,
  asked: Partial<EventFilter>
): Promise<IssueMatches> {
  const filter = { text: null, tags: [], levels: [], environments: [], releases: [], users: [], ...asked }
  const scope = await eventScope(sql, projectId, filter)
  const before = { at: seen.to === null ? now + aheadMs : Math.min(seen.to, now + aheadMs), id: leastId }
  return await issuesWithEvents(sql, scope, { before, from: seen.from })
}

async function environmentPart(sql: Sql, query: IssueQuery, term: FieldTerm): Promise<Part> {
  const { patterns, negated } = term
  const matching = matchesAny(sql, sql`h.environment`, patterns)
  const condition = seenInHours(
    sql,
    query.scope.projectId,
    await seenHours(sql, query),
    negated ? sql`not (${matching})` : matching
  )
  if (negated) return { condition }
  const rare = await eventIds(sql, query, { terms: [term] })
  return rare.isComplete ? { ids: rare } : { condition }
}

const idRow = v.strictObject({ id: v.string() })

/** Searches titles and culprits, and the messages of events; negated text is checked against titles only. */
async function textPart(sql: Sql, query: IssueQuery, text: string): Promise<Part> {
  const {
    scope: { projectId, slug }
  } = query
  const number = numberOf(slug, text.trim())
  if (number !== null) return { condition: sql`i.number = ${number}` }

  const titles = titleSearchOf(sql, projectId, text)
  if (titles === null) return { condition: sql`false` }
  const [inMessages, rows] = await Promise.all([
    isNegated(text) ? { ids: [], isComplete: true } : eventIds(sql, query, { text }),
    sql.rows(idRow)`
      select coalesce(i.merged_into, i.id) as id from issues i
      where issue_words(i.project_id, i.title, i.culprit) @@ lower(${titles.query})::tsquery
        and i.project_id = ${projectId} and (${titles.condition}) limit ${idsMax + 1}`
  ])
  if (rows.length <= idsMax) {
    return {
      ids: { ids: [...new Set([...rows.map(row => row.id), ...inMessages.ids])], isComplete: inMessages.isComplete }
    }
  }
  // The sum keeps the planner from an index that would read all issues. Cutting a title into words costs most, so it
  // comes last.
  return {
    condition: sql`i.id = any (${inMessages.ids}::uuid[])
      or ((${titles.condition}) and issue_words(i.project_id + 0, i.title,
        i.culprit) @@ lower(${titles.query})::tsquery)`
  }
}

function intersection(lists: readonly string[][]): string[] | null {
  const [first, ...others] = lists
  if (first === undefined) return null
  const sets = others.map(list => new Set(list))
  return first.filter(id => sets.every(set => set.has(id)))
}
