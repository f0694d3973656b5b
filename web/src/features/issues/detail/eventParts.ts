/**
 * What an event's page shows, taken out of the event. What clients send has any shape: whatever is missing or of
 * another type is left out here, and stands in the raw event. Everything is text in the end: nothing of an event ever
 * becomes HTML.
 */
import type { EventDetail } from '../../../api/types.ts'
import { unmappedOf, type Unmapped } from './unmappedWords.ts'
import { texts } from './texts.ts'

export type Members = Readonly<Record<string, unknown>>
export type SourceLine = { number: number | null; text: string; isHere: boolean }
export type Frame = {
  key: number
  name: string
  /** "src/cart.ts:12:7" */
  place: string
  /** File and line: what links to the repository go by. */
  at: string
  inApp: boolean
  source: SourceLine[]
  variables: [name: string, value: unknown][]
  formatted: string
  /** Where its file is, as far as it was said. */
  file: string
  line: number | null
  column: number | null
  /** Of native code: "0x7f3a10 in libcart.so". */
  address: string
  /** Why no source map was applied; null where one was, or none is needed. */
  unmapped: Unmapped | null
  /** Name and place as they were sent, where a source map has changed them. */
  asSent: { name: string; place: string } | null
}
export type Trace = {
  frames: Frame[]
  formatted: string
  /** Of native code, at the crash. */
  registers: [name: string, value: string][]
}
export type Thrown = {
  type: string
  value: string
  module: string
  mechanism: string
  handled: boolean | null
  trace: Trace | null
}
export type Crumb = {
  key: number
  at: number | null
  type: string
  level: string
  category: string
  message: string
  data: Members | null
}
export type TraceRow = { kind: 'frame'; frame: Frame } | { kind: 'folded'; key: number; frames: Frame[] }

export function isMembers(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function textOf(value: unknown): string {
  if (value === null || value === undefined) return ''
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

function numberOf(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null
}

function linesOf(value: unknown): string[] {
  return Array.isArray(value) ? value.map(textOf) : []
}

function sourceOf(frame: Members, line: number | null): SourceLine[] {
  if (typeof frame.context_line !== 'string') return []
  const before = linesOf(frame.pre_context)
  const number = (offset: number): number | null => (line === null ? null : line + offset)
  return [
    ...before.map((text, index) => ({ number: number(index - before.length), text, isHere: false })),
    { number: line, text: frame.context_line, isHere: true },
    ...linesOf(frame.post_context).map((text, index) => ({ number: number(index + 1), text, isHere: false }))
  ]
}

/** A line of a file. */
export function placeOf(file: string, line: number | null): string {
  return line === null ? file : `${file}:${line}`
}

function frameOf(frame: Members & { formatted: string }, key: number): Frame {
  const [line, column] = [numberOf(frame.lineno), numberOf(frame.colno)]
  const file = textOf(frame.filename) || textOf(frame.abs_path) || textOf(frame.module)
  return {
    key,
    name: textOf(frame.function) || '<anonymous>',
    at: placeOf(file, line),
    place: [file, line, line === null ? null : column].filter(part => part !== null && part !== '').join(':'),
    inApp: frame.in_app === true,
    source: sourceOf(frame, line),
    variables: isMembers(frame.vars) ? Object.entries(frame.vars) : [],
    formatted: frame.formatted,
    file: textOf(frame.abs_path) || textOf(frame.filename),
    line,
    column,
    address: addressOf(frame),
    unmapped: isMembers(frame.data) ? unmappedOf(frame.data.unmapped) : null,
    asSent: isMembers(frame.data) && isMembers(frame.data.raw) ? sentOf(frame.data.raw) : null
  }
}

function addressOf(frame: Members): string {
  const [address, image] = [textOf(frame.instruction_addr), textOf(frame.package)]
  return [address, image === '' ? '' : `in ${image.split(/[\\/]/).at(-1) ?? image}`]
    .filter(part => part !== '')
    .join(' ')
}

function sentOf(raw: Members): Frame['asSent'] {
  const file = textOf(raw.abs_path) || textOf(raw.filename) || textOf(raw.module)
  const parts = [file, numberOf(raw.lineno), numberOf(raw.colno)].filter(part => part !== null && part !== '')
  return { name: textOf(raw.function) || '<anonymous>', place: parts.join(':') }
}

/** Frames newest first: where it happened comes first. Where no frame says that it is of the application, all are. */
export function traceOf(trace: EventDetail['stacktrace']): Trace | null {
  if (trace === null || trace.frames.length === 0) return null
  const frames = trace.frames.map((frame, index) => frameOf(frame, index)).reverse()
  const says = frames.some(frame => frame.inApp)
  return {
    frames: says ? frames : frames.map(frame => ({ ...frame, inApp: true })),
    formatted: trace.formatted,
    registers: pairsOf(trace.registers)
  }
}

/** What was thrown last comes first, what caused it follows. */
export function thrownOf(event: Pick<EventDetail, 'exception' | 'stacktrace'>): Thrown[] {
  const thrown = (event.exception?.values ?? [])
    .map(({ type, value, stacktrace, ...rest }): Thrown => {
      const mechanism = isMembers(rest.mechanism) ? rest.mechanism : {}
      return {
        type: type ?? '',
        value: value ?? '',
        module: textOf(rest.module),
        mechanism: textOf(mechanism.type),
        handled: typeof mechanism.handled === 'boolean' ? mechanism.handled : null,
        trace: traceOf(stacktrace)
      }
    })
    .reverse()
  const own = traceOf(event.stacktrace)
  return own === null
    ? thrown
    : [...thrown, { type: '', value: '', module: '', mechanism: '', handled: null, trace: own }]
}

export function threadsOf(event: Pick<EventDetail, 'threads'>): { name: string; crashed: boolean; trace: Trace }[] {
  return (event.threads?.values ?? []).flatMap(({ stacktrace, ...thread }) => {
    const trace = traceOf(stacktrace)
    return trace === null
      ? []
      : [{ name: textOf(thread.name) || textOf(thread.id) || texts.thread, crashed: thread.crashed === true, trace }]
  })
}

/** Runs of library frames are folded, unless all are wanted. */
export function rowsOf(frames: readonly Frame[], all: boolean): TraceRow[] {
  const rows: TraceRow[] = []
  for (const frame of frames) {
    const last = rows.at(-1)
    if (all || frame.inApp) rows.push({ kind: 'frame', frame })
    else if (last?.kind === 'folded') last.frames.push(frame)
    else rows.push({ kind: 'folded', key: frame.key, frames: [frame] })
  }
  return rows
}

/** The variables whose names or values have the text; all of them without one. */
export function variablesWith({ variables }: Frame, text: string): Frame['variables'] {
  const wanted = text.trim().toLowerCase()
  if (wanted === '') return variables
  return variables.filter(([name, value]) => `${name} ${textOf(value)}`.toLowerCase().includes(wanted))
}

/** The minified frames by why they are: each reason once, the most frequent first. */
export function unmappedIn(thrown: readonly Pick<Thrown, 'trace'>[]): { unmapped: Unmapped; count: number }[] {
  const found = new Map<string, { unmapped: Unmapped; count: number }>()
  for (const { unmapped } of thrown.flatMap(({ trace }) => trace?.frames ?? [])) {
    if (unmapped === null) continue
    const known = found.get(unmapped.why) ?? { unmapped, count: 0 }
    found.set(unmapped.why, { ...known, count: known.count + 1 })
  }
  return [...found.values()].sort((a, b) => b.count - a.count)
}

function timeOf(value: unknown): number | null {
  const ms = typeof value === 'number' ? value * 1_000 : typeof value === 'string' ? Date.parse(value) : NaN
  return Number.isNaN(ms) ? null : ms
}

/** Newest first: what happened just before. */
export function crumbsOf({ breadcrumbs }: Pick<EventDetail, 'breadcrumbs'>): Crumb[] {
  return breadcrumbs
    .map((crumb, key): Crumb => ({
      key,
      at: timeOf(crumb.timestamp),
      type: textOf(crumb.type) || textOf(crumb.category).split('.')[0] || 'default',
      level: textOf(crumb.level) || 'info',
      category: textOf(crumb.category),
      message: textOf(crumb.message),
      data: isMembers(crumb.data) && Object.keys(crumb.data).length > 0 ? crumb.data : null
    }))
    .reverse()
}

/** "-1.2 s": how long before the event. */
export function beforeEvent(at: number | null, event: string): string {
  if (at === null) return ''
  const seconds = (at - Date.parse(event)) / 1_000
  const size = Math.abs(seconds)
  const text =
    size < 60
      ? `${size.toFixed(1)} s`
      : size < 3_600
        ? `${Math.round(size / 60)} min`
        : `${(size / 3_600).toFixed(1)} h`
  return `${seconds > 0 ? '+' : '-'}${text}`
}

export function pairsOf(value: unknown): [string, string][] {
  if (isMembers(value)) return Object.entries(value).map(([key, one]) => [key, textOf(one)])
  return Array.isArray(value)
    ? value.flatMap(pair =>
        Array.isArray(pair) ? [[textOf(pair[0]), textOf(pair[1])] satisfies [string, string]] : []
      )
    : []
}

const shellText = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`

/** What curl says by itself, of the body that it sends: a length of another body makes a server wait for ever. */
const ofTheMessage = /^(?:content-length|transfer-encoding|connection|host|accept-encoding|expect)$/i

/** The request as a command for a shell; what was filtered or cut on the way is in it as it was stored. */
export function curlOf(request: Members): string {
  const query =
    typeof request.query_string === 'string'
      ? request.query_string
      : new URLSearchParams(pairsOf(request.query_string)).toString()
  const url = textOf(request.url)
  const whole = query === '' || url.includes('?') ? url : `${url}?${query.replace(/^\?/, '')}`
  const method = textOf(request.method).toUpperCase() || 'GET'
  const body = textOf(request.data)
  const headers = pairsOf(request.headers).filter(([name]) => !ofTheMessage.test(name))
  return [
    `curl ${method === 'GET' ? '' : `-X ${shellText(method)} `}${shellText(whole)}`,
    ...headers.map(([name, value]) => `-H ${shellText(`${name}: ${value}`)}`),
    ...(body === '' ? [] : [`--data-raw ${shellText(body)}`])
  ].join(' \\\n  ')
}
