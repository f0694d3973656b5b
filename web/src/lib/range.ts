/**
 * The range of time and the environments that the header lets people choose, kept in the address: `?range=7d`, or
 * `?from=…&to=…` for a range that was dragged or typed, `?env=production` (several times for several). Pages that show
 * them list them in `meta.filters` of their route.
 */
import { computed, type ComputedRef } from 'vue'
import { absoluteShort, now } from './time.ts'
import { useUrlState } from './urlState.ts'

export const ranges = { '1h': 1, '24h': 24, '7d': 168, '14d': 336, '30d': 720, '90d': 2160 } as const
export type RangeName = keyof typeof ranges
export const rangeLabels: Readonly<Record<RangeName, string>> = {
  '1h': 'Last hour',
  '24h': 'Last 24 hours',
  '7d': 'Last 7 days',
  '14d': 'Last 14 days',
  '30d': 'Last 30 days',
  '90d': 'Last 90 days'
}

const hourMs = 3_600_000
const stepMs = 60_000

export type Range = {
  /** A name, or null for a range with ends of its own. */
  name: ComputedRef<RangeName | null>
  label: ComputedRef<string>
  /** The same within a sentence. */
  phrase: ComputedRef<string>
  /** ISO times for the API. A named range moves on with the clock, a minute at a time, and has no end. */
  query: ComputedRef<{ from: string; to?: string }>
  choose: (name: RangeName) => void
  between: (from: Date, to: Date) => void
  /** Twice as long around the same middle, as far as it has been. */
  widen: () => void
}

function isRangeName(text: string): text is RangeName {
  return Object.hasOwn(ranges, text)
}

export function useRange(fallback: RangeName = '24h'): Range {
  const state = useUrlState()
  const from = computed(() => timeIn(state.one('from')))
  const to = computed(() => timeIn(state.one('to')))
  const name = computed<RangeName | null>(() => {
    if (from.value !== null) return null
    const asked = state.one('range')
    return isRangeName(asked) ? asked : fallback
  })
  const query = computed(() => {
    if (name.value === null && from.value !== null) {
      return { from: from.value.toISOString(), ...(to.value === null ? {} : { to: to.value.toISOString() }) }
    }
    const minute = Math.floor(now.value / stepMs) * stepMs
    return { from: new Date(minute - ranges[name.value ?? fallback] * hourMs).toISOString() }
  })
  const ends = computed(() => `${shown(from.value)} to ${to.value === null ? 'now' : shown(to.value)}`)
  return {
    name,
    label: computed(() => (name.value === null ? ends.value : rangeLabels[name.value])),
    phrase: computed(() =>
      name.value === null ? `from ${ends.value}` : `in the ${rangeLabels[name.value].toLowerCase()}`
    ),
    query,
    choose: range => state.set({ range: range === fallback ? null : range, from: null, to: null }, { push: true }),
    between: (start, end) =>
      state.set({ range: null, from: start.toISOString(), to: end.toISOString() }, { push: true }),
    widen: () => {
      const { from: start, to: end = new Date(now.value).toISOString() } = query.value
      const [fromMs, toMs] = widened(Date.parse(start), Date.parse(end), now.value)
      state.set({ range: null, from: new Date(fromMs).toISOString(), to: new Date(toMs).toISOString() }, { push: true })
    }
  }
}

/** The chosen environments; none stands for all. */
export function useEnvironments(): { chosen: ComputedRef<string[]>; choose: (names: string[]) => void } {
  const state = useUrlState()
  return { chosen: computed(() => state.many('env')), choose: names => state.set({ env: names }, { push: true }) }
}

/** Milliseconds since the epoch. What would lie ahead of `nowMs` goes to the beginning. */
export function widened(fromMs: number, toMs: number, nowMs: number): [from: number, to: number] {
  const lengthMs = Math.min(2 * (toMs - fromMs), ranges['90d'] * hourMs)
  const end = Math.min(nowMs, Math.round((fromMs + toMs + lengthMs) / 2))
  return [end - lengthMs, end]
}

function timeIn(text: string): Date | null {
  const ms = Date.parse(text)
  return Number.isNaN(ms) ? null : new Date(ms)
}

function shown(time: Date | null): string {
  return time === null ? '' : absoluteShort(time.getTime())
}
