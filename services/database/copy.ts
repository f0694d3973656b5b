/**
 * COPY of a session: rows as PostgreSQL writes them, in and out, as streams. Nothing is held in memory but what the
 * other side has not taken yet. A failure on either side ends the COPY; what was copied in is gone with its
 * transaction.
 */
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { from as copyFrom, to as copyTo } from 'pg-copy-streams'
import type { DatabaseSession } from './session.ts'

export type CopySession = {
  /** Runs `copy … to stdout`, hands every chunk to `take`, and returns how many rows there were. */
  copyOut: (text: string, take: (chunk: Buffer) => Promise<void>) => Promise<number>
  /** Runs `copy … from stdin` with these chunks, and returns how many rows were stored. */
  copyIn: (text: string, chunks: AsyncIterable<Buffer>) => Promise<number>
}

export function copySession({ alone }: DatabaseSession): CopySession {
  return {
    copyOut: (text, take) =>
      alone(async client => {
        const query = client.query(copyTo(text))
        await pipeline(query, async (chunks: AsyncIterable<Buffer>) => {
          for await (const chunk of chunks) await take(chunk)
        })
        return query.rowCount
      }),
    copyIn: (text, chunks) =>
      alone(async client => {
        const query = client.query(copyFrom(text))
        await pipeline(Readable.from(chunks), query)
        return query.rowCount
      })
  }
}
