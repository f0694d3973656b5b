/**
 * Connections of benchmarks to PostgreSQL, by postgres.js: the peer needs a good client, and COPY from Node a stream.
 * Small packets leave at once (Nagle's delay would cost 40 ms here and there), and no deadline cuts a long check short.
 */
import { connect, type Socket } from 'node:net'
import postgres from 'postgres'
import { parseDatabaseUrl } from '../../services/database/url.ts'

export type Sql = postgres.Sql

export function openSql(url: string, max: number): Sql {
  const { host, port, user, password, database } = parseDatabaseUrl(url)
  const isSocket = host.startsWith('/')
  const options = {
    host,
    port,
    user,
    password,
    database,
    max,
    onnotice: () => {},
    ...(isSocket ? {} : { socket: () => openSocket(host, port) })
  }
  return postgres(options)
}

/** Still connecting when it is handed over: postgres.js waits for it. */
function openSocket(host: string, port: number): Socket {
  return Object.assign(connect({ host, port, noDelay: true }), { host, port })
}
