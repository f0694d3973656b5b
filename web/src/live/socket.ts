/**
 * The one connection to the live stream. It follows one project, and the system while its page is open, and resumes
 * where it was after it was away. Events that were missed are told then; what happened to issues and alerts is not, so
 * `onResync` says that everything shown may be old.
 */
import type { ClientMessage, ServerMessage, StreamFilters } from '../api/types.ts'
import { reconnecting, type Reconnecting, type WireOptions } from './reconnecting.ts'
import { readServerMessage } from './serverMessage.ts'

/** `isGap`: events are missing too. */
export type Resync = (isGap: boolean) => void

export type Connection = Omit<Reconnecting, 'say'> & {
  /** The project by id; null for none. Filters choose events alone. */
  follow: (project: string | null, filters?: StreamFilters) => void
  followed: () => string | null
  followSystem: (on: boolean) => void
  /** The page is hidden: nothing more is sent to it until it is visible. */
  rest: () => void
  wake: () => void
  /** Returns how to stop listening. */
  listen: (hear: (message: ServerMessage) => void) => () => void
  onResync: (run: Resync) => () => void
}

export function connection(options: WireOptions): Connection {
  const hearers = new Set<(message: ServerMessage) => void>()
  const resyncers = new Set<Resync>()
  let followed: { project: string; filters: StreamFilters; seq: string | null } | null = null
  let [followsSystem, isResting, wasOpen] = [false, false, false]
  const { say, ...wire } = reconnecting({
    ...options,
    onOpen,
    onText,
    ping: JSON.stringify({ type: 'ping' } satisfies ClientMessage)
  })

  function onOpen(): void {
    subscribe()
    subscribeSystem()
    if (wasOpen) resync(false)
    wasOpen = true
  }

  function onText(text: string): void {
    const message = readServerMessage(text)
    if (message === null) return
    if ('seq' in message && followed?.project === message.project) followed.seq = message.seq
    if (message.type === 'dropped' || ('gap' in message && message.gap === true)) resync(true)
    for (const hear of hearers) hear(message)
  }

  function subscribe(): void {
    if (followed === null || isResting) return
    const { project, filters, seq } = followed
    tell({ type: 'subscribe', project, filters, ...(seq === null ? {} : { after: seq }) })
  }

  function subscribeSystem(): void {
    if (followsSystem && !isResting) tell({ type: 'subscribe', system: true })
  }

  function tell(message: ClientMessage): void {
    say(JSON.stringify(message))
  }

  function resync(isGap: boolean): void {
    for (const run of resyncers) run(isGap)
  }

  return {
    ...wire,
    follow: (project, filters = {}) => {
      if (followed !== null && followed.project !== project) tell({ type: 'unsubscribe', project: followed.project })
      followed = project === null ? null : { project, filters, seq: null }
      subscribe()
    },
    followed: () => followed?.project ?? null,
    followSystem: on => {
      followsSystem = on
      if (on) subscribeSystem()
      else tell({ type: 'unsubscribe', system: true })
    },
    rest: () => {
      if (isResting) return
      isResting = true
      if (followed !== null) tell({ type: 'unsubscribe', project: followed.project })
      if (followsSystem) tell({ type: 'unsubscribe', system: true })
    },
    wake: () => {
      if (!isResting) return
      isResting = false
      subscribe()
      subscribeSystem()
      resync(false)
    },
    listen: hear => {
      hearers.add(hear)
      return () => hearers.delete(hear)
    },
    onResync: run => {
      resyncers.add(run)
      return () => resyncers.delete(run)
    }
  }
}
