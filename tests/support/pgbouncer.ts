/**
 * A PgBouncer of the test's own in front of a database, as Debian packages it. Started by root it runs as the user of
 * the database's socket.
 */
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseDatabaseUrl } from '../../services/database/url.ts'
import { answers, freePort } from './ports.ts'

type Test = { teardown: (work: () => Promise<void>) => void }

const program = ['/usr/sbin/pgbouncer', '/usr/bin/pgbouncer'].find(file => fs.existsSync(file))

/** False, or why tests with it are skipped. */
export const withoutPgbouncer = program === undefined ? 'PgBouncer is missing: apt-get install pgbouncer' : false

export type PgbouncerOptions = {
  /** Of the database behind it; its user needs a password. */
  url: string
  mode: 'session' | 'transaction' | 'statement'
  /** Further lines of its configuration. */
  settings?: string
}

/** Returns the URL by which the database is reached through it. */
export async function pgbouncer(t: Test, { url, mode, settings = '' }: PgbouncerOptions): Promise<string> {
  const { host, port, user, password, database } = parseDatabaseUrl(url)
  const listenPort = await freePort()
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'mesher-pgbouncer-'))
  const file = path.join(folder, 'pgbouncer.ini')
  fs.writeFileSync(
    file,
    `[databases]
mesher = host=${host} port=${port} dbname=${database} user=${user} password=${password}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${listenPort}
unix_socket_dir =
auth_type = any
pool_mode = ${mode}
${settings}
`
  )
  const { uid, gid } = fs.statSync(host)
  const asUser =
    process.getuid?.() === 0
      ? [
          '-u',
          execFileSync('id', ['-nu', String(uid)])
            .toString()
            .trim()
        ]
      : []
  if (process.getuid?.() === 0) for (const name of [folder, file]) fs.chownSync(name, uid, gid)
  const child = spawn(program ?? '', ['-q', ...asUser, file], { stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  child.stderr.on('data', (data: Buffer) => {
    said += data.toString()
  })
  const ended = once(child, 'exit')
  t.teardown(async () => {
    child.kill('SIGTERM')
    await ended
    fs.rmSync(folder, { recursive: true, force: true })
  })
  while (!(await answers(listenPort))) {
    if (child.exitCode !== null) throw new Error(`PgBouncer does not start: ${said}`)
    await sleep(50)
  }
  return `postgres://mesher@127.0.0.1:${listenPort}/mesher`
}
