/**
 * The floor of ingestion: the rows that Mesher stored, copied as one binary COPY into the same tables of another
 * database. `psql \copy` does it; where psql is missing the same bytes go through COPY from Node, which is as fast.
 */
import { spawnSync } from 'node:child_process'
import { createReadStream, createWriteStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { cpuSecondsOfTree } from '../support/cpu.ts'
import { openSql, type Sql } from '../support/postgres.ts'

export type CopyResult = { rows: number; seconds: number; ratePerS: number; cpuUsPerRow: number }

const chunkBytes = 256 * 1024
const hasPsql = spawnSync('psql', ['--version']).status === 0

/** What does the copying on this machine. */
export const copiedBy = hasPsql ? 'psql \\copy' : 'COPY from Node'

/** Writes all events of a database into a file in PostgreSQL's binary format. */
export async function exportEvents(url: string, path: string): Promise<void> {
  if (hasPsql) return psql(url, `\\copy (select * from events) to '${path}' with (format binary)`)
  await withSql(url, async sql => {
    await pipeline(
      await sql`copy (select * from events) to stdout with (format binary)`.readable(),
      createWriteStream(path)
    )
  })
}

/** Copies the file into the empty `events` of a database, and counts what is there then. */
export async function copyEvents(url: string, path: string, postmasterPid: number): Promise<CopyResult> {
  return await withSql(url, async sql => {
    await sql`checkpoint`
    const cpuBeforeS = cpuSecondsOfTree(postmasterPid)
    const startedMs = performance.now()
    if (hasPsql) psql(url, `\\copy events from '${path}' with (format binary)`)
    else {
      await pipeline(
        createReadStream(path, { highWaterMark: chunkBytes }),
        await sql`copy events from stdin with (format binary)`.writable()
      )
    }
    const seconds = (performance.now() - startedMs) / 1_000
    const cpuS = cpuSecondsOfTree(postmasterPid) - cpuBeforeS

    const [counted] = await sql<Array<{ rows: number }>>`select count(*)::int as rows from events`
    const rows = counted?.rows ?? 0
    return { rows, seconds, ratePerS: rows / seconds, cpuUsPerRow: (cpuS * 1e6) / rows }
  })
}

function psql(url: string, command: string): void {
  const { status, stderr, error } = spawnSync(
    'psql',
    ['--no-psqlrc', '--quiet', '--set', 'ON_ERROR_STOP=1', '--command', command, url],
    { encoding: 'utf8' }
  )
  if (error) throw error
  if (status !== 0) throw new Error(`psql failed: ${stderr}`)
}

async function withSql<Result>(url: string, work: (sql: Sql) => Promise<Result>): Promise<Result> {
  const sql = openSql(url, 1)
  try {
    return await work(sql)
  } finally {
    await sql.end()
  }
}
