/** Whether a server could listen on a port, and if not, why, in words for the operator. */
import { once } from 'node:events'
import { createServer } from 'node:net'
import type { Config } from '../../schema/config.ts'
import { sentenceOf } from './failure.ts'

export type PortProblem = { text: string; hint: string }

/** Null when it can. Another program may still take the port before the server does. */
export async function portProblem({ host, port }: Pick<Config, 'host' | 'port'>): Promise<PortProblem | null> {
  const server = createServer().listen({ port, host })
  try {
    await once(server, 'listening')
    return null
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'EADDRINUSE') {
      return {
        text: `port ${port} is taken by another program`,
        hint: 'Stop it, or choose another port with --port. "ss -ltnp" tells which it is.'
      }
    }
    if (code === 'EACCES') {
      return {
        text: `port ${port} may not be used by this user`,
        hint: 'Ports below 1024 belong to root: choose another with --port.'
      }
    }
    return {
      text: `${host}:${port} cannot be listened on: ${sentenceOf(error)}`,
      hint: 'Choose an address of this machine with --host, or 0.0.0.0 for all.'
    }
  } finally {
    server.close()
  }
}
