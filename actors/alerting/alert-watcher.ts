/**
 * AlertWatcher tells the dashboards of this node when an alert was fired, acknowledged or resolved, on any node. Every
 * `tickMs` it reads what has changed. A transaction becomes visible later than the time in its rows, so each reading
 * starts `backMs` before the last one, and what was told already is not told again. While the database is away nothing
 * is told; the changes of that time are told after it.
 */
import type { Behaviour } from '../../mesh/types.ts'
import type { Log } from '../../schema/log.ts'
import type { ChangedAlert } from '../../services/alerts/fired.ts'
import { periodic, type PeriodicState } from '../behaviours/periodic.ts'
import type { AlertsRead, AlertWatcherMessage } from './messages.ts'

type Cursor = {
  /** On the database's clock; null before the first reading. */
  seenUntil: Date | null
  /** The alerts that were told and that the next reading returns again, with the time of their change. */
  told: Map<string, number>
}

export type AlertWatcherOptions = {
  /**
   * What has changed after a moment on the database's clock, oldest first, at most `readMax`, and the present moment
   * there.
   */
  read: (after: Date | null) => Promise<AlertsRead>
  tell: (alert: ChangedAlert) => void
  tickMs: number
  backMs: number
  readMax: number
  log: Log
}

export function alertWatcher(options: AlertWatcherOptions): Behaviour<AlertWatcherMessage, PeriodicState<Cursor>> {
  const { start, handle } = periodic<Cursor, AlertsRead>({
    work: ({ seenUntil }) => options.read(seenUntil),
    done: (cursor, result) => tellChanged(cursor, result, options),
    tickMs: options.tickMs,
    failing: 'alerts cannot be read for the live stream',
    working: 'alerts are read for the live stream again',
    log: options.log
  })
  return { init: self => start({ seenUntil: null, told: new Map() }, self), handle }
}

function tellChanged(
  { seenUntil, told }: Cursor,
  { now, changed }: AlertsRead,
  { tell, backMs, readMax }: AlertWatcherOptions
): Cursor {
  for (const alert of changed) {
    const at = alert.changedAt.getTime()
    if (told.get(alert.item.id) === at) continue
    told.set(alert.item.id, at)
    tell(alert)
  }
  // After a full page the next reading starts at its end: going back would return the same page for ever.
  const last = changed.length >= readMax ? changed.at(-1)?.changedAt : undefined
  const next = last ?? new Date(Math.max(seenUntil?.getTime() ?? 0, now.getTime() - backMs))
  for (const [id, at] of told) {
    if (at < next.getTime()) told.delete(id)
  }
  return { seenUntil: next, told }
}
