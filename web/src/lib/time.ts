/**
 * Times as people read them, and the one clock that all relative times on a page go by. It ticks every 30 s, and when
 * the page is looked at again.
 */
import { readonly, shallowRef, type Ref } from 'vue'
import { zone } from './zone.ts'

const tickMs = 30_000
const [secondMs, minuteMs, hourMs, dayMs] = [1_000, 60_000, 3_600_000, 86_400_000]

const clock = shallowRef(Date.now())

export const now: Readonly<Ref<number>> = readonly(clock)

/** Called once by main.ts. */
export function startClock(): void {
  const tick = (): void => {
    clock.value = Date.now()
  }
  setInterval(tick, tickMs)
  document.addEventListener('visibilitychange', () => {
    if (!document.hidden) tick()
  })
}

const agoFormat = new Intl.RelativeTimeFormat('en', { style: 'narrow' })
const units = [
  { name: 'second', ms: secondMs, below: minuteMs },
  { name: 'minute', ms: minuteMs, below: hourMs },
  { name: 'hour', ms: hourMs, below: dayMs },
  { name: 'day', ms: dayMs, below: 60 * dayMs },
  { name: 'month', ms: 30 * dayMs, below: 730 * dayMs },
  { name: 'year', ms: 365 * dayMs, below: Infinity }
] as const

/** A length of time in one unit, the largest that it fills. */
function inOneUnit(ms: number): { count: number; name: (typeof units)[number]['name'] } {
  const unit = units.find(({ below }) => ms < below) ?? units[0]
  return { count: Math.floor(ms / unit.ms), name: unit.name }
}

/** "49s", "5m", "3h", "12d", "8mo", "2y", for tables. */
export function span(ms: number): string {
  const { count, name } = inOneUnit(Math.max(0, ms))
  // "in 5m" without its first part.
  const [, ...parts] = agoFormat.formatToParts(count, name)
  return parts.map(({ value }) => value).join('')
}

/** "just now", "5m ago", "in 3h". The clock moves in steps, so the last half minute is one moment. */
export function relative(time: string | number, at = clock.value): string {
  const ms = at - new Date(time).getTime()
  if (Math.abs(ms) < tickMs) return 'just now'
  const { count, name } = inOneUnit(Math.abs(ms))
  return agoFormat.format(ms < 0 ? count : -count, name)
}

/** In the zone that was chosen; who shows it is told when that changes. */
function formatted(options: Intl.DateTimeFormatOptions): (time: string | number) => string {
  const local = new Intl.DateTimeFormat(undefined, options)
  const utc = new Intl.DateTimeFormat(undefined, { ...options, timeZone: 'UTC' })
  return time => (zone.value === 'utc' ? utc : local).format(new Date(time))
}

/** With the zone, for whoever is in another. */
export const absolute = formatted({ dateStyle: 'medium', timeStyle: 'long' })
export const absoluteShort = formatted({ month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit' })
export const date = formatted({ dateStyle: 'medium' })
export const dayOfYear = formatted({ month: 'short', day: 'numeric' })
export const hourOfDay = formatted({ hour: '2-digit', minute: '2-digit' })
export const timeOfDay = formatted({ hour: '2-digit', minute: '2-digit', second: '2-digit' })

const digits = (value: number, width: number): string => String(value).padStart(width, '0')

/** "08:58:00.774": cheap enough for rows that change with every frame. */
export function preciseTime(time: string): string {
  const at = new Date(time)
  const clock =
    zone.value === 'utc'
      ? [at.getUTCHours(), at.getUTCMinutes(), at.getUTCSeconds()]
      : [at.getHours(), at.getMinutes(), at.getSeconds()]
  const parts = clock.map(part => digits(part, 2))
  return `${parts.join(':')}.${digits(at.getMilliseconds(), 3)}`
}

/** "3d 4h", "12m 5s": two units, for uptimes. */
export function duration(seconds: number): string {
  const parts: [number, string][] = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor(seconds / 3_600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'm'],
    [Math.floor(seconds) % 60, 's']
  ]
  const first = parts.findIndex(([value]) => value > 0)
  return first === -1
    ? '0s'
    : parts
        .slice(first, first + 2)
        .filter(([value]) => value > 0)
        .map(([value, unit]) => `${value}${unit}`)
        .join(' ')
}
