/** The two servers that are compared, each started on a database and a free port. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { auditProblems } from './check.ts'
import { freePort, startServer, type Server } from './server.ts'

export type Side = {
  name: string
  start: (databaseUrl: string) => Promise<Server>
  /** What else must hold of its database once it has stopped. */
  audit: (databaseUrl: string) => Promise<string[]>
}

export const mesher: Side = {
  name: 'Mesher',
  start: async databaseUrl => await startMesher(databaseUrl),
  audit: auditProblems
}

/** Mesher as anybody starts it, with an empty data folder; only its log is shortened. */
export async function startMesher(databaseUrl: string, nodeArgs: readonly string[] = []): Promise<Server> {
  const port = await freePort()
  const data = await mkdtemp(join(tmpdir(), 'mesher-bench-data-'))
  const server = await startServer({
    script: '../../bin/mesher',
    args: ['start', '--port', String(port), '--data', data],
    env: { DATABASE_URL: databaseUrl, MESHER_LOG_LEVEL: 'warn' },
    url: `http://127.0.0.1:${port}`,
    readyPath: '/readyz',
    nodeArgs
  })
  return {
    ...server,
    stop: async () => {
      await server.stop().finally(async () => {
        await rm(data, { recursive: true })
      })
    }
  }
}

export const peer: Side = {
  name: 'naive peer',
  audit: async () => [],
  start: async databaseUrl => {
    const port = await freePort()
    return await startServer({
      script: '../peers/naive-fastify',
      args: [],
      env: { PEER_DATABASE_URL: databaseUrl, PEER_PORT: String(port) },
      url: `http://127.0.0.1:${port}`,
      readyPath: '/readyz'
    })
  }
}
