/**
 * Several whole nodes inside the test's own process, on one database: linked by what they find there, or over proxies
 * that a test can cut.
 */
import { once } from 'node:events'
import { WebSocket } from 'ws'
import { names } from '../../actors/names.ts'
import type { NodeReport } from '../../schema/nodes.ts'
import type { TreeDeps } from '../../supervisors/deps.ts'
import { proxy, type Proxy } from '../support/proxy.ts'
import { testDatabase } from '../support/database.ts'
import { runningNode, type TestNode } from '../support/running-node.ts'
import type { LoadMonitorMessage } from '../../actors/cluster/messages.ts'

type Test = Parameters<typeof proxy>[0]

export type ClusterNode = TestNode & { name: string }

export type ClusterOptions = { env?: Record<string, string>; override?: (deps: TreeDeps, name: string) => TreeDeps }

export const cookie = '0123456789abcdef'.repeat(2)

/** Links that fail soon, and are tried again soon. */
export const fastTiming = { heartbeatMs: 200, downAfterMs: 1_000, redialMsMin: 20, redialMsMax: 200 } as const

export async function clusterOf(
  t: Test,
  nodeNames: readonly string[],
  options: ClusterOptions = {}
): Promise<ClusterNode[]> {
  const database = await testDatabase(t)
  const nodes: ClusterNode[] = []
  for (const name of nodeNames) nodes.push(await clusterNode(t, name, database, options))
  await allLinked(nodes)
  return nodes
}

export async function clusterNode(
  t: Test,
  name: string,
  database: { url: string; sql: TestNode['sql'] },
  { env = {}, override = deps => deps }: ClusterOptions = {}
): Promise<ClusterNode> {
  const node = await runningNode(t, {
    database,
    env: { MESHER_NODE_NAME: name, MESHER_COOKIE: cookie, ...env },
    // All of them share one event loop here: its load is nobody's.
    override: deps => override({ ...deps, meshTiming: fastTiming, loadTickMs: 200, measureLoad: () => 0.1 }, name)
  })
  return { ...node, name }
}

/** Two nodes that reach each other through a proxy alone. */
export async function overProxy(
  t: Test,
  options: ClusterOptions = {}
): Promise<{ one: ClusterNode; other: ClusterNode; way: Proxy }> {
  const database = await testDatabase(t)
  // Nobody is at the address that both go by, so that the proxy stays the only way.
  const hidden = { MESHER_MESH_ADDRESS: '127.0.0.1:1' }
  const one = await clusterNode(t, 'one', database, { ...options, env: { ...hidden, MESHER_JOIN: '127.0.0.1:1' } })
  const way = await proxy(t, () => one.running.cluster.node()?.boundTo ?? '')
  const other = await clusterNode(t, 'other', database, { ...options, env: { ...hidden, MESHER_JOIN: way.address } })
  await allLinked([one, other])
  return { one, other, way }
}

export function reports({ running }: TestNode): Promise<NodeReport[]> {
  return running.mesh.call<LoadMonitorMessage, NodeReport[]>(names.loadMonitor, replyTo => ({ type: 'nodes', replyTo }))
}

/** Each node has links with all the others, and has heard from them. */
export async function allLinked(nodes: readonly ClusterNode[]): Promise<void> {
  for (const node of nodes) await until(async () => (await reports(node)).length === nodes.length)
}

/** Resolves once `holds` does: a test that waits in vain is ended by its own limit. */
export async function until(holds: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await holds())) {
    await new Promise(resolve => {
      setTimeout(resolve, 10)
    })
  }
}

export type StreamMessage = {
  type: string
  seq?: string
  gap?: boolean
  action?: string
  events?: { id: string }[]
  issue?: { id: string }
  nodes?: NodeReport[]
}

export type Dashboard = {
  messages: StreamMessage[]
  say: (message: object) => void
  events: () => string[]
  gaps: () => number
  close: () => void
}

export async function dashboard(
  t: Test,
  { url }: { url: string },
  headers: Record<string, string>
): Promise<Dashboard> {
  const ws = new WebSocket(`${url.replace('http', 'ws')}/api/v1/stream`, { headers })
  t.teardown(() => ws.terminate())
  const messages: StreamMessage[] = []
  ws.on('message', data => {
    messages.push(JSON.parse(String(data)))
  })
  await once(ws, 'open')
  return {
    messages,
    say: message => ws.send(JSON.stringify(message)),
    events: () => messages.flatMap(({ events = [] }) => events.map(({ id }) => id)),
    gaps: () => messages.filter(({ type, gap }) => type === 'subscribed' && gap === true).length,
    close: () => ws.terminate()
  }
}

/** Sends events to a node and answers their ids. */
export async function sendEvents(
  { url, key }: Pick<TestNode, 'url' | 'key'>,
  messages: readonly string[]
): Promise<string[]> {
  return await Promise.all(
    messages.map(async message => {
      const { status, id } = await sendEvent({ url, key }, message)
      if (status !== 202) throw new Error(`not accepted: ${status}`)
      return id
    })
  )
}

export async function sendEvent(
  { url, key }: Pick<TestNode, 'url' | 'key'>,
  message: string
): Promise<{ status: number; id: string }> {
  const response = await fetch(`${url}/api/v1/events`, {
    method: 'POST',
    headers: { 'x-mesher-key': key },
    body: JSON.stringify({ message })
  })
  const { id = '' }: { id?: string } = JSON.parse(await response.text())
  return { status: response.status, id }
}
