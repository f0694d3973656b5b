/**
 * A connection that comes back by itself, with growing, scattered pauses, and notices when the way is dead though the
 * socket says nothing. Time, chance and the socket are given, so that tests have them in their hands.
 */
import { shallowRef, type Ref } from 'vue'

/** `stale`: away for so long that what is shown can no longer be trusted. */
export type ConnectionState = 'connecting' | 'live' | 'retrying' | 'stale'

export type Wire = { send: (text: string) => void; close: () => void }
export type WireEvents = { onOpen: () => void; onText: (text: string) => void; onClose: () => void }

export type WireOptions = {
  /** Calls back later, never before it returns. */
  open: (events: WireEvents) => Wire
  now: () => number
  random: () => number
  /** Returns how to cancel it. */
  after: (ms: number, run: () => void) => () => void
}

export type ReconnectingOptions = WireOptions & {
  onOpen: () => void
  onText: (text: string) => void
  /** What to say now and then, so that an answer comes. */
  ping: string
}

export type Reconnecting = {
  state: Readonly<Ref<ConnectionState>>
  /** When the next attempt is due, in milliseconds since the epoch; null while there is none. */
  retryAt: Readonly<Ref<number | null>>
  start: () => void
  stop: () => void
  retryNow: () => void
  /** Nothing is said while it is not open. */
  say: (text: string) => void
}

const [backoffMinMs, backoffMaxMs] = [500, 30_000]
/** Nothing was heard for so long: it is asked whether anybody is there. A frozen server is noticed in ten seconds. */
const pingMs = 2_000
/** A question that is not answered by then never will be. Timers of hidden pages are late, answers are not. */
const answerMs = 5_000
const staleMs = 60_000

export function reconnecting({ open, now, random, after, onOpen, onText, ping }: ReconnectingOptions): Reconnecting {
  const state = shallowRef<ConnectionState>('connecting')
  const retryAt = shallowRef<number | null>(null)
  const cancel = { retry: () => {}, stale: () => {}, ping: () => {} }
  let wire: Wire | null = null
  let [isRunning, isOpen, isLost, attempt, heardAt] = [false, false, false, 0, 0]
  let askedAt: number | null = null

  function connect(): void {
    cancel.retry()
    retryAt.value = null
    const mine: Wire = open({
      onOpen: () => {
        if (wire === mine) opened()
      },
      onText: text => {
        if (wire === mine) {
          ;[heardAt, askedAt] = [now(), null]
          onText(text)
        }
      },
      onClose: () => {
        if (wire === mine) lost()
      }
    })
    wire = mine
  }

  function opened(): void {
    ;[isOpen, attempt, heardAt, askedAt, isLost] = [true, 0, now(), null, false]
    cancel.stale()
    state.value = 'live'
    onOpen()
    beat()
  }

  function lost(): void {
    isOpen = false
    wire = null
    cancel.ping()
    if (!isRunning) return
    if (!isLost) {
      cancel.stale = after(staleMs, () => {
        state.value = 'stale'
      })
    }
    isLost = true
    if (state.value !== 'stale') state.value = 'retrying'
    const pauseMs = random() * Math.min(backoffMaxMs, backoffMinMs * 2 ** attempt)
    attempt += 1
    retryAt.value = now() + pauseMs
    cancel.retry = after(pauseMs, connect)
  }

  function beat(): void {
    cancel.ping = after(pingMs, () => {
      if (askedAt !== null && now() - askedAt >= answerMs) {
        wire?.close()
        return lost()
      }
      if (askedAt === null && now() - heardAt >= pingMs) {
        askedAt = now()
        wire?.send(ping)
      }
      beat()
    })
  }

  function start(): void {
    if (isRunning) return
    isRunning = true
    state.value = 'connecting'
    connect()
  }

  function stop(): void {
    for (const run of Object.values(cancel)) run()
    const closing = wire
    ;[wire, isRunning, isOpen, isLost, attempt] = [null, false, false, false, 0]
    closing?.close()
  }

  function retryNow(): void {
    if (!isRunning || wire !== null) return
    attempt = 0
    connect()
  }

  return {
    state,
    retryAt,
    start,
    stop,
    retryNow,
    say: text => {
      if (isOpen) wire?.send(text)
    }
  }
}

/** Over the browser's WebSocket, to the server that the page is of. */
export function browserWire({ onOpen, onText, onClose }: WireEvents): Wire {
  const socket = new WebSocket(new URL('api/v1/stream', document.baseURI.replace(/^http/, 'ws')))
  socket.addEventListener('open', onOpen)
  socket.addEventListener('message', ({ data }) => {
    if (typeof data === 'string') onText(data)
  })
  socket.addEventListener('close', onClose)
  return { send: text => socket.send(text), close: () => socket.close() }
}
