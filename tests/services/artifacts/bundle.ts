/** Bundles as build tools make them, and as they would not: zip files written byte by byte, cut into chunks. */
import { createHash } from 'node:crypto'
import { crc32, deflateRawSync, gzipSync } from 'node:zlib'
import { limits } from '../../../schema/limits.ts'
import { storeChunk } from '../../../services/artifacts/chunks.ts'
import type { Sql } from '../../../services/database/sql.ts'

export type Packed = {
  name: string
  content: string | Buffer
  /** 0 stored, 8 deflated. */
  method?: 0 | 8
  /** As the archive says, where it lies. */
  saysBytes?: number
  /** Flags beside that of UTF-8; 1 is encrypted. */
  flags?: number
}

/** `prefix` is what stands before the zip; its positions count from the beginning of the file. */
export function zipOf(files: readonly Packed[], prefix = Buffer.from('SYSB\x02\0\0\0', 'latin1')): Buffer {
  const pieces: Buffer[] = [prefix]
  const directory: Buffer[] = []
  let at = prefix.byteLength
  for (const { name, content, method = 8, saysBytes, flags = 0 } of files) {
    const plain = Buffer.from(content)
    const packed = method === 8 ? deflateRawSync(plain) : plain
    const head = Buffer.alloc(26)
    head.writeUInt16LE(20, 0)
    head.writeUInt16LE(0x0800 | flags, 2)
    head.writeUInt16LE(method, 4)
    head.writeUInt32LE(sumOf(plain), 10)
    head.writeUInt32LE(packed.byteLength, 14)
    head.writeUInt32LE(saysBytes ?? plain.byteLength, 18)
    head.writeUInt16LE(Buffer.byteLength(name), 22)
    const local = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), head, Buffer.from(name), packed])
    const tail = Buffer.alloc(14)
    tail.writeUInt32LE(at, 10)
    directory.push(Buffer.from('PK\x01\x02\x14\0', 'latin1'), head, tail, Buffer.from(name))
    pieces.push(local)
    at += local.byteLength
  }
  const listed = Buffer.concat(directory)
  const end = Buffer.alloc(18)
  end.writeUInt16LE(files.length, 4)
  end.writeUInt16LE(files.length, 6)
  end.writeUInt32LE(listed.byteLength, 8)
  end.writeUInt32LE(at, 12)
  return Buffer.concat([...pieces, listed, Buffer.from('PK\x05\x06', 'latin1'), end])
}

function sumOf(content: Buffer): number {
  return typeof crc32 === 'function' ? crc32(content) : 0
}

export function sha1Of(content: string | Buffer): string {
  return createHash('sha1').update(content).digest('hex')
}

/** Uploads a file in chunks; returns what a request to assemble names. */
export async function uploaded(
  sql: Sql,
  organizationId: string,
  content: Buffer,
  chunkBytes: number = limits.chunkBytesMax
): Promise<{ checksum: string; chunks: string[] }> {
  const chunks: string[] = []
  for (let at = 0; at < content.byteLength; at += chunkBytes) {
    const chunk = content.subarray(at, at + chunkBytes)
    chunks.push(sha1Of(chunk))
    await storeChunk(sql, organizationId, { sha1: sha1Of(chunk), data: gzipSync(chunk), isGzip: true })
  }
  return { checksum: sha1Of(content), chunks }
}
