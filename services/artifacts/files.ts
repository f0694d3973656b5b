/**
 * The files of artifacts. A file is stored once for a project, by the SHA-1 of its content, in compressed parts of at
 * most 4 MiB: whatever the size of a file, neither writing nor erasing it needs much memory. A file that no entry names
 * is removed by upkeep (upkeep.ts) an hour after it was added.
 */
import { createHash } from 'node:crypto'
import { promisify } from 'node:util'
import { gunzip, gzip } from 'node:zlib'
import * as v from 'valibot'
import type { Queryable, Sql } from '../database/sql.ts'

const compress = promisify(gzip)
const decompress = promisify(gunzip)

/** Of one part, unpacked. */
const partBytesMax = 4 * 1024 * 1024

export type StoredFile = { sha1: Buffer; bytes: number; /** Compressed. */ storedBytes: number }

/** Makes pieces of any size into pieces of `partBytesMax`, but for the last one. */
async function* inParts(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  let held: Uint8Array[] = []
  let bytes = 0
  for await (const piece of pieces) {
    let rest = piece
    while (bytes + rest.byteLength >= partBytesMax) {
      const fits = partBytesMax - bytes
      yield Buffer.concat([...held, rest.subarray(0, fits)])
      rest = rest.subarray(fits)
      held = []
      bytes = 0
    }
    if (rest.byteLength > 0) held.push(rest)
    bytes += rest.byteLength
  }
  if (bytes > 0) yield Buffer.concat(held)
}

/**
 * Stores a file whose SHA-1 is known once it was read: a transaction writes its parts under a name of its own and then
 * gives it its true one, or drops them where the project has the file already.
 */
export async function storeFile(sql: Sql, projectId: number, pieces: AsyncIterable<Uint8Array>): Promise<StoredFile> {
  const hash = createHash('sha1')
  const parts: AsyncIterator<Buffer> = inParts(pieces)
  const first = await parts.next()
  const second = first.done === true ? first : await parts.next()
  if (second.done === true) {
    const content = first.done === true ? Buffer.alloc(0) : first.value
    return await storeSmall(sql, projectId, hash.update(content).digest(), content)
  }
  return await storeLarge(sql, projectId, [first.value, second.value], parts)
}

async function storeSmall(sql: Sql, projectId: number, sha1: Buffer, content: Buffer): Promise<StoredFile> {
  const known = await touchFile(sql, projectId, sha1)
  if (known !== null) return known
  const data = await compress(content)
  await sql`
    with file as (
      insert into artifact_files (project_id, sha1, bytes, stored_bytes)
      values (${projectId}, ${sha1}, ${content.byteLength}, ${data.byteLength})
      on conflict (project_id, sha1) do update set added_at = now() returning xmax = 0 as is_new
    )
    insert into artifact_parts (project_id, sha1, part, data)
    select ${projectId}, ${sha1}, 0, ${data} from file where is_new`
  return { sha1, bytes: content.byteLength, storedBytes: data.byteLength }
}

const fileRow = v.strictObject({ bytes: v.number(), stored_bytes: v.number() })

/** The file that is there already, which upkeep leaves alone for an hour from now on. */
async function touchFile(sql: Queryable, projectId: number, sha1: Buffer): Promise<StoredFile | null> {
  const [row] = await sql.rows(fileRow)`
    update artifact_files set added_at = now() where project_id = ${projectId} and sha1 = ${sha1}
    returning bytes, stored_bytes`
  return row === undefined ? null : { sha1, bytes: row.bytes, storedBytes: row.stored_bytes }
}

async function storeLarge(
  sql: Sql,
  projectId: number,
  begun: readonly Buffer[],
  rest: AsyncIterator<Buffer>
): Promise<StoredFile> {
  return await sql.begin(async sql => {
    const hash = createHash('sha1')
    await sql`create temporary table if not exists incoming_parts (part integer, data bytea) on commit drop`
    let part = 0
    let bytes = 0
    let storedBytes = 0
    const add = async (content: Buffer): Promise<void> => {
      hash.update(content)
      const data = await compress(content)
      await sql`insert into incoming_parts (part, data) values (${part}, ${data})`
      part += 1
      bytes += content.byteLength
      storedBytes += data.byteLength
    }
    for (const content of begun) await add(content)
    for (let next = await rest.next(); next.done !== true; next = await rest.next()) await add(next.value)
    const sha1 = hash.digest()
    await sql`
      with file as (
        insert into artifact_files (project_id, sha1, bytes, stored_bytes)
        values (${projectId}, ${sha1}, ${bytes}, ${storedBytes})
        on conflict (project_id, sha1) do update set added_at = now() returning xmax = 0 as is_new
      )
      insert into artifact_parts (project_id, sha1, part, data)
      select ${projectId}, ${sha1}, part, data from incoming_parts, file where is_new`
    return { sha1, bytes, storedBytes }
  })
}

const partRow = v.strictObject({ data: v.instance(Buffer) })

/** The parts of a file in their order, one in memory at a time. Nothing for a file that is not there. */
export async function* filePieces(sql: Queryable, projectId: number, sha1: Buffer): AsyncGenerator<Buffer> {
  for (let part = 0; ; part++) {
    const [row] = await sql.rows(partRow)`
      select data from artifact_parts where project_id = ${projectId} and sha1 = ${sha1} and part = ${part}`
    if (row === undefined) return
    yield await decompress(row.data, { maxOutputLength: partBytesMax })
  }
}

/** The whole content; null for a file that is not there or is larger than `bytesMax`. */
export async function readFile(
  sql: Queryable,
  projectId: number,
  sha1: Buffer,
  { bytesMax }: { bytesMax: number }
): Promise<Buffer | null> {
  const [file] = await sql.rows(fileRow)`
    select bytes, stored_bytes from artifact_files where project_id = ${projectId} and sha1 = ${sha1}`
  if (file === undefined || file.bytes > bytesMax) return null
  const pieces: Buffer[] = []
  for await (const piece of filePieces(sql, projectId, sha1)) pieces.push(piece)
  const content = Buffer.concat(pieces)
  return content.byteLength === file.bytes ? content : null
}
