/**
 * Makes of a search what the statement of a list needs: conditions on rows of `issues`, and ids where few issues can
 * match. Each filter on events is evaluated in the cheaper of two ways: a rare one by its own index, which gives ids; a
 * frequent one by checking each issue of the list, which fills a page soon.
 */
import * as v from 'valibot'
import { allNodes, conjuncts, isPlain, mapTerms, termNodes } from '../../events/search/nodes.ts'
import { statuses, type EventNode, type EventTerm, type SearchNode, type Status } from '../../events/search/query.ts'
import { allOf, anyOf, type Condition } from '../search/compiled.ts'
import { isIdAlone } from '../search/event-ids.ts'
import { eventScope } from '../search/event-scan.ts'
import { leastId } from '../search/event-windows.ts'
import { issuesWithEvents, type IssueMatches } from '../search/issue-matches.ts'
import { titleSearchOf, wordsOfIssue } from '../search/issue-words.ts'
import { slugsOf } from '../search/project-slugs.ts'
import { resolved } from '../search/resolved.ts'
import type { Sql } from '../database/sql.ts'
import { environmentPart, seenInReleases, seenPart } from './by-rollups.ts'
import { clausesOf, type Clause } from './clauses.ts'
import { numberOf, rowCondition, statusesOf, type IssueScope, type SeenRange } from './conditions.ts'

/** `statuses` null leaves them to the terms, and to what lists show by default. */
export type IssueQuery = {
  scope: IssueScope
  search: SearchNode | null
  statuses: readonly Status[] | null
  seen: SeenRange
  now: number
}

/**
 * `ids` null means any issue. With `isComplete` false, the ids are those of issues that were seen lately: there may be
 * others.
 */
export type PreparedSearch = { statuses: Status[]; ids: string[] | null; condition: Condition; isComplete: boolean }

/** What is without ids or a condition asks for none. */
type Part = { ids?: readonly string[]; condition?: Condition; isComplete: boolean }
type RollupNode = EventNode & { op: 'term'; term: EventTerm & { kind: 'field'; field: 'release' | 'environment' } }

const idsMax = 2_000
/** For single events that match all, where rollups and titles can be asked instead. */
const hastyMs = 150
/** Nodes' clocks differ, and events that have just been received must be found. */
const aheadMs = 60_000

/**
 * A search for nothing but the id of an event means its issue, whatever the range; and the status, unless asked. What
 * cannot mean anything in this project throws a `SearchError`.
 */
export async function prepareSearch(sql: Sql, given: IssueQuery): Promise<PreparedSearch> {
  const { projectId } = given.scope
  const search = await withShortIds(sql, projectId, await resolved(sql, projectId, given.search))
  const isAlone = isIdAlone(search)
  const query = { ...given, search, seen: isAlone ? { from: 0, to: null } : given.seen }
  const asked = query.statuses ?? statusesOf(search) ?? (isAlone ? statuses : ['unresolved'])
  const clauses = search === null ? [] : clausesOf(search)
  const [seen, ...parts] = await Promise.all([
    seenPart(sql, query),
    ...clauses.map(async clause => await clausePart(sql, query, clause))
  ])
  const { ids = null, condition, isComplete } = parts.length === 0 ? { isComplete: true } : anyPart(sql, parts)
  return {
    statuses: statuses.filter(status => asked.includes(status)),
    ids: ids === null ? null : [...ids],
    condition: allOf(sql, [seen.condition, ...(condition === undefined ? [] : [condition])]),
    isComplete
  }
}

/** A word that is the short id of an issue of the project means the issue. */
async function withShortIds(sql: Sql, projectId: number, node: SearchNode | null): Promise<SearchNode | null> {
  const mayBe = termNodes(node).some(({ term }) => term.kind === 'words' && /-\d+$/.test(term.text))
  if (node === null || !mayBe) return node
  const slugs = await slugsOf(sql, projectId)
  return mapTerms(node, ({ op, column, term }) => {
    const number = term.kind === 'words' ? slugs.map(slug => numberOf(slug, term.text)).find(one => one !== null) : null
    return number == null
      ? { op, column, term }
      : { op, column, term: { kind: 'issue', negated: term.negated, ids: [String(number)] } }
  })
}

async function clausePart(sql: Sql, query: IssueQuery, { row, event }: Clause): Promise<Part> {
  const [ofRow, ofEvents] = await Promise.all([
    row === null ? null : rowCondition(sql, query.scope, row),
    event === null ? null : eventPart(sql, query, event)
  ])
  return allParts(sql, [
    ...(ofRow === null ? [] : [{ ...ofRow, isComplete: true }]),
    ...(ofEvents === null ? [] : [ofEvents])
  ])
}

/**
 * Releases and environments alone are looked up in the rollups, words in titles as well. Else a single event must match
 * all; where there are too many for that to be known, the rollups and titles are asked one by one.
 */
async function eventPart(sql: Sql, query: IssueQuery, node: EventNode): Promise<Part> {
  if (isOfRollups(node)) return await rollupPart(sql, query, node)
  if (node.op === 'or' && node.parts.every(isOfRollups)) return await eachPart(sql, query, node.parts, anyPart)
  if (isPlain(node, ['words'])) {
    return anyPart(sql, await Promise.all([titlePart(sql, query, node), eventIds(sql, query, node)]))
  }
  const split = splitOf(node)
  const [found, parts] = await Promise.all([
    eventIds(sql, query, node, split === null ? undefined : hastyMs),
    split === null ? null : partsApart(sql, query, split)
  ])
  if (found.isComplete) return found
  if (node.op === 'or') return anyPart(sql, [found, await eachPart(sql, query, node.parts, anyPart)])
  if (parts === null) return found
  const { rollups, titles } = parts
  return allParts(sql, titles === null ? rollups : [...rollups, anyPart(sql, [titles, found])])
}

async function eachPart(
  sql: Sql,
  query: IssueQuery,
  nodes: readonly EventNode[],
  together: (sql: Sql, parts: readonly Part[]) => Part
): Promise<Part> {
  return together(sql, await Promise.all(nodes.map(async node => await eventPart(sql, query, node))))
}

type Split = { rollups: readonly RollupNode[]; words: EventNode | null }

/** Null when more is asked than rollups and titles know. */
function splitOf(node: EventNode): Split | null {
  if (node.op === 'or') return null
  const nodes = conjuncts(node)
  const rollups = nodes.filter(isOfRollups)
  const words = nodes.filter(part => termNodes(part).every(({ term }) => term.kind === 'words'))
  return rollups.length + words.length < nodes.length ? null : { rollups, words: allNodes(words) }
}

async function partsApart(sql: Sql, query: IssueQuery, { rollups, words }: Split) {
  const [titles, ...parts] = await Promise.all([
    words === null ? null : titlePart(sql, query, words),
    ...rollups.map(async part => await rollupPart(sql, query, part))
  ])
  return { rollups: parts, titles }
}

function isOfRollups(node: EventNode): node is RollupNode {
  return (
    node.op === 'term' &&
    node.term.kind === 'field' &&
    (node.term.field === 'release' || node.term.field === 'environment')
  )
}

async function rollupPart(sql: Sql, query: IssueQuery, node: RollupNode): Promise<Part> {
  const { projectId } = query.scope
  if (node.term.field === 'release') {
    return { ...(await seenInReleases(sql, projectId, query.seen, node.term)), isComplete: true }
  }
  const rare = node.term.negated ? null : await eventIds(sql, query, node)
  return rare?.isComplete === true ? rare : { ...(await environmentPart(sql, query, node.term)), isComplete: true }
}

async function eventIds(
  sql: Sql,
  { scope: { projectId }, seen, now }: IssueQuery,
  where: EventNode,
  budgetMs?: number
): Promise<IssueMatches> {
  const filter = { where, tags: [], levels: [], environments: [], releases: [], users: [] }
  const scope = await eventScope(sql, projectId, filter)
  const before = { at: seen.to === null ? now + aheadMs : Math.min(seen.to, now + aheadMs), id: leastId }
  return await issuesWithEvents(sql, scope, { before, from: seen.from, budgetMs })
}

const idRow = v.strictObject({ id: v.string() })

/** Issues whose titles and culprits have the words. */
async function titlePart(sql: Sql, { scope: { projectId } }: IssueQuery, words: EventNode): Promise<Part> {
  const titles = titleSearchOf(sql, projectId, words)
  const rows = await sql.rows(idRow)`
    select coalesce(i.merged_into, i.id) as id from issues i
    where issue_words(i.project_id, i.title, i.culprit) @@ lower(${titles.query})::tsquery
      and i.project_id = ${projectId} and (${titles.condition}) limit ${idsMax + 1}`
  if (rows.length <= idsMax) return { ids: [...new Set(rows.map(row => row.id))], isComplete: true }
  // Cutting a title into words costs most, so it comes last.
  const matching = sql`${wordsOfIssue(sql)} @@ lower(${titles.query})::tsquery`
  return { condition: sql`(${titles.condition}) and ${matching}`, isComplete: true }
}

function allParts(sql: Sql, parts: readonly Part[]): Part {
  const lists = parts.flatMap(({ ids }) => (ids === undefined ? [] : [ids]))
  const conditions = parts.flatMap(({ condition }) => (condition === undefined ? [] : [condition]))
  const [first, ...others] = lists
  const sets = others.map(list => new Set(list))
  return {
    ...(first === undefined ? {} : { ids: first.filter(id => sets.every(set => set.has(id))) }),
    ...(conditions.length === 0 ? {} : { condition: allOf(sql, conditions) }),
    isComplete: parts.every(({ isComplete }) => isComplete)
  }
}

function anyPart(sql: Sql, parts: readonly Part[]): Part {
  const isComplete = parts.every(part => part.isComplete)
  const [only] = parts
  if (only !== undefined && parts.length === 1) return only
  const lists = parts.flatMap(({ ids, condition }) => (ids === undefined || condition !== undefined ? [] : [ids]))
  const ids = [...new Set(lists.flat())]
  if (lists.length === parts.length) return { ids, isComplete }
  const others = parts.flatMap(({ ids: some, condition = sql`true` }) =>
    some === undefined
      ? [condition]
      : lists.includes(some)
        ? []
        : [sql`i.id = any (${[...some]}::uuid[]) and (${condition})`]
  )
  return {
    condition: anyOf(sql, [...(ids.length === 0 ? [] : [sql`i.id = any (${ids}::uuid[])`]), ...others]),
    isComplete
  }
}
