/**
 * Values as bytes between nodes: MessagePack, one value after the other without any frame of its own. What cannot be
 * sent is said here, before it is on its way: functions of a value are lost, what is circular, too deep or too large is
 * refused.
 */
import { Packr } from 'msgpackr'
import { isAdmissible, isShallow } from './frame-guard.ts'

/** Records would let a peer define structures that stay with the decoder; every value stands for itself. */
const packr = new Packr({ useRecords: false, copyBuffers: true, variableMapSize: true })

/** The bytes of a value, or undefined when it cannot be sent. */
export function encode(value: unknown, bytesMax: number): Buffer | undefined {
  try {
    const bytes = packr.pack(value)
    return bytes.length <= bytesMax && isShallow(bytes) ? bytes : undefined
  } catch {
    // Circular, an integer beyond 64 bits, a getter that throws: all one to the sender.
    return undefined
  }
}

/** The values of a frame, or undefined for one that is not what it should be. */
export function decode(frame: Buffer): unknown[] | undefined {
  if (frame.length === 0 || !isAdmissible(frame)) return undefined
  try {
    return packr.unpackMultiple(frame)
  } catch {
    // Keys that are no strings, times that are none: not something that another node of ours sends.
    return undefined
  }
}
