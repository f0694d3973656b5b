/**
 * The content of a spool file. A header line says the version and how many batches follow; each batch is a line of its
 * own, with a checksum before its JSON. So damage to one batch leaves the others readable. Files of version 1 (up to
 * Mesher 0.2) have one checksum for a whole array and are read too. A file of a version that is not known is not
 * damaged: another release of Mesher can read it.
 */
import { createHash } from 'node:crypto'
import * as v from 'valibot'
import type { PreparedBatch } from '../../schema/pipeline.ts'

export type SpoolContent = {
  batches: PreparedBatch[]
  /** How many batches of the file cannot be read. */
  lost: number
  /** The lines of those that are there, as they were found. */
  damaged: Buffer[]
}

/** Nothing in the file can be read. */
export class SpoolFileDamaged extends Error {
  override name = 'SpoolFileDamaged'
}

/** Another release wrote it. */
export class SpoolFileOfOtherVersion extends Error {
  override name = 'SpoolFileOfOtherVersion'
}

const newline = 0x0a
const checksumBytes = 64
const headerSchema = v.pipe(v.string(), v.parseJson(), v.looseObject({ version: v.pipe(v.number(), v.integer()) }))
const headerOneSchema = v.object({ version: v.literal(1), sha256: v.string() })
const headerTwoSchema = v.object({ version: v.literal(2), batches: v.number() })

export function encodeBatches(batches: readonly PreparedBatch[]): string {
  const lines = batches.map(batch => {
    const json = JSON.stringify(batch)
    return `${checksumOf(json)} ${json}\n`
  })
  return headerOf(batches.length) + lines.join('')
}

/** A file with lines as they were found, for somebody to look at. */
export function encodeLines(lines: readonly Buffer[]): Buffer {
  return Buffer.concat([Buffer.from(headerOf(lines.length)), ...lines.flatMap(line => [line, Buffer.from('\n')])])
}

/** Throws `SpoolFileDamaged` and `SpoolFileOfOtherVersion`. */
export function decodeBatches(content: Buffer): SpoolContent {
  const [first = Buffer.alloc(0), ...lines] = linesOf(content)
  const header = v.safeParse(headerSchema, first.toString())
  if (header.success && header.output.version > 2) {
    throw new SpoolFileOfOtherVersion(`it has version ${header.output.version}; this release reads 1 and 2`)
  }
  if (header.success && v.is(headerOneSchema, header.output)) {
    return { batches: decodeWhole(content.subarray(first.length + 1), header.output.sha256), lost: 0, damaged: [] }
  }
  const found = decodeLines(lines)
  if (header.success && v.is(headerTwoSchema, header.output)) {
    // A line that damage has split counts once, a line that is missing counts too.
    return { ...found, lost: Math.max(header.output.batches - found.batches.length, 0) }
  }
  if (found.batches.length === 0) throw new SpoolFileDamaged('it has neither a header nor a batch that can be read')
  return { ...found, lost: found.damaged.length }
}

function decodeWhole(body: Buffer, checksum: string): PreparedBatch[] {
  if (checksumOf(body) !== checksum) throw new SpoolFileDamaged('its checksum does not fit')
  // The checksum proves that this is what was written.
  const batches: PreparedBatch[] = JSON.parse(body.toString())
  return batches
}

function decodeLines(lines: readonly Buffer[]): { batches: PreparedBatch[]; damaged: Buffer[] } {
  const batches: PreparedBatch[] = []
  const damaged: Buffer[] = []
  for (const line of lines) {
    const json = line.subarray(checksumBytes + 1)
    if (line.toString('latin1', 0, checksumBytes) !== checksumOf(json)) {
      damaged.push(line)
      continue
    }
    // The checksum proves that this is what was written.
    const batch: PreparedBatch = JSON.parse(json.toString())
    batches.push(batch)
  }
  return { batches, damaged }
}

function linesOf(content: Buffer): Buffer[] {
  const lines: Buffer[] = []
  for (let start = 0; start < content.length;) {
    const end = content.indexOf(newline, start)
    const next = end < 0 ? content.length : end
    lines.push(content.subarray(start, next))
    start = next + 1
  }
  return lines
}

function headerOf(batches: number): string {
  return `${JSON.stringify({ version: 2, batches })}\n`
}

function checksumOf(text: string | Buffer): string {
  return createHash('sha256').update(text).digest('hex')
}
