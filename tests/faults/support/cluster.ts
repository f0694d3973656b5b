/**
 * Nodes as processes of their own whose links go over proxies, one for each pair: the test can cut them, and let them
 * hang half-open. A node may also reach the database over a socket that the test can cut. Dashboards follow all of it
 * as a client would: told of a gap they read what is stored, cut off they come back.
 */
import { connect, createServer, type Socket } from 'node:net'
import path from 'node:path'
import { WebSocket } from 'ws'
import { proxy, type Proxy } from '../../support/proxy.ts'
import { parseDatabaseUrl, socketUrl } from '../../../services/database/url.ts'
import type { Sql } from '../../../services/database/sql.ts'
import { freePort, startNode, testFolder, type NodeUnderTest, type Test } from './node.ts'

export const cookie = '0123456789abcdef'.repeat(2)

export type Member = { name: string; node: NodeUnderTest; meshPort: number; start: () => Promise<void> }

export type Pair = 'ab' | 'ac' | 'bc'

/**
 * a waits, b dials a, c dials both; nobody is at the addresses that they go by, so that the proxies stay the only ways.
 */
export async function threeNodes(
  t: Test,
  urls: Readonly<Record<'a' | 'b' | 'c', string>>,
  env: Record<string, string>
): Promise<{ members: Record<'a' | 'b' | 'c', Member>; ways: Record<Pair, Proxy> }> {
  const ports = { a: await freePort(), b: await freePort() }
  const ways = {
    ab: await proxy(t, () => `127.0.0.1:${ports.a}`),
    ac: await proxy(t, () => `127.0.0.1:${ports.a}`),
    bc: await proxy(t, () => `127.0.0.1:${ports.b}`)
  }
  const nowhere = '127.0.0.1:1'
  const start = (name: 'a' | 'b' | 'c', meshPort: number, join: string[]) =>
    member(t, {
      name,
      meshPort,
      databaseUrl: urls[name],
      env: { ...env, MESHER_MESH_ADDRESS: nowhere, MESHER_JOIN: join.join() }
    })
  const [a, b, c] = await Promise.all([
    start('a', ports.a, [nowhere]),
    start('b', ports.b, [ways.ab.address]),
    start('c', await freePort(), [ways.ac.address, ways.bc.address])
  ])
  return { members: { a, b, c }, ways }
}

async function member(
  t: Test,
  {
    name,
    meshPort,
    databaseUrl,
    env
  }: { name: string; meshPort: number; databaseUrl: string; env: Record<string, string> }
): Promise<Member> {
  const dataDir = await testFolder(t)
  const port = await freePort()
  const start = () =>
    startNode(t, {
      dataDir,
      port,
      databaseUrl,
      env: {
        ...env,
        MESHER_NODE_NAME: name,
        MESHER_COOKIE: cookie,
        MESHER_MESH_HOST: '127.0.0.1',
        MESHER_MESH_PORT: String(meshPort),
        TEST_FAST_LINKS: '1'
      }
    })
  const member: Member = {
    name,
    meshPort,
    node: await start(),
    start: async () => {
      member.node = await start()
    }
  }
  return member
}

export type DatabaseWay = { url: string; cut: () => void; heal: () => void }

/** A way to the database behind a Unix socket that the test can cut. */
export async function databaseWay(t: Test, url: string): Promise<DatabaseWay> {
  const { host, port, user, database } = parseDatabaseUrl(url)
  const folder = await testFolder(t)
  const sockets = new Set<Socket>()
  let isCut = false
  const server = createServer(near => {
    if (isCut) {
      near.destroy()
      return
    }
    const far = host.startsWith('/') ? connect(path.join(host, `.s.PGSQL.${port}`)) : connect(port, host)
    for (const socket of [near, far]) {
      sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => {
        sockets.delete(socket)
        near.destroy()
        far.destroy()
      })
    }
    near.pipe(far).pipe(near)
  })
  server.listen(path.join(folder, '.s.PGSQL.5432'))
  const cut = (): void => {
    isCut = true
    for (const socket of sockets) socket.destroy()
  }
  t.teardown(() => {
    cut()
    server.close()
  })
  return {
    url: socketUrl({ socketFolder: folder, port: 5432, user, database }),
    cut,
    heal: () => {
      isCut = false
    }
  }
}

export type Watcher = {
  seen: ReadonlySet<string>
  gaps: () => number
  close: () => void
}

type Message = { type: string; gap?: boolean; seq?: string; project?: string; events?: { id: string }[] }

/** A dashboard that follows these projects on one node, and is connected again whenever it is cut off. */
export function watch(
  t: Test,
  {
    url,
    headers,
    projects,
    sql
  }: { url: string; headers: Record<string, string>; projects: readonly string[]; sql: Sql }
): Watcher {
  const seen = new Set<string>()
  const positions = new Map<string, string>()
  let gaps = 0
  let isOver = false
  let ws: WebSocket | undefined

  async function readAgain(): Promise<void> {
    for (const { id } of await sql<{ id: string }[]>`select id from events`) seen.add(id)
  }

  function hear({ type, gap, seq, project, events = [] }: Message): void {
    const isNew = type === 'subscribed' && project !== undefined && !positions.has(project)
    const hasGap = type === 'dropped' || gap === true
    if (hasGap) gaps += 1
    if (project !== undefined && seq !== undefined) positions.set(project, seq)
    for (const { id } of events) seen.add(id)
    if (isNew || hasGap) readAgain().catch(() => {})
  }

  function open(): void {
    if (isOver) return
    ws = new WebSocket(`${url.replace('http', 'ws')}/api/v1/stream`, { headers })
    ws.on('open', () => {
      for (const project of projects) {
        ws?.send(
          JSON.stringify({
            type: 'subscribe',
            project,
            ...(positions.has(project) && { after: positions.get(project) })
          })
        )
      }
    })
    ws.on('message', data => hear(JSON.parse(String(data))))
    ws.on('error', () => {})
    ws.on('close', () => {
      setTimeout(open, 100)
    })
  }

  open()
  const close = (): void => {
    isOver = true
    ws?.terminate()
  }
  t.teardown(close)
  return { seen, gaps: () => gaps, close }
}
