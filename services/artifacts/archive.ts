/**
 * An uploaded archive, which lies in the database as chunks: read as a whole for its checksum, and as a zip file by
 * position, so that no more than two chunks are in memory. Bundles of build tools begin with eight bytes before the zip
 * (`SYSB` and a version), and its positions count from either.
 */
import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import yauzl from 'yauzl'
import { ArtifactRefused } from './chunks.ts'

export type Archive = {
  bytes: number
  /** The chunks in their order. */
  chunks: readonly { sha1: string; at: number; bytes: number }[]
  readChunk: (sha1: string) => Promise<Buffer>
}

export function archiveOf(
  names: readonly string[],
  sizes: ReadonlyMap<string, number>,
  readChunk: Archive['readChunk']
): Archive {
  let at = 0
  const chunks = names.map(sha1 => {
    const bytes = sizes.get(sha1)
    if (bytes === undefined) throw new ArtifactRefused('A chunk of this upload is gone. Upload it again.')
    const chunk = { sha1, at, bytes }
    at += bytes
    return chunk
  })
  return { bytes: at, chunks, readChunk: remembering(readChunk) }
}

/** Zip files are read back and forth within a chunk. */
function remembering(readChunk: Archive['readChunk']): Archive['readChunk'] {
  const remembered: { sha1: string; content: Promise<Buffer> }[] = []
  return sha1 => {
    const known = remembered.find(chunk => chunk.sha1 === sha1)
    if (known !== undefined) return known.content
    const content = readChunk(sha1)
    remembered.unshift({ sha1, content })
    remembered.length = Math.min(remembered.length, 2)
    return content
  }
}

/** Refused unless the chunks together have this checksum. */
export async function checkArchive(archive: Archive, checksum: Buffer): Promise<void> {
  const hash = createHash('sha1')
  for await (const piece of range(archive, 0, archive.bytes)) hash.update(piece)
  if (!hash.digest().equals(checksum)) throw new ArtifactRefused('The chunks do not make a file with this checksum.')
}

/** The bytes from `start` to `end` (exclusive). */
export async function* range(archive: Archive, start: number, end: number): AsyncGenerator<Buffer> {
  for (const { sha1, at, bytes } of archive.chunks) {
    if (at + bytes <= start) continue
    if (at >= end) return
    const content = await archive.readChunk(sha1)
    yield content.subarray(Math.max(0, start - at), Math.min(bytes, end - at))
  }
}

class ArchiveReader extends yauzl.RandomAccessReader {
  readonly #archive: Archive
  readonly #skipped: number

  constructor(archive: Archive, skipped: number) {
    super()
    this.#archive = archive
    this.#skipped = skipped
  }

  override _readStreamForRange(start: number, end: number): Readable {
    return Readable.from(range(this.#archive, start + this.#skipped, end + this.#skipped), { objectMode: false })
  }
}

/** Refused when it is no zip file. */
export async function openZip(archive: Archive): Promise<yauzl.ZipFile> {
  const skipped = await bytesBeforeZip(archive)
  return await yauzl.fromRandomAccessReaderPromise(new ArchiveReader(archive, skipped), archive.bytes - skipped, {
    autoClose: false,
    strictFileNames: true
  })
}

const endBytes = 22
const commentBytesMax = 65_535
const endSignature = 0x06054b50

/**
 * How many bytes are before what the positions in the zip file count from. The directory lies right before the end's
 * record, which tells its size and its position: the difference to where it is.
 */
async function bytesBeforeZip(archive: Archive): Promise<number> {
  const start = Math.max(0, archive.bytes - endBytes - commentBytesMax)
  const pieces: Buffer[] = []
  for await (const piece of range(archive, start, archive.bytes)) pieces.push(piece)
  const tail = Buffer.concat(pieces)
  for (let at = tail.byteLength - endBytes; at >= 0; at--) {
    if (tail.readUInt32LE(at) !== endSignature) continue
    const directoryBytes = tail.readUInt32LE(at + 12)
    const directoryAt = tail.readUInt32LE(at + 16)
    const before = start + at - directoryBytes - directoryAt
    return before === 8 ? before : 0
  }
  throw new ArtifactRefused('This is no zip file.')
}
