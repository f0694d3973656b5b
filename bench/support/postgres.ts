/** Connections of benchmarks to PostgreSQL: small packets leave at once, notices are silent, nothing is typed over again. */
import { connect, type Socket } from 'node:net'
import { once } from 'node:events'
import postgres from 'postgres'

export type Sql = postgres.Sql

/** What postgres.js hands to `socket`; its type declarations do not tell of it. */
type Where = { path: string | undefined, host: string[], port: number[] }

/** `max` connections to one database; TCP goes without Nagle's delay, which would cost 40 ms here and there. */
export function openSql (url: string, max: number): Sql {
  const options = { max, onnotice: () => {}, socket: connected }
  return postgres(url, options)
}

/** The same server, another database. */
export function urlOfDatabase (url: string, name: string): string {
  const changed = new URL(url)
  changed.pathname = `/${name}`
  return changed.href
}

async function connected ({ path, host, port }: Where): Promise<Socket> {
  const socket = path ? connect({ path }) : connect({ host: host[0] ?? 'localhost', port: port[0] ?? 5432, noDelay: true })
  await once(socket, 'connect')
  return socket
}
