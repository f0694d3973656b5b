/** The supervision tree as rows of a table. */
import type { ProcessNode } from '../../api/types.ts'
import { texts } from './texts.ts'

export type TreeRow = { path: string; depth: number; node: ProcessNode; hasChildren: boolean; isOpen: boolean }

/** Rows in order, without what hangs under nodes that are folded. A path is the names from the root on. */
export function rowsOf(nodes: readonly ProcessNode[], folded: ReadonlySet<string>, parent = '', depth = 0): TreeRow[] {
  return nodes.flatMap((node, index): TreeRow[] => {
    // Names may come twice: one connection is like another.
    const isFirst = nodes.findIndex(({ name }) => name === node.name) === index
    const path = `${parent}/${node.name}${isFirst ? '' : `#${node.pid ?? index}`}`
    const hasChildren = node.children.length > 0
    const isOpen = hasChildren && !folded.has(path)
    return [
      { path, depth, node, hasChildren, isOpen },
      ...(isOpen ? rowsOf(node.children, folded, path, depth + 1) : [])
    ]
  })
}

/** Fewer supervisors with nothing to tell are rows of their own. */
const gatheredMin = 3

/** The same tree, where numbered supervisors that run and have nothing under them are one row: `sockets-1 to 16`. */
export function gathered(nodes: readonly ProcessNode[]): ProcessNode[] {
  const rows: ProcessNode[] = []
  for (let at = 0; at < nodes.length;) {
    const [first] = nodes.slice(at)
    if (first === undefined) break
    const others = nodes.slice(at).findIndex(node => !isIdle(node) || baseOf(node) !== baseOf(first))
    const run = nodes.slice(at, others === -1 ? undefined : at + others)
    if (run.length < gatheredMin) {
      rows.push({ ...first, children: gathered(first.children) })
      at += 1
    } else {
      const last = run.at(-1)?.name.slice(baseOf(first).length) ?? ''
      const mailbox = run.reduce((sum, node) => sum + node.mailbox, 0)
      rows.push({
        ...first,
        name: texts.tree.range(first.name, last),
        pid: '',
        registered: [],
        restartable: false,
        mailbox
      })
      at += run.length
    }
  }
  return rows
}

function isIdle({ type, name, pid, restarts, last_exit: exit, children, omitted }: ProcessNode): boolean {
  const isEmpty = children.length === 0 && omitted === 0
  return type === 'supervisor' && /-\d+$/.test(name) && pid !== null && restarts === 0 && exit === null && isEmpty
}

function baseOf({ name }: ProcessNode): string {
  return name.replace(/\d+$/, '')
}

/** The names that say more than its own one, as text. */
export function namesOf({ name, registered }: ProcessNode): string {
  return registered.filter(other => other !== name).join(', ')
}

/** Every path that can be folded. */
export function foldable(nodes: readonly ProcessNode[]): string[] {
  return rowsOf(nodes, new Set())
    .filter(({ hasChildren }) => hasChildren)
    .map(({ path }) => path)
}

export type TreeSums = { workers: number; supervisors: number; down: number; mailbox: number; restarts: number }

export function sumsOf(nodes: readonly ProcessNode[]): TreeSums {
  const sums = { workers: 0, supervisors: 0, down: 0, mailbox: 0, restarts: 0 }
  for (const { node } of rowsOf(nodes, new Set())) {
    sums[node.type === 'worker' ? 'workers' : 'supervisors'] += 1
    sums.workers += node.omitted
    sums.down += node.pid === null ? 1 : 0
    sums.mailbox += node.mailbox
    sums.restarts += node.restarts
  }
  return sums
}
