/**
 * LoadMonitor measures every `tickMs` how busy this node was, reports it to the other nodes, and keeps their reports. A
 * node that is busier than `loadMax` sends a share of its batches to the quietest other node. The share grows while
 * this node is the busier of the two, shrinks while it is not, and ends when the load of this node is gone. A node that
 * is about to stop reports that, and gets no more batches.
 */
import type { LinkInfo } from '../../mesh/index.ts'
import type { Behaviour, ProcessName, Self } from '../../mesh/types.ts'
import type { NodeReport, NodeRoute, RefusedReport } from '../../schema/nodes.ts'
import type { EventRouterMessage } from '../ingestion/messages.ts'
import type { LoadMonitorMessage, NodeDirectoryMessage } from './messages.ts'

type State = { load: number; others: Map<string, NodeReport>; route: NodeRoute | null; isLeaving: boolean }

export type LoadMonitorOptions = {
  identity: () => Pick<NodeReport, 'name' | 'incarnation' | 'address'>
  links: () => LinkInfo[]
  refused: () => RefusedReport[]
  /** The busy share of the time since the last call: 0 to 1. */
  measure: () => number
  loadMax: number
  tell: (message: LoadMonitorMessage) => void
  directory: ProcessName<NodeDirectoryMessage>
  router: ProcessName<EventRouterMessage>
  tickMs: number
}

/** The smallest difference in load that is worth a change. */
const margin = 0.1
const shareStep = 0.25
/** The load is gone below this part of `loadMax`. The distance leaves room for the batches that come back. */
const calm = 0.6

export function loadMonitor(options: LoadMonitorOptions): Behaviour<LoadMonitorMessage, State> {
  return {
    init: self => {
      self.sendEvery({ type: 'tick' }, options.tickMs)
      const state: State = { load: options.measure(), others: new Map(), route: null, isLeaving: false }
      tellAll(state, options, self)
      return state
    },
    handle: (state, message, self) => {
      switch (message.type) {
        case 'tick':
          return tick(state, options, self)
        case 'report':
          return heard(state, message.report, options, self)
        case 'leave':
          return divert({ ...state, isLeaving: true }, null, options, self)
        case 'nodes':
          self.reply(message.replyTo, [reportOf(state, options), ...state.others.values()])
          return state
      }
    },
    info: (state, signal, self) => {
      if (signal.type === 'nodedown') state.others.delete(signal.node.name)
      if (signal.type === 'nodeup') tellAll(state, options, self)
      return state
    }
  }
}

function tick(state: State, options: LoadMonitorOptions, self: Self<LoadMonitorMessage>): State {
  const next = { ...state, load: options.measure() }
  return divert(next, next.isLeaving ? null : routeFor(next, options), options, self)
}

function heard(state: State, report: NodeReport, options: LoadMonitorOptions, self: Self<LoadMonitorMessage>): State {
  if (report.name === options.identity().name) return state
  state.others.set(report.name, report)
  const isOver = report.isLeaving && state.route?.to === report.name
  return isOver ? divert(state, null, options, self) : state
}

/** The router gets the route at every tick: it may have been restarted, or may have failed to reach the node. */
function divert(
  state: State,
  route: NodeRoute | null,
  options: LoadMonitorOptions,
  self: Self<LoadMonitorMessage>
): State {
  const next = { ...state, route }
  self.cast(options.router, { type: 'divert', route })
  tellAll(next, options, self)
  return next
}

function routeFor(state: State, options: LoadMonitorOptions): NodeRoute | null {
  const { load, route, others } = state
  const { loadMax } = options
  const guest = route === null ? undefined : others.get(route.to)
  const isExhausted = guest === undefined || guest.isLeaving || guest.load >= load - margin
  const quiet = load > loadMax && isExhausted ? quietest(state, options) : undefined
  if (quiet !== undefined) return { to: quiet, share: 2 * shareStep }
  if (route === null || guest === undefined || guest.isLeaving) return null
  const share = Math.min(route.share + stepFor(load, guest.load, loadMax), 1)
  return share > 0 ? { to: route.to, share } : null
}

/** The quietest node that is worth a change and sends nothing here itself. */
function quietest({ load, others }: State, { identity }: LoadMonitorOptions): string | undefined {
  const { name } = identity()
  const able = [...others.values()].filter(
    other => !other.isLeaving && other.load < load - margin && !other.routes.some(({ to }) => to === name)
  )
  return able.sort((one, other) => one.load - other.load)[0]?.name
}

function stepFor(load: number, theirs: number, loadMax: number): number {
  if (load < loadMax * calm || theirs > load + margin) return -shareStep
  return load > loadMax && theirs < load - margin ? shareStep : 0
}

function tellAll(state: State, options: LoadMonitorOptions, self: Self<LoadMonitorMessage>): void {
  const report = reportOf(state, options)
  options.tell({ type: 'report', report })
  self.cast(options.directory, { type: 'report', report })
}

function reportOf({ load, route, isLeaving }: State, { identity, links, refused }: LoadMonitorOptions): NodeReport {
  return {
    ...identity(),
    load,
    links: links()
      .map(({ node }) => node.name)
      .sort(),
    routes: route === null ? [] : [route],
    refused: refused(),
    isLeaving
  }
}
