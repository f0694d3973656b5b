/**
 * A growing buffer that writes PostgreSQL's binary formats (big-endian). One is kept for each connection and reused, so
 * a commit allocates nothing of its size. It throws on text that is no UUID or hexadecimal number; it never sends.
 */
import assert from 'node:assert'

const nibbles = new Uint8Array(128).fill(255)
for (const [index, digit] of [...'0123456789abcdef'].entries()) nibbles[digit.charCodeAt(0)] = index
for (const [index, digit] of [...'ABCDEF'].entries()) nibbles[digit.charCodeAt(0)] = index + 10

/** Milliseconds between the Unix epoch and PostgreSQL's (2000-01-01). */
const epochMs = 946_684_800_000

export class ByteWriter {
  buffer: Buffer
  length = 0

  constructor(bytes = 64 * 1024) {
    this.buffer = Buffer.allocUnsafeSlow(bytes)
  }

  reset(): void {
    this.length = 0
  }

  /** Makes room for `bytes` more; must come before every write that is not a method's own. */
  ensure(bytes: number): void {
    const needed = this.length + bytes
    if (needed <= this.buffer.length) return
    const grown = Buffer.allocUnsafeSlow(Math.max(needed, this.buffer.length * 2))
    this.buffer.copy(grown, 0, 0, this.length)
    this.buffer = grown
  }

  uint8(value: number): void {
    this.ensure(1)
    this.buffer[this.length++] = value
  }

  int16(value: number): void {
    this.ensure(2)
    const { buffer, length } = this
    buffer[length] = value >>> 8
    buffer[length + 1] = value
    this.length = length + 2
  }

  int32(value: number): void {
    this.ensure(4)
    this.length = putInt32(this.buffer, this.length, value)
  }

  /** A whole number that JavaScript holds exactly. */
  int64(value: number): void {
    assert(Number.isSafeInteger(value), 'int64 takes safe integers')
    this.ensure(8)
    this.length = putInt32(this.buffer, putInt32(this.buffer, this.length, Math.floor(value / 0x1_0000_0000)), value)
  }

  timestamp(ms: number): void {
    this.int64(Math.round((ms - epochMs) * 1_000))
  }

  /** Hexadecimal digits as bytes; dashes are skipped. `bytes` is how many must come out. */
  hex(text: string, bytes: number): void {
    this.ensure(bytes)
    const { buffer } = this
    let at = this.length
    let index = 0
    const end = at + bytes
    while (at < end) {
      let code = text.charCodeAt(index++)
      if (code === 45) code = text.charCodeAt(index++)
      const high = nibbles[code] ?? 255
      const low = nibbles[text.charCodeAt(index++)] ?? 255
      if ((high | low) > 15) throw new Error(`not ${bytes} bytes of hexadecimal digits: ${JSON.stringify(text)}`)
      buffer[at++] = (high << 4) | low
    }
    if (index !== text.length) throw new Error(`not ${bytes} bytes of hexadecimal digits: ${JSON.stringify(text)}`)
    this.length = at
  }

  /** Writes the bytes of the text alone; returns how many. */
  utf8(text: string): number {
    const { length: chars } = text
    this.ensure(chars * 3)
    const start = this.length
    if (chars < 24) {
      const { buffer } = this
      let index = 0
      for (; index < chars; index++) {
        const code = text.charCodeAt(index)
        if (code > 127) break
        buffer[start + index] = code
      }
      if (index === chars) {
        this.length = start + chars
        return chars
      }
    }
    const written = this.buffer.write(text, start, 'utf8')
    this.length = start + written
    return written
  }

  /** Bytes of the text and a NUL behind them; a NUL inside would end it early, so it becomes a space. */
  cstring(text: string): void {
    const start = this.length
    this.utf8(text)
    if (text.includes('\0')) {
      for (let at = start; at < this.length; at++) this.buffer[at] ||= 32
    }
    this.uint8(0)
  }

  /**
   * Writes length and bytes, as a text stands in a row of COPY, in an array and as a parameter. Returns how many bytes.
   */
  text(value: string): number {
    this.int32(0)
    const start = this.length
    const bytes = this.utf8(value)
    this.patchLength(start, bytes)
    return bytes
  }

  uuid(value: string): void {
    this.int32(16)
    this.hex(value, 16)
  }

  /** Writes `bytes` into the four bytes before `start`, which were left for it. */
  patchLength(start: number, bytes = this.length - start): void {
    putInt32(this.buffer, start - 4, bytes)
  }

  bytes(): Buffer {
    return this.buffer.subarray(0, this.length)
  }
}

function putInt32(buffer: Buffer, at: number, value: number): number {
  buffer[at] = value >>> 24
  buffer[at + 1] = value >>> 16
  buffer[at + 2] = value >>> 8
  buffer[at + 3] = value
  return at + 4
}
