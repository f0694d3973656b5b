/**
 * A stored event as the API shows it: all members of the event under their own names, lists and tags always there, and
 * every stack trace also as text. Rows may be older than this code: what has not the expected form is left out here and
 * stands in the raw event.
 */
import { isObject, type Note } from '../schema/event.ts'
import { exceptionHeading, frameText, textOf, traceText } from './frame-text.ts'
import { parseJson } from './json.ts'

type Members = Record<string, unknown>

export type FormattedStacktrace = Members & { frames: (Members & { formatted: string })[]; formatted: string }
export type FormattedException = Members & {
  type: string | null
  value: string | null
  stacktrace: FormattedStacktrace | null
}
export type FormattedThread = Members & { stacktrace: FormattedStacktrace | null }

/** Exceptions as they were sent: what was thrown last comes last. */
export type EventView = {
  event_id: string | null
  platform: string
  dist: string
  server_name: string
  transaction: string
  logger: string
  message: string
  logentry: Members | null
  exception: { values: FormattedException[] } | null
  stacktrace: FormattedStacktrace | null
  threads: { values: FormattedThread[] } | null
  csp: Members | null
  breadcrumbs: Members[]
  tags: Record<string, string>
  user: Members | null
  request: Members | null
  contexts: Members
  extra: Members
  modules: Members
  sdk: Members | null
  debug_meta: Members | null
  fingerprint: string[]
  notes: Note[]
}

export function viewOf(payload: string): EventView {
  const parsed = parseJson(payload)
  const event = parsed.ok ? (objectOf(parsed.value) ?? {}) : {}
  const platform = textOf(event.platform)
  return {
    event_id: textOf(event.event_id) || null,
    platform,
    dist: textOf(event.dist),
    server_name: textOf(event.server_name),
    transaction: textOf(event.transaction),
    logger: textOf(event.logger),
    message: textOf(event.message),
    logentry: objectOf(event.logentry),
    exception: valuesOf(event.exception, exception => exceptionOf(exception, platform)),
    stacktrace: stacktraceOf(event.stacktrace, '', platform),
    threads: valuesOf(event.threads, thread => ({
      ...thread,
      stacktrace: stacktraceOf(thread.stacktrace, '', platform)
    })),
    csp: objectOf(event.csp),
    breadcrumbs: listOf(event.breadcrumbs).filter(isObject),
    tags: Object.fromEntries(Object.entries(objectOf(event.tags) ?? {}).map(([key, value]) => [key, textOf(value)])),
    user: objectOf(event.user),
    request: objectOf(event.request),
    contexts: objectOf(event.contexts) ?? {},
    extra: objectOf(event.extra) ?? {},
    modules: objectOf(event.modules) ?? {},
    sdk: objectOf(event.sdk),
    debug_meta: objectOf(event.debug_meta),
    fingerprint: listOf(event.fingerprint)
      .map(textOf)
      .filter(part => part !== ''),
    notes: listOf(event.notes)
      .filter(isObject)
      .map(note => ({ path: textOf(note.path), message: textOf(note.message) }))
  }
}

function exceptionOf(exception: Members, platform: string): FormattedException {
  return {
    ...exception,
    type: textOf(exception.type) || null,
    value: textOf(exception.value) || null,
    stacktrace: stacktraceOf(exception.stacktrace, exceptionHeading(exception), platform)
  }
}

function stacktraceOf(stacktrace: unknown, heading: string, platform: string): FormattedStacktrace | null {
  const frames = (
    Array.isArray(stacktrace) ? listOf(stacktrace) : isObject(stacktrace) ? listOf(stacktrace.frames) : []
  ).filter(isObject)
  if (frames.length === 0) return null
  return {
    ...objectOf(stacktrace),
    frames: frames.map(frame => ({ ...frame, formatted: frameText(frame, platform) })),
    formatted: traceText(frames, heading, platform)
  }
}

/** A list, or `{ values }`; null when nothing is in it. */
function valuesOf<Item>(value: unknown, item: (object: Members) => Item): { values: Item[] } | null {
  const list = Array.isArray(value) ? listOf(value) : isObject(value) ? listOf(value.values) : []
  const values = list.filter(isObject).map(item)
  return values.length === 0 ? null : { values }
}

function objectOf(value: unknown): Members | null {
  return isObject(value) ? value : null
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}
