/**
 * The block format of LZ4 (github.com/lz4/lz4, doc/lz4_Block_format.md), with a dictionary before the text: what stands
 * in the dictionary is copied instead of written. For texts of a few kilobytes: it takes a sixth of the time that
 * deflate takes. A text that gets no shorter is left to the caller; bytes that are no block throw. Written here,
 * because the packages for it are machine code for some platforms only, and rows must be readable on all of them.
 */
import assert from 'node:assert'

/** Shorter runs are not worth the three bytes that name them. */
const matchMin = 4
/** The format demands that the last bytes are literals, and that no match begins close to the end. */
const literalsAtEnd = 5
const matchFreeEnd = 12
const offsetMax = 65_535

const hashBits = 12
const hashShift = 32 - hashBits
/** After this many failures, given as a power of two, the search takes one more byte at a time. */
const skipShift = 5

export type Lz4 = {
  /**
   * Writes the block for `text` into `to` from `start`, and returns where it ends; undefined when it would end after
   * `end`. `text` is at most `textBytesMax` long.
   */
  compress: (text: Uint8Array, to: Uint8Array, start: number, end: number) => number | undefined
  /** The text of a block. Throws when the block is none, or makes more than `bytesMax`. */
  decompress: (block: Uint8Array, bytesMax: number) => Buffer
}

/** Returns both directions for one dictionary. */
export function lz4With(dictionary: Uint8Array, textBytesMax: number): Lz4 {
  const { length: dictionaryBytes } = dictionary
  assert(dictionaryBytes + textBytesMax <= offsetMax, 'every match is within reach')
  const source = Buffer.alloc(dictionaryBytes + textBytesMax)
  source.set(dictionary)
  const view = new DataView(source.buffer, source.byteOffset, source.length)
  const hashAt = (position: number): number => Math.imul(view.getUint32(position, true), 2_654_435_761) >>> hashShift
  const ofDictionary = new Uint16Array(1 << hashBits)
  for (let position = 0; position + matchMin <= dictionaryBytes; position++) ofDictionary[hashAt(position)] = position
  const latest = new Uint16Array(ofDictionary.length)

  function compress(text: Uint8Array, to: Uint8Array, start: number, end: number): number | undefined {
    const sourceEnd = dictionaryBytes + text.length
    const matchEnd = sourceEnd - literalsAtEnd
    source.set(text, dictionaryBytes)
    latest.set(ofDictionary)
    let at = start
    let anchor = dictionaryBytes
    let position = dictionaryBytes
    let failures = 1 << skipShift
    while (position <= sourceEnd - matchFreeEnd) {
      const word = view.getUint32(position, true)
      const hash = Math.imul(word, 2_654_435_761) >>> hashShift
      let match = latest[hash] ?? 0
      latest[hash] = position
      if (match >= position || view.getUint32(match, true) !== word) {
        position += failures++ >> skipShift
        continue
      }
      while (position > anchor && match > 0 && source[position - 1] === source[match - 1]) {
        position -= 1
        match -= 1
      }
      let length = matchMin
      while (position + length < matchEnd && source[position + length] === source[match + length]) length += 1
      const literals = position - anchor
      if (at + 8 + literals + (literals + length) / 255 > end) return undefined
      at = writeLiterals(source, to, at, anchor, literals, length - matchMin)
      to[at++] = (position - match) & 255
      to[at++] = (position - match) >> 8
      at = writeLength(to, at, length - matchMin)
      position += length
      anchor = position
      failures = 1 << skipShift
      if (position < matchEnd) latest[hashAt(position - 2)] = position - 2
    }
    const literals = sourceEnd - anchor
    if (at + 2 + literals + literals / 255 > end) return undefined
    return writeLiterals(source, to, at, anchor, literals, 0)
  }

  return { compress, decompress: (block, bytesMax) => decompressed(dictionary, block, bytesMax) }
}

/** Writes the token of a sequence and its literals; returns the position behind them. */
function writeLiterals(
  source: Uint8Array,
  to: Uint8Array,
  start: number,
  from: number,
  literals: number,
  extraMatch: number
): number {
  to[start] = (Math.min(literals, 15) << 4) | Math.min(extraMatch, 15)
  let at = writeLength(to, start + 1, literals)
  for (let position = from; position < from + literals; position++) to[at++] = source[position] ?? 0
  return at
}

/** Writes what a length has beyond the 15 that its half of the token can say. */
function writeLength(to: Uint8Array, start: number, length: number): number {
  let at = start
  if (length < 15) return at
  let rest = length - 15
  for (; rest >= 255; rest -= 255) to[at++] = 255
  to[at++] = rest
  return at
}

function decompressed(dictionary: Uint8Array, block: Uint8Array, bytesMax: number): Buffer {
  const { length: before } = dictionary
  let out = Buffer.alloc(before + Math.min(bytesMax, Math.max(block.length * 4, 1_024)))
  out.set(dictionary)
  let written = before
  let at = 0
  const byte = (): number => block[at++] ?? refuse('it ends early')
  const lengthOf = (half: number): number => {
    let length = half
    if (half < 15) return length
    for (let more = 255; more === 255; length += more) more = byte()
    return length
  }
  const makeRoom = (bytes: number): void => {
    if (written + bytes - before > bytesMax) refuse(`its text is longer than ${bytesMax} bytes`)
    if (written + bytes <= out.length) return
    const grown = Buffer.alloc(Math.min(before + bytesMax, Math.max(written + bytes, out.length * 2)))
    grown.set(out.subarray(0, written))
    out = grown
  }

  for (;;) {
    const token = byte()
    const literals = lengthOf(token >> 4)
    if (at + literals > block.length) refuse('it ends early')
    makeRoom(literals)
    for (const end = at + literals; at < end; at++) out[written++] = block[at] ?? 0
    if (at === block.length) return out.subarray(before, written)

    const offset = byte() | (byte() << 8)
    const length = lengthOf(token & 15) + matchMin
    if (offset === 0 || offset > written) refuse('it copies from before its text')
    makeRoom(length)
    // Byte by byte, because a match may overlap what it writes.
    for (const end = written + length; written < end; written++) out[written] = out[written - offset] ?? 0
  }
}

function refuse(reason: string): never {
  throw new Error(`no block of LZ4: ${reason}`)
}
