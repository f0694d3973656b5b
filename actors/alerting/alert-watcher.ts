/**
 * AlertWatcher tells this node's dashboards of alerts: fired, acknowledged and resolved, by whichever node. It looks
 * every `pollMs` for what has changed. Transactions become visible later than they stamp their rows, so it looks a
 * little further back than it has seen, and tells nothing twice. What happens while the database is away is told
 * afterwards.
 */
import { pipeToSelf } from '../../mesh/index.ts'
import type { Behaviour, Self } from '../../mesh/types.ts'
import type { Log } from '../../schema/log.ts'
import type { ChangedAlert } from '../../services/alerts/fired.ts'
import type { AlertWatcherMessage } from './messages.ts'

type State = {
  /** On the database's clock; null before it was asked. */
  seenUntil: Date | null
  /** What was told of the time that is looked at again. */
  told: Map<string, number>
  reading: boolean
  isFailing: boolean
}

export type AlertWatcherOptions = {
  /**
   * What has changed after a moment on the database's clock, oldest first, at most `readMax`, and the present moment
   * there.
   */
  read: (after: Date | null) => Promise<{ now: Date; changed: ChangedAlert[] }>
  tell: (alert: ChangedAlert) => void
  pollMs: number
  backMs: number
  readMax: number
  log: Log
}

export function alertWatcher(options: AlertWatcherOptions): Behaviour<AlertWatcherMessage, State> {
  return {
    init: self => {
      self.sendEvery({ type: 'poll' }, options.pollMs)
      return poll({ seenUntil: null, told: new Map(), reading: false, isFailing: false }, options, self)
    },
    handle: (state, message, self) => {
      switch (message.type) {
        case 'poll':
          return poll(state, options, self)
        case 'read':
          return read({ ...state, reading: false, isFailing: false }, message.now, message.changed, options)
        case 'failed':
          if (!state.isFailing) options.log.warn({ err: message.error }, 'alerts cannot be read for the live stream')
          return { ...state, reading: false, isFailing: true }
      }
    }
  }
}

function poll(state: State, options: AlertWatcherOptions, self: Self<AlertWatcherMessage>): State {
  if (state.reading) return state
  pipeToSelf(
    self,
    options.read(state.seenUntil),
    ({ now, changed }) => ({ type: 'read', now, changed }),
    error => ({ type: 'failed', error })
  )
  return { ...state, reading: true }
}

function read(state: State, now: Date, changed: ChangedAlert[], { tell, backMs, readMax }: AlertWatcherOptions): State {
  for (const alert of changed) {
    const at = alert.changedAt.getTime()
    if (state.told.get(alert.item.id) === at) continue
    state.told.set(alert.item.id, at)
    tell(alert)
  }
  // Looking back over a page that is full would read the same page for ever.
  const last = changed.length >= readMax ? changed.at(-1)?.changedAt : undefined
  const seenUntil = last ?? new Date(Math.max(state.seenUntil?.getTime() ?? 0, now.getTime() - backMs))
  for (const [id, at] of state.told) {
    if (at < seenUntil.getTime()) state.told.delete(id)
  }
  return { ...state, seenUntil }
}
