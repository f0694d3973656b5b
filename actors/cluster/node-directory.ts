/**
 * NodeDirectory keeps the row of this node in the database, and reads there which other nodes to link with. A report
 * that cannot be written is replaced by the next one. While the database is away the existing links stay.
 */
import { pipeToSelf } from '../../mesh/index.ts'
import type { Behaviour, Self } from '../../mesh/types.ts'
import type { Log } from '../../schema/log.ts'
import type { NodeReport } from '../../schema/nodes.ts'
import { reportFailure, reportSuccess, type Report } from '../behaviours/report.ts'
import type { DirectoryEntry, NodeDirectoryMessage } from './messages.ts'

/** `noting` is the statement that is running. */
type State = { waiting: NodeReport | null; noting: Promise<unknown> | null; isFailing: boolean; twins: Set<number> }

export type NodeDirectoryOptions = {
  /** Writes the row of this node and returns the rows of all nodes. */
  note: (report: NodeReport) => Promise<DirectoryEntry[]>
  /** Removes the row: this node stops. */
  remove: () => Promise<void>
  /** Links with the node at an address, unless it is linked; null when the node must not look for others. */
  connect: ((address: string) => void) | null
  self: () => DirectoryEntry
  log: Log
}

export function nodeDirectory(options: NodeDirectoryOptions): Behaviour<NodeDirectoryMessage, State> {
  return {
    init: () => ({ waiting: null, noting: null, isFailing: false, twins: new Set() }),
    handle: (state, message, self) => {
      switch (message.type) {
        case 'report':
          return start({ ...state, waiting: message.report }, options, self)
        case 'noted':
          return start(
            noted(
              { ...state, noting: null, isFailing: reportSuccess(state.isFailing, reportOf(options)) },
              message.nodes,
              options
            ),
            options,
            self
          )
        case 'failed':
          return {
            ...state,
            noting: null,
            isFailing: reportFailure(state.isFailing, message.error, reportOf(options))
          }
      }
    },
    terminate: async ({ noting }) => {
      // A row that is being written now would otherwise be there after the removal.
      await Promise.allSettled([noting])
      await options
        .remove()
        .catch((error: unknown) =>
          options.log.debug({ err: error }, 'this node could not be taken off the list of nodes')
        )
    }
  }
}

function start(state: State, { note }: NodeDirectoryOptions, self: Self<NodeDirectoryMessage>): State {
  if (state.waiting === null || state.noting !== null) return state
  const noting = note(state.waiting)
  pipeToSelf(
    self,
    noting,
    nodes => ({ type: 'noted', nodes }),
    error => ({ type: 'failed', error })
  )
  return { ...state, waiting: null, noting }
}

function noted(state: State, nodes: DirectoryEntry[], { connect, self: me, log }: NodeDirectoryOptions): State {
  const { name, incarnation } = me()
  for (const node of nodes) {
    if (node.name === name) {
      if (node.incarnation > incarnation && !state.twins.has(node.incarnation)) {
        state.twins.add(node.incarnation)
        log.error(
          `another node of this database is called ${name} too: give each one a name of its own (MESHER_NODE_NAME)`
        )
      }
    } else if (connect !== null && node.address !== null) {
      connect(node.address)
    }
  }
  return state
}

function reportOf({ log }: NodeDirectoryOptions): Report {
  return {
    log,
    failing: 'this node cannot be written into the list of nodes',
    working: 'this node is written into the list of nodes again'
  }
}
