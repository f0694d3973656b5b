/**
 * A search of issues as alternatives of two halves: what the row of the issue decides, and what a single event of it
 * must be like. An issue is found when one of the alternatives holds for it and for one of its events.
 */
import { allNodes, anyNode, termNodes } from '../../events/search/nodes.ts'
import {
  isEventTerm,
  type EventNode,
  type EventTerm,
  type IssueTerm,
  type SearchNode
} from '../../events/search/query.ts'
import { SearchError } from '../../events/search/reader.ts'

/** The level is the one of the issue. */
export type RowTerm = IssueTerm | (EventTerm & { kind: 'level' })
export type RowNode = SearchNode<RowTerm>

export type Clause = { row: RowNode | null; event: EventNode | null }

/** Each may ask the events once. */
const clausesMax = 8

export function clausesOf(node: SearchNode): Clause[] {
  if (isRowNode(node)) return [{ row: node, event: null }]
  if (isOfEvents(node)) return [{ row: null, event: node }]
  if (node.op === 'term') throw new Error('a term is about an issue or about an event')
  const row = node.parts.filter(isRowNode)
  const event = node.parts.filter(isOfEvents)
  const mixed = node.parts.filter(part => !isRowNode(part) && !isOfEvents(part)).map(clausesOf)
  const clauses =
    node.op === 'or'
      ? [...alone({ row: anyNode(row), event: null }), ...alone({ row: null, event: anyNode(event) }), ...mixed.flat()]
      : mixed.reduce(crossed, [{ row: allNodes(row), event: allNodes(event) }])
  if (clauses.length <= clausesMax) return clauses
  throw new SearchError(
    termNodes(node)[0]?.column ?? 1,
    `this mixes what issues and what events are like in more than ${clausesMax} ways: ask for less at once`
  )
}

function alone(clause: Clause): Clause[] {
  return clause.row === null && clause.event === null ? [] : [clause]
}

/** Bounded on the way, as the product is what grows. */
function crossed(clauses: readonly Clause[], others: readonly Clause[]): Clause[] {
  return clauses
    .flatMap(({ row, event }) =>
      others.map(other => ({ row: allNodes([row, other.row]), event: allNodes([event, other.event]) }))
    )
    .slice(0, clausesMax + 1)
}

function isRowNode(node: SearchNode): node is RowNode {
  return node.op === 'term' ? isRowTerm(node) : node.parts.every(isRowNode)
}

function isOfEvents(node: SearchNode): node is EventNode {
  return node.op === 'term' ? !isRowTerm(node) : node.parts.every(isOfEvents)
}

function isRowTerm({ term }: SearchNode & { op: 'term' }): boolean {
  return term.kind === 'level' || !isEventTerm(term)
}
