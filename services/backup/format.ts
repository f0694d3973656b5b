/**
 * What a backup is: a tar file, so that other programs can look into it too. Each table is COPY text in parts of
 * bounded size, each compressed by gzip; each file of the spool is there as it is. `backup.json` comes first and says
 * what the file is; `manifest.json` comes last and lists every part with its checksum; `manifest.sha256` is the
 * checksum of that list. So a backup that ends early, or was changed anywhere, is recognised before a row is restored.
 */
import { createHash } from 'node:crypto'
import * as v from 'valibot'

/** Grows when an earlier Mesher could not read the file. */
export const formatVersion = 1

export const entryNames = { head: 'backup.json', manifest: 'manifest.json', checksum: 'manifest.sha256' } as const

/** Why a backup cannot be made or restored, for the person who asked for it. Nothing was changed. */
export class BackupRefused extends Error {
  override name = 'BackupRefused'
}

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0))
const wholeText = v.pipe(v.string(), v.regex(/^-?\d{1,40}$/))
const name = v.pipe(v.string(), v.regex(/^[a-z_][a-z0-9_]{0,62}$/))
/** Of one directory below the spool, and of a file in it: nothing that leads elsewhere. */
const fileName = v.pipe(v.string(), v.regex(/^(?!\.)[\w%.~!'()*-]{1,255}$/))

const partSchema = v.strictObject({
  name: v.string(),
  bytes: count,
  sha256: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/))
})

const tableSchema = v.strictObject({
  name,
  columns: v.pipe(v.array(name), v.minLength(1)),
  rows: count,
  /** The sums of its columns of whole numbers, by column; empty for partitions, whose rows are counted alone. */
  sums: v.record(name, wholeText),
  parts: v.array(partSchema)
})

const sequenceSchema = v.strictObject({ name, lastValue: wholeText, isCalled: v.boolean() })

const spoolSchema = v.strictObject({
  node: fileName,
  file: fileName,
  /** Milliseconds since the epoch. */
  writtenAt: count,
  part: partSchema
})

export const headSchema = v.object({
  format: count,
  mesher: v.string(),
  takenAt: v.pipe(v.string(), v.isoTimestamp())
})

export const manifestSchema = v.strictObject({
  format: v.literal(formatVersion),
  /** The version that made it. */
  mesher: v.string(),
  /** The version of the server that it was made of. */
  postgres: v.string(),
  /** The moment that it shows, by the database's clock. */
  takenAt: v.pipe(v.string(), v.isoTimestamp()),
  migrations: v.array(v.strictObject({ name: v.string(), checksum: v.string() })),
  /** In an order in which no row comes before one that it refers to. */
  tables: v.array(tableSchema),
  sequences: v.array(sequenceSchema),
  spool: v.array(spoolSchema)
})

export type Head = v.InferOutput<typeof headSchema>
export type Manifest = v.InferOutput<typeof manifestSchema>
export type Part = v.InferOutput<typeof partSchema>
export type TableEntry = v.InferOutput<typeof tableSchema>
export type SpoolEntry = v.InferOutput<typeof spoolSchema>

export function partName(table: string, index: number): string {
  return `tables/${table}/${String(index).padStart(6, '0')}.copy.gz`
}

export function spoolPartName(node: string, file: string): string {
  return `spool/${node}/${file}`
}

export function sha256Of(data: Uint8Array): string {
  return createHash('sha256').update(data).digest('hex')
}

export function rowsOf({ tables }: Pick<Manifest, 'tables'>): number {
  return tables.reduce((sum, { rows }) => sum + rows, 0)
}
