/**
 * The fate of every event that was sent, one line each: marker, status, outcome or reason, id, separated by tabs. The
 * lines go to a file while the load runs, so that ten minutes at full rate need no more memory than ten seconds, and
 * PostgreSQL can COPY the file. Status 0 means unanswered: the fate of that event is unknown to its sender.
 */
import { closeSync, createReadStream, openSync, writeSync } from 'node:fs'
import { createInterface } from 'node:readline'

export type JournalEntry = { marker: string; status: number; fate: string; id: string }

export type Journal = { file: number; buffer: Buffer; used: number }

const bufferBytes = 256 * 1024
const lineBytesMax = 512

export function openJournal(path: string): Journal {
  return { file: openSync(path, 'w'), buffer: Buffer.allocUnsafe(bufferBytes), used: 0 }
}

export function note(journal: Journal, { marker, status, fate, id }: JournalEntry): void {
  if (journal.used > bufferBytes - lineBytesMax) flush(journal)
  journal.used += journal.buffer.write(`${marker}\t${status}\t${fate.slice(0, 64)}\t${id.slice(0, 64)}\n`, journal.used)
}

export function closeJournal(journal: Journal): void {
  flush(journal)
  closeSync(journal.file)
}

export async function* readJournal(path: string): AsyncGenerator<JournalEntry> {
  for await (const line of createInterface({ input: createReadStream(path) })) {
    const [marker = '', status = '', fate = '', id = ''] = line.split('\t')
    yield { marker, status: Number(status), fate, id }
  }
}

function flush(journal: Journal): void {
  let written = 0
  while (written < journal.used) written += writeSync(journal.file, journal.buffer, written, journal.used - written)
  journal.used = 0
}
