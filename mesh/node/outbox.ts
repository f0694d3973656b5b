/**
 * The outgoing buffer of a link. Items of one turn of the event loop leave together, as one sealed frame. Beyond the
 * bound mail is refused. Signals of the runtime are not, but a link with twice as much waiting is cut.
 */
import type { WebSocket } from 'ws'
import { encode } from './codec.ts'
import type { Item } from './items.ts'
import type { NodeLimits } from './node-types.ts'
import type { Seal } from './seal.ts'

export type SendResult = 'ok' | 'overloaded' | 'unsendable'

export type Outbox = {
  /** Mail: refused beyond the bound. */
  send: (item: Item) => SendResult
  /** Mail that was encoded before, for several links. */
  sendBytes: (encoded: Buffer) => SendResult
  /** An item that must not be lost while the link exists. Returns false when it cannot be encoded. */
  signal: (item: Item) => boolean
  flush: () => void
  /** After this nothing is sent any more. */
  close: () => void
  counts: () => {
    readonly sentItems: number
    readonly sentBytes: number
    readonly refused: number
    readonly bufferedBytes: number
  }
}

type OutboxOptions = {
  readonly socket: Pick<WebSocket, 'send' | 'bufferedAmount'>
  readonly seal: Seal
  readonly limits: NodeLimits
  readonly onStuck: (why: string) => void
}

/** A frame of this size is sent at once. */
const batchBytes = 64 * 1024

export function createOutbox({
  socket,
  seal,
  limits: { frameBytesMax, bufferBytesMax },
  onStuck
}: OutboxOptions): Outbox {
  let chunks: Buffer[] = []
  let chunkBytes = 0
  let isFlushing = false
  let isOpen = true
  let [sentItems, sentBytes, refused] = [0, 0, 0]

  const bufferedBytes = (): number => chunkBytes + socket.bufferedAmount

  function send(item: Item): SendResult {
    const encoded = encode(item, frameBytesMax)
    return encoded === undefined ? 'unsendable' : sendBytes(encoded)
  }

  function sendBytes(encoded: Buffer): SendResult {
    if (bufferedBytes() + encoded.length > bufferBytesMax) {
      refused += 1
      return 'overloaded'
    }
    put(encoded)
    return 'ok'
  }

  function signal(item: Item): boolean {
    const encoded = encode(item, frameBytesMax)
    if (encoded === undefined) return false
    if (bufferedBytes() + encoded.length > 2 * bufferBytesMax) onStuck('it does not take what it is sent')
    else put(encoded)
    return true
  }

  function put(encoded: Buffer): void {
    if (!isOpen) return
    sentItems += 1
    // A frame has room for one item of the greatest size; an item that would not fit begins the next frame.
    if (chunkBytes + encoded.length > frameBytesMax) flush()
    chunks.push(encoded)
    chunkBytes += encoded.length
    if (chunkBytes >= batchBytes) return flush()
    if (isFlushing) return
    isFlushing = true
    setImmediate(() => {
      isFlushing = false
      flush()
    })
  }

  function flush(): void {
    if (chunkBytes === 0) return
    const frame = seal(chunks, chunkBytes)
    chunks = []
    chunkBytes = 0
    sentBytes += frame.length
    socket.send(frame)
  }

  function close(): void {
    isOpen = false
    chunks = []
    chunkBytes = 0
  }

  return {
    send,
    sendBytes,
    signal,
    flush,
    close,
    counts: () => ({ sentItems, sentBytes, refused, bufferedBytes: bufferedBytes() })
  }
}
