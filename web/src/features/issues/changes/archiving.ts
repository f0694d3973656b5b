/** Until when issues are archived: what the dialog takes, and the words for it. */
import type { Issue } from '../../../api/types.ts'
import { absolute } from '../../../lib/time.ts'
import { texts } from './texts.ts'

export type ArchivedUntil = NonNullable<Issue['archived_until']>
export type ArchiveKind = 'escalating' | 'date' | 'events' | 'events within' | 'users'
/** `time` is of the field for a date: local, without a zone; `minutes` are the window of the events. */
export type ArchiveForm = { kind: ArchiveKind; time: string; count: number | null; minutes: number }

export const archiveKinds: readonly ArchiveKind[] = ['escalating', 'date', 'events', 'events within', 'users']

export const archiveWindows = [
  { minutes: 1, label: texts.windows.minute },
  { minutes: 60, label: texts.windows.hour },
  { minutes: 24 * 60, label: texts.windows.day },
  { minutes: 7 * 24 * 60, label: texts.windows.week }
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
  if (until === 'escalating') return texts.until.escalating
  if ('date' in until) return texts.until.date(absolute(until.date))
  if ('users' in until) return texts.until.users(until.users)
  const { events, minutes } = until
  if (minutes === undefined) return texts.until.events(events)
  const known = archiveWindows.find(window => window.minutes === minutes)?.label
  return texts.until.eventsWithin(events, known ?? texts.windows.minutes(minutes))
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
