/** Trees of terms: made, walked and changed. */
import { isEventTerm, type EventNode, type EventTerm, type SearchNode, type SearchTerm } from './query.ts'

export type TermNode<Term> = SearchNode<Term> & { op: 'term' }

/** All of these; null when there are none. */
export function allNodes<Term>(parts: readonly (SearchNode<Term> | null)[]): SearchNode<Term> | null {
  return joined('and', parts)
}

/** Any of these; null when there are none. */
export function anyNode<Term>(parts: readonly (SearchNode<Term> | null)[]): SearchNode<Term> | null {
  return joined('or', parts)
}

function joined<Term>(op: 'and' | 'or', given: readonly (SearchNode<Term> | null)[]): SearchNode<Term> | null {
  const parts = given.flatMap(part => (part === null ? [] : part.op === op ? part.parts : [part]))
  const [first, second] = parts
  return first === undefined ? null : second === undefined ? first : { op, parts }
}

/** What is true exactly where the other is not. */
export function negatedNode(node: SearchNode): SearchNode {
  if (node.op !== 'term') return { op: node.op === 'and' ? 'or' : 'and', parts: node.parts.map(negatedNode) }
  const { unknown } = node
  const asText = unknown?.asText ?? null
  return {
    ...node,
    term: negated(node.term),
    ...(unknown === undefined ? {} : { unknown: { ...unknown, asText: asText === null ? null : negated(asText) } })
  }
}

function negated<Term extends SearchTerm>(term: Term): Term {
  return { ...term, negated: !term.negated }
}

export function termNodes<Term>(node: SearchNode<Term> | null): TermNode<Term>[] {
  if (node === null) return []
  return node.op === 'term' ? [node] : node.parts.flatMap(termNodes)
}

/** The parts that must all hold. */
export function conjuncts<Term>(node: SearchNode<Term> | null): readonly SearchNode<Term>[] {
  return node === null ? [] : node.op === 'and' ? node.parts : [node]
}

/** The same tree with other terms. */
export function mapTerms<Term, Made>(
  node: SearchNode<Term>,
  change: (node: TermNode<Term>) => SearchNode<Made>
): SearchNode<Made> {
  if (node.op === 'term') return change(node)
  const parts = node.parts.map(part => mapTerms(part, change))
  return joined(node.op, parts) ?? { op: node.op, parts }
}

/** Whether events alone decide it. */
export function isEventNode(node: SearchNode): node is EventNode {
  return node.op === 'term' ? isEventTerm(node.term) : node.parts.every(isEventNode)
}

/** The tree of a list of events, which has no other terms: parse.ts refuses them. */
export function eventNodeOf(node: SearchNode | null): EventNode | null {
  if (node !== null && !isEventNode(node)) throw new Error('a search for events has a term about issues')
  return node
}

/** Whether every term is one of these and none is negated. */
export function isPlain(node: EventNode, kinds: readonly EventTerm['kind'][]): boolean {
  return termNodes(node).every(({ term }) => kinds.includes(term.kind) && !term.negated)
}
