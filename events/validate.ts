/**
 * Decides whether a value is an event, and finds what is wrong with one that is not. `eventSchema` has the rules; they
 * stand here once more as plain conditions, because every event passes them: 0.95 µs for an event of 1.6 kB. The schema
 * itself takes 10 to 19 µs, and a validator that ajv compiles from it 2.9 µs (1.8 with unions made choices by type), of
 * some 26 µs for a whole request. A property test holds conditions and schema together. Only what the conditions turn
 * down goes to the schema, for its messages; a value that the schema then takes fails an assertion.
 */
import assert from 'node:assert'
import * as v from 'valibot'
import { eventIdForm, eventSchema, hasFrames, isObject, saysWhatHappened, type IncomingEvent } from '../schema/event.ts'
import { isoTimeMs } from '../schema/iso-time.ts'
import { limits } from '../schema/limits.ts'
import type { FieldError } from '../schema/outcomes.ts'
import { isLevelName } from '../schema/level-names.ts'
import { levels } from '../schema/pipeline.ts'

type Check = (value: unknown) => boolean

const pathCharsMax = 200

const usualLevels: ReadonlySet<unknown> = new Set(levels)

export function isEvent(value: unknown): value is IncomingEvent {
  return hasEventForm(value) && saysWhatHappened(value)
}

/** As `isEvent`, without the rule that an event must say what happened. */
export function hasEventForm(value: unknown): value is IncomingEvent {
  return isObject(value) && hasNames(value) && hasParts(value)
}

function hasNames(event: Record<string, unknown>): boolean {
  const { level, event_id: eventId } = event
  return (
    maybeText(event.message) &&
    (level == null || usualLevels.has(level) || isLevelName(level)) &&
    isTimestamp(event.timestamp) &&
    (eventId == null || (typeof eventId === 'string' && eventIdForm.test(eventId))) &&
    maybeText(event.platform) &&
    maybeText(event.environment) &&
    maybeText(event.release) &&
    maybeText(event.dist) &&
    maybeText(event.server_name) &&
    maybeText(event.transaction) &&
    maybeText(event.logger)
  )
}

function hasParts(event: Record<string, unknown>): boolean {
  const { exception, stacktrace, breadcrumbs, tags, user, fingerprint, logentry, threads } = event
  return (
    (exception == null || isExceptions(exception)) &&
    (stacktrace == null || isStacktrace(stacktrace)) &&
    (breadcrumbs == null || isBreadcrumbs(breadcrumbs)) &&
    (tags == null || isTags(tags)) &&
    (user == null || isUser(user)) &&
    (fingerprint == null || isListOf(fingerprint, isString)) &&
    (logentry == null || isLogEntry(logentry)) &&
    (threads == null || isThreads(threads)) &&
    maybeObject(event.request) &&
    maybeObject(event.contexts) &&
    maybeObject(event.extra) &&
    maybeObject(event.modules) &&
    maybeObject(event.sdk) &&
    maybeObject(event.csp) &&
    maybeObject(event.debug_meta)
  )
}

export function isExceptions(value: unknown): boolean {
  return isListed(value, isException) || (isException(value) && isObject(value) && !('values' in value))
}

function isException(value: unknown): boolean {
  return (
    isObject(value) &&
    maybeText(value.type) &&
    maybeText(value.value) &&
    maybeText(value.module) &&
    (value.type != null || value.value != null || hasFrames(value.stacktrace)) &&
    (value.stacktrace == null || isStacktrace(value.stacktrace)) &&
    maybeObject(value.mechanism)
  )
}

export function isThreads(value: unknown): boolean {
  return isListed(value, isThread)
}

function isThread(value: unknown): boolean {
  return (
    isObject(value) &&
    maybeFlag(value.crashed) &&
    maybeFlag(value.current) &&
    (value.stacktrace == null || isStacktrace(value.stacktrace))
  )
}

export function isStacktrace(value: unknown): boolean {
  if (Array.isArray(value)) return isListOf(value, isFrame)
  return isObject(value) && (value.frames == null || isListOf(value.frames, isFrame))
}

function isFrame(value: unknown): boolean {
  return (
    isObject(value) &&
    maybeText(value.filename) &&
    maybeText(value.function) &&
    maybeText(value.module) &&
    maybeText(value.abs_path) &&
    maybeText(value.context_line) &&
    maybeNumber(value.lineno) &&
    maybeNumber(value.colno) &&
    maybeFlag(value.in_app) &&
    (value.pre_context == null || isListOf(value.pre_context, isString)) &&
    (value.post_context == null || isListOf(value.post_context, isString)) &&
    maybeObject(value.vars)
  )
}

export function isBreadcrumbs(value: unknown): boolean {
  return isListed(value, isBreadcrumb)
}

function isBreadcrumb(value: unknown): boolean {
  return (
    isObject(value) &&
    maybeTextOrNumber(value.timestamp) &&
    maybeText(value.type) &&
    maybeText(value.category) &&
    maybeText(value.level) &&
    maybeText(value.message) &&
    maybeObject(value.data)
  )
}

export function isTags(value: unknown): boolean {
  if (Array.isArray(value)) return isListOf(value, isTagPair)
  if (!isObject(value)) return false
  for (const key in value) if (!isTagValue(value[key])) return false
  return true
}

function isTagPair(value: unknown): boolean {
  return Array.isArray(value) && value.length === 2 && typeof value[0] === 'string' && isTagValue(value[1])
}

function isTagValue(value: unknown): boolean {
  return (
    value === null ||
    typeof value === 'string' ||
    typeof value === 'boolean' ||
    (typeof value === 'number' && !Number.isNaN(value))
  )
}

export function isUser(value: unknown): boolean {
  return (
    isObject(value) &&
    maybeTextOrNumber(value.id) &&
    maybeText(value.email) &&
    maybeText(value.username) &&
    maybeText(value.ip_address)
  )
}

export function isLogEntry(value: unknown): boolean {
  return (
    isObject(value) &&
    maybeText(value.message) &&
    maybeText(value.formatted) &&
    (value.params == null || typeof value.params === 'object')
  )
}

function isTimestamp(value: unknown): boolean {
  return (
    value == null ||
    (typeof value === 'number' ? Number.isFinite(value) : typeof value === 'string' && isoTimeMs(value) !== null)
  )
}

/** A list of these, or `{ values: [...] }`. */
function isListed(value: unknown, check: Check): boolean {
  if (Array.isArray(value)) return isListOf(value, check)
  return isObject(value) && (value.values === null || isListOf(value.values, check))
}

function isListOf(value: unknown, check: Check): boolean {
  if (!Array.isArray(value)) return false
  for (let index = 0; index < value.length; index++) if (!check(value[index])) return false
  return true
}

function isString(value: unknown): boolean {
  return typeof value === 'string'
}

function maybeText(value: unknown): boolean {
  return value == null || typeof value === 'string'
}

function maybeNumber(value: unknown): boolean {
  return value == null || Number.isFinite(value)
}

function maybeTextOrNumber(value: unknown): boolean {
  return maybeText(value) || Number.isFinite(value)
}

function maybeFlag(value: unknown): boolean {
  return value == null || typeof value === 'boolean'
}

function maybeObject(value: unknown): boolean {
  return value == null || isObject(value)
}

/** What is wrong with a value that is no event: one error for each path, at most `fieldErrorsMax`. */
export function eventErrors(value: unknown): FieldError[] {
  const issues =
    v.safeParse(eventSchema, shortened(value, { items: itemsMax })).issues ??
    v.safeParse(eventSchema, value, { abortEarly: true }).issues
  assert(issues !== undefined, 'the schema and its conditions agree')
  const errors = new Map<string, FieldError>()
  for (const { path, message } of issues) {
    const dotted =
      path
        ?.map(({ key }) => String(key))
        .join('.')
        .slice(0, pathCharsMax) ?? ''
    if (!errors.has(dotted)) errors.set(dotted, { path: dotted, message })
    if (errors.size === limits.fieldErrorsMax) break
  }
  return [...errors.values()]
}

/** The members whose lists the schema checks item by item. */
const listMembers = [
  'exception',
  'stacktrace',
  'threads',
  'breadcrumbs',
  'tags',
  'fingerprint',
  'values',
  'frames',
  'pre_context',
  'post_context'
]
const itemsMax = 200
const listDepthMax = 8

/**
 * The value with only the first `itemsMax` items of its lists, counted over all lists: a mebibyte of wrong items would
 * keep the schema busy for a second. When nothing is wrong with these, the schema gets the whole value and stops at
 * the first error.
 */
function shortened(value: unknown, left: { items: number }, depth = 0): unknown {
  if (depth > listDepthMax) return value
  if (Array.isArray(value)) {
    const items = value.slice(0, left.items)
    left.items -= items.length
    return items.map((item: unknown) => shortened(item, left, depth + 1))
  }
  if (!isObject(value) || !listMembers.some(member => Object.hasOwn(value, member))) return value
  const short = { ...value }
  for (const member of listMembers) {
    if (Object.hasOwn(short, member)) short[member] = shortened(short[member], left, depth + 1)
  }
  return short
}
