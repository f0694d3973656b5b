/** Until when issues are archived: what the dialog takes, and the words for it. */
import type { Issue } from '../../../api/types.ts'
import { counted } from '../../../lib/format.ts'
import { absolute } from '../../../lib/time.ts'

export type ArchivedUntil = NonNullable<Issue['archived_until']>
export type ArchiveKind = 'escalating' | 'date' | 'events' | 'events within' | 'users'
/** `time` is of the field for a date: local, without a zone; `minutes` are the window of the events. */
export type ArchiveForm = { kind: ArchiveKind; time: string; count: number | null; minutes: number }

export const archiveKinds: readonly { value: ArchiveKind; label: string }[] = [
  { value: 'escalating', label: 'it escalates' },
  { value: 'date', label: 'a date' },
  { value: 'events', label: 'it had so many more events' },
  { value: 'events within', label: 'it has so many events within a time' },
  { value: 'users', label: 'it had so many more users' }
]

export const archiveWindows = [
  { minutes: 1, label: 'a minute' },
  { minutes: 60, label: 'an hour' },
  { minutes: 24 * 60, label: 'a day' },
  { minutes: 7 * 24 * 60, label: 'a week' }
] as const

/** Null while what was chosen is incomplete, or a date has passed. */
export function untilOf({ kind, time, count, minutes }: ArchiveForm, now: number): ArchivedUntil | null {
  if (kind === 'escalating') return 'escalating'
  if (kind === 'date') {
    const at = Date.parse(time)
    return at > now ? { date: new Date(at).toISOString() } : null
  }
  if (count === null || count < 1 || !Number.isInteger(count)) return null
  if (kind === 'users') return { users: count }
  return kind === 'events' ? { events: count } : { events: count, minutes }
}

/** "until 10 more events": follows "archived". */
export function untilText(until: ArchivedUntil): string {
  if (until === 'escalating') return 'until it escalates'
  if ('date' in until) return `until ${absolute(until.date)}`
  if ('users' in until) return `until ${counted(until.users, 'more user')}`
  const { events, minutes } = until
  if (minutes === undefined) return `until ${counted(events, 'more event')}`
  const known = archiveWindows.find(window => window.minutes === minutes)?.label
  return `until ${counted(events, 'event')} within ${known ?? counted(minutes, 'minute')}`
}

/** What an entry of the activity says; null when it says nothing. */
export function untilIn(value: unknown): ArchivedUntil | null {
  if (value === 'escalating') return value
  if (typeof value !== 'object' || value === null) return null
  const { date, events, minutes, users }: Partial<Record<string, unknown>> = { ...value }
  if (typeof date === 'string') return { date }
  if (typeof users === 'number') return { users }
  if (typeof events !== 'number') return null
  return typeof minutes === 'number' ? { events, minutes } : { events }
}
