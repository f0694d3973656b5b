/**
 * Values as bytes between nodes: MessagePack, one value after the other without a frame around each. The sender finds
 * out what cannot be sent: a value that is circular, too deep or too large is refused. Functions inside a value are
 * lost.
 */
import { Packr } from 'msgpackr'
import { isAdmissible, isShallow } from './frame-guard.ts'

/** No records: they would let a peer define structures that stay in the decoder. */
const packr = new Packr({ useRecords: false, copyBuffers: true, variableMapSize: true })

/** Undefined when the value cannot be sent. */
export function encode(value: unknown, bytesMax: number): Buffer | undefined {
  try {
    const bytes = packr.pack(value)
    return bytes.length <= bytesMax && isShallow(bytes) ? bytes : undefined
  } catch {
    // Circular, an integer beyond 64 bits, or a getter that throws: the sender treats all of them alike.
    return undefined
  }
}

/** The values of a frame; undefined when the frame is malformed. */
export function decode(frame: Buffer): unknown[] | undefined {
  if (frame.length === 0 || !isAdmissible(frame)) return undefined
  try {
    return packr.unpackMultiple(frame)
  } catch {
    // For instance a key that is not a string or a malformed date: no node of ours sends that.
    return undefined
  }
}
