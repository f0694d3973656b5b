/**
 * Makes bundles of uploaded chunks, one at a step: checks the whole, stores each file that its list names, and lets the
 * bundle count. What the uploader did wrong ends in the state `error` with the reason. Everything is bounded: chunks in
 * memory, files, their sizes packed and unpacked. A step that fails otherwise (an outage) or whose process ends is
 * begun anew some minutes later, at most `attemptsMax` times.
 */
import { Readable } from 'node:stream'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type yauzl from 'yauzl'
import * as v from 'valibot'
import { limits } from '../../schema/limits.ts'
import type { Sql } from '../database/sql.ts'
import { isUnavailable } from '../database/errors.ts'
import { archiveOf, checkArchive, openZip, range, type Archive } from './archive.ts'
import { artifactUsage, bundleKinds, finishBundle, type Entry } from './bundles.ts'
import { ArtifactRefused, chunkSizes, dropChunks, readChunk } from './chunks.ts'
import { storeFile } from './files.ts'
import { manifestOf, type ListedFile, type Manifest } from './manifest.ts'
import { mappingArchive } from './requests.ts'
import { mapReferenceIn, mapUrlOf, normalDebugId } from './urls.ts'

const attemptsMax = 3
const staleMinutes = 3
/** A file is a bomb when it is that many times larger than it is packed, and large. */
const packedTimesMax = 200
const bombBytesMin = 64 * 1024 * 1024
/** Of the end of a script, where it names its map. */
const tailBytes = 16 * 1024
/** After so much of a file the bundle says that it is still worked on. */
const renewedBytes = 16 * 1024 * 1024
/** Entries are read out of chunks that are in memory, which alone would let nothing else run. */
const entriesAtOnce = 50

const jobRow = v.strictObject({
  project_id: v.number(),
  organization_id: v.string(),
  id: v.string(),
  kind: v.picklist(bundleKinds),
  name: v.string(),
  debug_id: v.string(),
  checksum: v.instance(Buffer),
  release: v.string(),
  dist: v.string(),
  chunks: v.array(v.instance(Buffer)),
  attempts: v.number()
})
type Job = v.InferOutput<typeof jobRow>

export type Assembled = { state: 'none' } | { state: 'ok' | 'error'; projectId: number; detail: string }

/** Takes the bundle that has waited longest. Rejects when the database is away; the bundle is taken again later. */
export async function assembleNext(sql: Sql): Promise<Assembled> {
  const job = await claim(sql)
  if (job === null) return { state: 'none' }
  const { project_id: projectId } = job
  try {
    if (job.attempts > attemptsMax) throw new ArtifactRefused('The upload could not be read.')
    await assemble(sql, job)
    return { state: 'ok', projectId, detail: '' }
  } catch (error) {
    if (isUnavailable(error)) throw error
    const detail = error instanceof ArtifactRefused ? error.message : zipFault(error)
    if (detail === null) throw error
    await sql`
      update artifact_bundles set state = 'error', detail = ${detail}, chunks = '{}', is_told = false
      where project_id = ${projectId} and id = ${job.id} and state = 'assembling'`
    return { state: 'error', projectId, detail }
  }
}

async function claim(sql: Sql): Promise<Job | null> {
  const [job] = await sql.rows(jobRow)`
    update artifact_bundles b set state = 'assembling', worked_at = now(), attempts = attempts + 1
    from projects p
    where p.id = b.project_id and (b.project_id, b.id) = (
      select project_id, id from artifact_bundles
      where state in ('waiting', 'assembling')
        and (state = 'waiting' or worked_at < now() - make_interval(mins => ${staleMinutes}))
      order by worked_at limit 1 for update skip locked)
    returning b.project_id, p.organization_id, b.id, b.kind, b.name, b.debug_id, b.checksum, b.release, b.dist,
      b.chunks, b.attempts`
  return job ?? null
}

async function assemble(sql: Sql, job: Job): Promise<void> {
  const { organization_id: organizationId, project_id: projectId, id } = job
  const names = job.chunks.map(chunk => chunk.toString('hex'))
  const sizes = await chunkSizes(sql, organizationId, names)
  const archive = archiveOf(names, sizes, sha1 => readChunk(sql, organizationId, sha1))
  await checkRoom(sql, projectId)
  await checkArchive(archive, job.checksum)
  await renewClaim(sql, job)
  const { release, dist, entries } =
    job.kind === 'debug_file' ? await debugFile(sql, job, archive) : await scripts(sql, job, archive)
  await sql.begin(async sql => {
    const { count } = await sql`
      select from artifact_bundles where project_id = ${projectId} and id = ${id} and state = 'assembling' for update`
    if (count > 0) await finishBundle(sql, { projectId, id, release, dist }, entries)
  })
  await dropChunks(sql, organizationId, names)
}

const countRow = v.strictObject({ count: v.number() })

async function checkRoom(sql: Sql, projectId: number): Promise<void> {
  const { bytes } = await artifactUsage(sql, projectId)
  if (bytes >= limits.artifactBytesMax) {
    throw new ArtifactRefused('The artifacts of this project take as much as they may (10 GB): delete old ones.')
  }
  const [row] = await sql.rows(countRow)`
    select count(*) as count from artifact_bundles where project_id = ${projectId} and state = 'ok'`
  if ((row?.count ?? 0) >= limits.artifactBundlesMax) {
    throw new ArtifactRefused('This project has as many uploads as one may have: delete old ones.')
  }
}

type Found = { release: string; dist: string; entries: Entry[] }

const mappingForm = /^\/?proguard\/([0-9a-f-]{32,36})\.txt$/i

/** Of an archive of mappings each is a file of its own. */
async function zippedMappings(sql: Sql, job: Job, archive: Archive): Promise<Entry[]> {
  const zip = await openZip(archive)
  const entries: Entry[] = []
  for (const [name, entry] of await entriesOf(zip)) {
    const debugId = normalDebugId(mappingForm.exec(name)?.[1] ?? '')
    if (debugId === null) continue
    const file = { name, url: `/proguard/${debugId}.txt`, kind: 'other', debugId, mapUrl: '' } as const
    entries.push(await storeEntry(sql, job, zip, entry, file))
  }
  if (entries.length > 0) return entries
  throw new ArtifactRefused('The archive holds no ProGuard mapping (proguard/<id>.txt); other files come in chunks.')
}

async function debugFile(sql: Sql, job: Job, archive: Archive): Promise<Found> {
  const { release, dist } = job
  if (job.name === mappingArchive) return { release, dist, entries: await zippedMappings(sql, job, archive) }
  const { sha1 } = await storeFile(sql, job.project_id, renewing(sql, job, range(archive, 0, archive.bytes)))
  // Of a mapping of classes the id is its name alone.
  const [, named = ''] = mappingForm.exec(job.name) ?? []
  const debugId = normalDebugId(named || job.debug_id.slice(0, 36)) ?? ''
  const entry: Entry = { url: job.name, kind: 'other', debugId, mapUrl: '', sha1 }
  return { release, dist, entries: [entry] }
}

async function scripts(sql: Sql, job: Job, archive: Archive): Promise<Found> {
  const zip = await openZip(archive)
  const packed = await entriesOf(zip)
  const manifest = await readManifest(zip, packed)
  const entries: Entry[] = []
  for (const file of manifest.files) {
    const entry = packed.get(file.name)
    if (entry === undefined) {
      throw new ArtifactRefused(`manifest.json names "${file.name.slice(0, 200)}", which is not in the bundle.`)
    }
    entries.push(await storeEntry(sql, job, zip, entry, file))
    await renewClaim(sql, job)
  }
  return {
    release: job.release === '' ? manifest.release : job.release,
    dist: job.release === '' ? manifest.dist : job.dist,
    entries
  }
}

/** All entries by their names; refused where they are too many or would unpack to too much. */
async function entriesOf(zip: yauzl.ZipFile): Promise<Map<string, yauzl.Entry>> {
  const entries = new Map<string, yauzl.Entry>()
  let unpacked = 0
  for await (const entry of zip.eachEntry()) {
    const { fileName, uncompressedSize, compressedSize } = entry
    unpacked += uncompressedSize
    if (entries.size >= limits.bundleFilesMax) {
      throw new ArtifactRefused(`The bundle has more than ${limits.bundleFilesMax} files.`)
    }
    if (unpacked > limits.bundleUnpackedBytesMax) throw new ArtifactRefused('The bundle unpacks to more than 4 GB.')
    if (uncompressedSize > bombBytesMin && uncompressedSize > compressedSize * packedTimesMax) {
      throw new ArtifactRefused(`"${fileName.slice(0, 200)}" unpacks to ${uncompressedSize} bytes, which is a bomb.`)
    }
    if (entries.has(fileName)) throw new ArtifactRefused(`The bundle has "${fileName.slice(0, 200)}" twice.`)
    entries.set(fileName, entry)
    if (entries.size % entriesAtOnce === 0) await nextTurn()
  }
  return entries
}

async function readManifest(zip: yauzl.ZipFile, entries: ReadonlyMap<string, yauzl.Entry>): Promise<Manifest> {
  const entry = entries.get('manifest.json')
  if (entry === undefined) throw new ArtifactRefused('The bundle has no manifest.json.')
  if (entry.uncompressedSize > limits.bundleManifestBytesMax) throw new ArtifactRefused('manifest.json is too large.')
  const pieces: Buffer[] = []
  for await (const piece of await unpackedPieces(zip, entry)) pieces.push(piece)
  return manifestOf(Buffer.concat(pieces))
}

/** The stream ends with an error when the entry is not of the size that it says. */
async function unpackedPieces(zip: yauzl.ZipFile, entry: yauzl.Entry): Promise<AsyncIterable<Buffer>> {
  if (entry.isEncrypted() || !entry.canDecodeFileData()) {
    throw new ArtifactRefused(`"${entry.fileName.slice(0, 200)}" is packed in a way that is not known here.`)
  }
  return await zip.openReadStreamPromise(entry)
}

/** A bundle that nobody seems to work on is begun anew, by another node. */
async function renewClaim(sql: Sql, { project_id: projectId, id }: Job): Promise<void> {
  await sql`
    update artifact_bundles set worked_at = now() where project_id = ${projectId} and id = ${id}
      and worked_at < now() - interval '10 seconds'`
}

async function* renewing(sql: Sql, job: Job, pieces: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let bytes = 0
  for await (const piece of pieces) {
    yield piece
    bytes += piece.byteLength
    if (bytes < renewedBytes) continue
    bytes = 0
    await renewClaim(sql, job)
  }
}

async function storeEntry(
  sql: Sql,
  job: Job,
  zip: yauzl.ZipFile,
  entry: yauzl.Entry,
  { name: _, ...file }: ListedFile
): Promise<Entry> {
  let tail = Buffer.alloc(0)
  const pieces = Readable.from(
    (async function* () {
      for await (const piece of renewing(sql, job, await unpackedPieces(zip, entry))) {
        if (file.kind === 'script' && file.mapUrl === '') tail = Buffer.concat([tail, piece]).subarray(-tailBytes)
        yield piece
      }
    })()
  )
  const { sha1 } = await storeFile(sql, job.project_id, pieces)
  const mapUrl = file.mapUrl === '' ? mapUrlOf(file.url, mapReferenceIn(tail)) : file.mapUrl
  return { ...file, mapUrl: mapUrl.slice(0, 2_000), sha1 }
}

/** What the library of zip files says of a file that it cannot read; null for errors that are mistakes of ours. */
function zipFault(error: unknown): string | null {
  if (!(error instanceof Error)) return null
  const isOfStream = 'code' in error && typeof error.code === 'string' && error.code.startsWith('Z_')
  const isOfLibrary = error.stack?.includes('/yauzl/') === true
  return isOfStream || isOfLibrary ? `The bundle is no valid zip file: ${error.message.slice(0, 200)}` : null
}
