/**
 * The tar file of a backup, written and read as a stream. A file appears under its name whole or not at all: it is
 * written beside it, fsynced and renamed. Only its owner may read it, for it holds everything.
 */
import { randomBytes } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import fs from 'node:fs/promises'
import path from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createTarDecoder, createTarPacker } from 'modern-tar'
import { hasCode } from '../database/system-errors.ts'
import { BackupRefused, sha256Of, type Part } from './format.ts'

export type ArchiveWriter = {
  /** Adds one file to the archive, after what was added before. */
  add: (name: string, content: Uint8Array) => Promise<Part>
}

/**
 * Writes `file` with what `fill` adds; returns its size. Refuses a file that exists. On failure nothing is left
 * behind.
 */
export async function writeArchive(file: string, fill: (writer: ArchiveWriter) => Promise<void>): Promise<number> {
  if (await exists(file)) throw new BackupRefused(`${file} exists already: name another file, or move it away`)
  const temporary = `${file}.${randomBytes(4).toString('hex')}.partial`
  try {
    await fillFile(temporary, fill)
    await fs.rename(temporary, file)
    await syncFolder(path.dirname(file))
    return (await fs.stat(file)).size
  } finally {
    await fs.rm(temporary, { force: true })
  }
}

async function fillFile(file: string, fill: (writer: ArchiveWriter) => Promise<void>): Promise<void> {
  const { readable, controller } = createTarPacker()
  const written = pipeline(
    Readable.fromWeb(readable),
    createWriteStream(file, { flags: 'wx', mode: 0o600, flush: true })
  )
  const added = fillWith()
  const [writing, adding] = await Promise.allSettled([written, added])
  // A full disk ends both; what it says itself is the reason.
  if (writing.status === 'rejected' && !isOurs(writing.reason)) throw writing.reason
  if (adding.status === 'rejected') throw adding.reason
  if (writing.status === 'rejected') throw writing.reason

  async function fillWith(): Promise<void> {
    try {
      await fill({ add })
      controller.finalize()
    } catch (error) {
      controller.error(error)
      throw error
    }
  }

  async function add(name: string, content: Uint8Array): Promise<Part> {
    const entry = controller.add({ name, size: content.byteLength, type: 'file', mode: 0o600 }).getWriter()
    await entry.write(content)
    await entry.close()
    return { name, bytes: content.byteLength, sha256: sha256Of(content) }
  }

  function isOurs(reason: unknown): boolean {
    return !hasCode(reason, 'ENOSPC') && !hasCode(reason, 'EDQUOT') && !hasCode(reason, 'EIO')
  }
}

/** No part and no list is larger: a file that claims so is not read into memory. */
const entryBytesMax = 256 * 1024 * 1024

export type ArchiveEntry = { name: string; content: Buffer }

/** The files of an archive in their order. Throws `BackupRefused` for what is no tar file, or is damaged. */
export async function* readArchive(file: string): AsyncGenerator<ArchiveEntry> {
  const source = createReadStream(file, { highWaterMark: 1024 * 1024 })
  const entries = Readable.toWeb(source).pipeThrough(createTarDecoder({ strict: true }))
  try {
    for await (const { header, body } of entries) {
      if (header.size > entryBytesMax) throw new BackupRefused(`${header.name} in it is too large`)
      const chunks: Uint8Array[] = []
      for await (const chunk of body) chunks.push(chunk)
      yield { name: header.name, content: Buffer.concat(chunks) }
    }
  } catch (error) {
    if (error instanceof BackupRefused || (error instanceof Error && 'code' in error)) throw error
    throw new BackupRefused(
      `${file} is damaged, or no backup: ${error instanceof Error ? error.message : String(error)}`
    )
  } finally {
    source.destroy()
  }
}

async function exists(file: string): Promise<boolean> {
  return await fs.stat(file).then(
    () => true,
    (error: unknown) => {
      if (hasCode(error, 'ENOENT')) return false
      throw error
    }
  )
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await fs.open(folder)
  await handle.sync().finally(() => handle.close())
}
