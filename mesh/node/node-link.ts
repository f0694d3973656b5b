/**
 * A link between two nodes: one WebSocket after the handshake. Everything arrives in order, or the link breaks. Both
 * sides notice that: by the socket, by a frame out of sequence, or by the heartbeat.
 */
import type { Socket } from 'node:net'
import type { WebSocket } from 'ws'
import type { Clock } from '../process/clock.ts'
import { decode } from './codec.ts'
import type { SessionKeys } from './handshake.ts'
import { heartbeat } from './heartbeat.ts'
import { isItem, kind } from './items.ts'
import type { Item, LinkItem } from './items.ts'
import type { LinkInfo, NodeLimits, NodeTiming } from './node-types.ts'
import { createOutbox } from './outbox.ts'
import type { Outbox } from './outbox.ts'
import { createSeal, createUnseal, tagBytes } from './seal.ts'
import { throttle } from './throttle.ts'
import type { NodeId } from '../types.ts'

export type NodeLink = Pick<Outbox, 'send' | 'sendBytes' | 'signal'> & {
  /** Breaks the link at once. */
  cut: (why: string) => void
  /** Sends a farewell and what waits, and closes. */
  leave: () => void
  info: () => LinkInfo
}

/** The items that a link does not handle itself. */
export type ServiceItem = Exclude<Item, LinkItem>

export type LinkOptions = {
  readonly node: NodeId
  readonly dialled: boolean
  readonly socket: WebSocket
  readonly wire: Socket
  readonly keys: SessionKeys
  readonly limits: NodeLimits
  readonly timing: NodeTiming
  readonly clock: Clock
  /** Returns false when the item exceeds a limit of its sender. */
  readonly onItem: (item: ServiceItem) => boolean
  /** Called once. `isFarewell` when one of the two nodes left on purpose. */
  readonly onDown: (why: string, isFarewell: boolean) => void
}

const closeCode = 1000

export function nodeLink(options: LinkOptions): NodeLink {
  const { node, dialled, socket, wire, keys, limits, timing, clock, onDown } = options
  const upSince = clock.nowMs()
  const outbox = createOutbox({ socket, seal: createSeal(keys.sending), limits, onStuck: cut })
  const heart = heartbeat({
    clock,
    timing,
    bytesRead: () => wire.bytesRead,
    ping: () => outbox.signal([kind.ping]),
    onSilence: cut
  })
  const inbox = createInbox(options, {
    isUp: () => isUp,
    pong: () => {
      heart.pong()
    },
    answer: () => outbox.signal([kind.pong]),
    bye: () => fall('it left', true)
  })
  let isUp = true

  socket.on('message', (data, isBinary) => {
    if (isUp && !(isBinary && Buffer.isBuffer(data) && inbox.receive(data))) {
      cut('it sent what no node sends, or more than one may')
    }
  })
  socket.on('close', () => fall('the connection was closed', false))
  socket.on('error', error => cut(error.message))

  function cut(why: string): void {
    socket.terminate()
    fall(why, false)
  }

  function leave(): void {
    outbox.signal([kind.bye])
    outbox.flush()
    fall('this node left', true)
  }

  function fall(why: string, isFarewell: boolean): void {
    if (!isUp) return
    isUp = false
    outbox.close()
    heart.stop()
    inbox.stop()
    if (socket.readyState === socket.OPEN) closeSocket(socket, clock, timing)
    onDown(why, isFarewell)
  }

  return {
    send: outbox.send,
    sendBytes: outbox.sendBytes,
    signal: outbox.signal,
    cut,
    leave,
    info: () => ({
      node,
      dialled,
      upMs: clock.nowMs() - upSince,
      roundTripMs: heart.roundTripMs(),
      ...outbox.counts(),
      ...inbox.counts()
    })
  }
}

type Heard = {
  readonly isUp: () => boolean
  readonly pong: () => void
  readonly answer: () => void
  readonly bye: () => void
}

type Inbox = {
  /** Returns false for a frame, or an item in it, that no node sends. */
  receive: (frame: Buffer) => boolean
  stop: () => void
  counts: () => Pick<LinkInfo, 'receivedItems' | 'receivedBytes'>
}

function createInbox({ socket, keys, limits, clock, onItem }: LinkOptions, { isUp, pong, answer, bye }: Heard): Inbox {
  const unseal = createUnseal(keys.receiving)
  const slowDown = throttle({
    clock,
    perSMax: limits.bytesPerSMax,
    pause: () => socket.pause(),
    resume: () => socket.resume()
  })
  let [receivedItems, receivedBytes] = [0, 0]

  function receive(frame: Buffer): boolean {
    slowDown.count(frame.length)
    receivedBytes += frame.length
    const body = unseal(frame)
    const items = body && decode(body)
    if (items === undefined) return false
    for (const item of items) {
      if (!isUp()) return true
      receivedItems += 1
      if (!isItem(item) || !take(item)) return false
    }
    return true
  }

  function take(item: Item): boolean {
    if (item[0] === kind.ping) answer()
    else if (item[0] === kind.pong) pong()
    else if (item[0] === kind.bye) bye()
    else return onItem(item)
    return true
  }

  return { receive, stop: slowDown.stop, counts: () => ({ receivedItems, receivedBytes }) }
}

/** An orderly close, so that what was sent arrives; terminated after a deadline. */
function closeSocket(socket: WebSocket, clock: Clock, { handshakeMs }: NodeTiming): void {
  const cancel = clock.after(handshakeMs, () => socket.terminate())
  socket.once('close', cancel)
  socket.close(closeCode)
}

/** The maximum size of one WebSocket message of a link. */
export function payloadBytesMax({ frameBytesMax }: NodeLimits): number {
  return frameBytesMax + tagBytes
}
