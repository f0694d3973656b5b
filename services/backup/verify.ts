/**
 * Reads a whole backup and compares every part with the list, before anything is done with it: what is restored was
 * read once without a fault. Throws `BackupRefused` with what is wrong.
 */
import * as v from 'valibot'
import { readArchive } from './archive.ts'
import {
  BackupRefused,
  entryNames,
  formatVersion,
  headSchema,
  manifestSchema,
  sha256Of,
  type Manifest,
  type Head,
  type Part
} from './format.ts'

/** `onProgress` gets how many bytes were read. */
export async function verifyBackup(file: string, onProgress: (bytes: number) => void = () => {}): Promise<Manifest> {
  const found = new Map<string, Part>()
  let list: Buffer | undefined
  let checksum: string | undefined
  let bytes = 0
  let head: Head | undefined
  for await (const { name, content } of readArchive(file)) {
    head ??= headOf(file, name, content)
    if (name === entryNames.manifest) list = content
    else if (name === entryNames.checksum) checksum = content.toString()
    else found.set(name, { name, bytes: content.length, sha256: sha256Of(content) })
    onProgress((bytes += content.length))
  }
  if (head === undefined) throw new BackupRefused(`${file} is no backup of Mesher: it is empty`)
  if (list === undefined || checksum === undefined) {
    throw new BackupRefused(`${file} ends early: the backup was not finished, or the file was cut off`)
  }
  if (sha256Of(list) !== checksum) throw damaged(file, 'its list')
  const manifest = v.parse(manifestSchema, JSON.parse(list.toString()))
  if (head.mesher !== manifest.mesher) throw damaged(file, entryNames.head)
  compare(file, manifest, found)
  return manifest
}

/** What comes first; by it a large file of another kind is refused before it is read to its end. */
function headOf(file: string, name: string, content: Buffer): Head {
  const head = v.safeParse(v.pipe(v.string(), v.parseJson(), headSchema), content.toString())
  if (name !== entryNames.head || !head.success) throw new BackupRefused(`${file} is no backup of Mesher`)
  const { format, mesher } = head.output
  if (format === formatVersion) return head.output
  throw new BackupRefused(
    `${file} has format ${format}, which Mesher ${mesher} wrote, and this version reads format ${formatVersion}: ` +
      'restore it with that version'
  )
}

function compare(file: string, { tables, spool }: Manifest, found: ReadonlyMap<string, Part>): void {
  const listed = [...tables.flatMap(({ parts }) => parts), ...spool.map(({ part }) => part)]
  for (const part of listed) {
    const there = found.get(part.name)
    if (there === undefined) throw damaged(file, `${part.name}, which is missing,`)
    if (there.sha256 !== part.sha256) throw damaged(file, part.name)
  }
  const known = new Set([entryNames.head, ...listed.map(({ name }) => name)])
  const other = [...found.keys()].find(name => !known.has(name))
  if (other !== undefined) throw damaged(file, `${other}, which is not in its list,`)
}

function damaged(file: string, what: string): BackupRefused {
  return new BackupRefused(`${file} is damaged: ${what} is not what was written. Nothing was restored`)
}
