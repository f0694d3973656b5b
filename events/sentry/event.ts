/**
 * An event as SDKs of Sentry send it, of whatever age and however mistyped, in the form that events have here. Nothing
 * makes it fail: what cannot be made right is dropped with a note. An event that needs no change comes back as it is,
 * so that its text can be stored.
 */
import ipaddr from 'ipaddr.js'
import { isObject } from '../../schema/event.ts'
import { levelNamed, pythonLevels } from '../../schema/level-names.ts'
import type { SentryClient } from '../../schema/pipeline.ts'
import { isBreadcrumbs, isUser } from '../validate.ts'
import { note } from '../notes.ts'
import { toLogEntry, toMessage } from './messages.ts'
import { plainId } from './ids.ts'
import { toExceptions, toStacktrace, toThreads } from './stacktraces.ts'
import { toTags } from './tags.ts'
import { toTimestamp } from './times.ts'
import {
  dropped,
  toItems,
  toJsonText,
  toName,
  toObject,
  toText,
  toWrapped,
  withMembers,
  type Coercion,
  type Members
} from './values.ts'

type Event = Record<string, unknown>

/** What older clients call some members. */
const aliases = new Map([
  ['culprit', 'transaction'],
  ['sentry.interfaces.Message', 'logentry'],
  ['sentry.interfaces.Exception', 'exception'],
  ['sentry.interfaces.Stacktrace', 'stacktrace'],
  ['sentry.interfaces.Threads', 'threads'],
  ['sentry.interfaces.Breadcrumbs', 'breadcrumbs'],
  ['sentry.interfaces.Http', 'request'],
  ['sentry.interfaces.User', 'user'],
  ['sentry.interfaces.Csp', 'csp']
])

/** For Sentry's own use, or said elsewhere: left out without a word. */
const unused = new Set([
  'type',
  '_meta',
  '_metrics',
  'errors',
  'received',
  'version',
  'site',
  'key_id',
  'project',
  'checksum',
  'template',
  'transaction_info',
  'grouping_config',
  'ingest_path',
  'time_spent',
  'start_timestamp',
  'spans',
  'measurements',
  'sdkProcessingMetadata',
  'span_count',
  'trace',
  'sentry.interfaces.Template'
])

const members: Members<string> = {
  event_id: value => (plainId(value) === null ? undefined : value),
  timestamp: toTimestamp,
  level: toLevel,
  platform: toName,
  environment: toEnvironment,
  release: toName,
  dist: toName,
  server_name: toName,
  transaction: toName,
  logger: toName,
  message: toMessage,
  logentry: toLogEntry,
  exception: toExceptions,
  stacktrace: toStacktrace,
  threads: toThreads,
  csp: toObject,
  breadcrumbs: toBreadcrumbs,
  tags: toTags,
  user: toUser,
  request: toObject,
  contexts: toContexts,
  extra: toWrapped,
  modules: toObject,
  sdk: value => (typeof value === 'string' ? { name: value } : toWrapped(value)),
  fingerprint: toFingerprint,
  debug_meta: toObject
}

/** `eventId` is the id in the headers of the envelope, which counts for more than the event's own. */
export function coerceEvent(event: Event, eventId: string | null, client: SentryClient, coercion: Coercion): Event {
  const coerced = withDefaults(withFieldsOfTags(withKnownNames(coercedMembers(event, coercion), coercion)), client)
  return eventId === null || plainId(coerced.event_id) === eventId ? coerced : { ...coerced, event_id: eventId }
}

function coercedMembers(event: Event, coercion: Coercion): Event {
  let copy: Event | undefined
  for (const name in event) {
    const value = event[name]
    const coerce = Object.hasOwn(members, name) ? members[name] : undefined
    const kept = coerce === undefined ? value : coerce(value, name, coercion)
    if (kept === value) continue
    // The spread defines every member, `__proto__` too, so the assignment reaches no prototype.
    copy ??= { ...event }
    copy[name] = kept
  }
  return copy ?? event
}

/** Without the members that are not used, and with those of old names under their new ones. */
function withKnownNames(event: Event, coercion: Coercion): Event {
  let entries: [string, unknown][] | undefined
  for (const name in event) {
    if (unused.has(name) || aliases.has(name) || isEntryInMessage(name, event)) entries ??= Object.entries(event)
  }
  if (entries === undefined) return event
  const known = Object.fromEntries(entries.filter(([name]) => !unused.has(name) && !aliases.has(name)))
  for (const [name, value] of entries) {
    const newName = isEntryInMessage(name, event) ? 'logentry' : aliases.get(name)
    if (newName !== undefined && known[newName] == null) known[newName] = members[newName]?.(value, newName, coercion)
  }
  return isObject(known.message) ? { ...known, message: undefined } : known
}

function isEntryInMessage(name: string, event: Event): boolean {
  return name === 'message' && isObject(event.message)
}

const fieldsInTags = ['environment', 'release', 'dist', 'server_name', 'transaction', 'logger', 'level'] as const

/** Old clients give some fields as tags alone. A field that is there counts, and the tag stays beside it. */
function withFieldsOfTags(event: Event): Event {
  const { tags } = event
  if (!isObject(tags)) return event
  const moved = fieldsInTags.filter(name => event[name] == null && typeof tags[name] === 'string' && tags[name] !== '')
  const fields = moved.map((name): [string, unknown] => [name, name === 'level' ? levelNamed(tags[name]) : tags[name]])
  const known = fields.filter(([, value]) => value !== undefined)
  if (known.length === 0) return event
  const names = new Set(known.map(([name]) => name))
  const others = Object.fromEntries(Object.entries(tags).filter(([name]) => !names.has(name)))
  return { ...event, ...Object.fromEntries(known), tags: others }
}

/** What the request says where the event does not. */
function withDefaults(event: Event, client: SentryClient): Event {
  const sdk = event.sdk ?? sdkOf(client.sdk)
  const user = addressed({ ...event, sdk }, client.address)
  const named =
    event.platform != null &&
    (event.release != null || client.release === '') &&
    (event.environment != null || client.environment === '')
  if (named && sdk === event.sdk && user === event.user) return event
  return {
    ...event,
    platform: event.platform ?? 'other',
    release: event.release ?? (client.release || undefined),
    environment: event.environment ?? (client.environment || undefined),
    sdk,
    user
  }
}

/** `sentry.python/2.68.0` as the SDK itself would say it. */
function sdkOf(client: string): Event | undefined {
  const [name = '', version] = client.slice(0, 200).split('/')
  return name === '' ? undefined : { name, version }
}

/**
 * The user with an address where the SDK leaves it to the server to see that: the one that the request in the event
 * came from, else the sender's for SDKs that run on people's own machines.
 */
function addressed({ user, sdk, request, platform }: Event, sender: string): unknown {
  if (user != null && !isObject(user)) return user
  const given = user?.ip_address
  const isAuto = given === '{{auto}}'
  if (given != null && !isAuto) return user
  const infersSender = isAuto || infersAddress(sdk, platform)
  const address = remoteAddress(request) ?? (infersSender ? sender : '')
  if (address === '') return isAuto ? without(user, 'ip_address') : user
  return { ...user, ip_address: address }
}

function without(user: Event | null | undefined, member: string): Event {
  return Object.fromEntries(Object.entries(user ?? {}).filter(([name]) => name !== member))
}

/** Of browsers and of Apple's systems, as Sentry infers it; an SDK may say that it must not be. */
const platformsOfPeople: ReadonlySet<unknown> = new Set(['javascript', 'cocoa', 'objc'])

function infersAddress(sdk: unknown, platform: unknown): boolean {
  const infers = isObject(sdk) && isObject(sdk.settings) ? sdk.settings.infer_ip : undefined
  return infers === 'auto' || (infers == null && platformsOfPeople.has(platform))
}

function remoteAddress(request: unknown): string | null {
  const address = isObject(request) && isObject(request.env) ? request.env.REMOTE_ADDR : undefined
  return typeof address === 'string' && ipaddr.isValid(address) ? address : null
}

/** Each context is an object; another value becomes the only member of one. */
function toContexts(value: unknown, path: string, coercion: Coercion): unknown {
  if (!isObject(value)) return toObject(value, path, coercion)
  for (const name in value) {
    if (!isObject(value[name])) {
      return Object.fromEntries(
        Object.entries(value).flatMap(([name, context]) => (context == null ? [] : [[name, toWrapped(context)]]))
      )
    }
  }
  return value
}

function toLevel(value: unknown, path: string, { notes }: Coercion): unknown {
  if (value == null) return value
  const level = levelNamed(value, pythonLevels)
  if (level === undefined) note(notes, path, 'is not known; error is used')
  return level ?? 'error'
}

/** A new line cannot be in a name, and `None` is what Python sends for none. */
function toEnvironment(value: unknown, path: string, coercion: Coercion): unknown {
  const name = toName(value, path, coercion)
  return name === undefined || /[\r\n]|^none$/i.test(name) ? undefined : name
}

const breadcrumbMembers: Members<string> = {
  timestamp: toTimestamp,
  type: toText,
  category: toText,
  level: toText,
  message: toJsonText,
  data: toWrapped
}

function toBreadcrumbs(value: unknown, path: string, coercion: Coercion): unknown {
  if (value == null || (coercion.shiftMs === 0 && isBreadcrumbs(value))) return value
  const items = toItems(value, path, coercion).map(item => withMembers(item, breadcrumbMembers, path, coercion))
  return items.length === 0 ? undefined : { values: items }
}

const userMembers: Members<string> = { id: toIdentity, email: toText, username: toText, ip_address: toText }

function toUser(value: unknown, path: string, coercion: Coercion): unknown {
  if (value == null) return undefined
  if (typeof value === 'string' || typeof value === 'number') return { id: value }
  if (!isObject(value)) return dropped(value, path, coercion.notes)
  if (Object.values(value).every(member => member === null)) return undefined
  return isUser(value) ? value : withMembers(value, userMembers, path, coercion)
}

function toIdentity(value: unknown, path: string, coercion: Coercion): unknown {
  return typeof value === 'number' && Number.isFinite(value) ? value : toText(value, path, coercion)
}

function toFingerprint(value: unknown, path: string, coercion: Coercion): unknown {
  if (value == null) return undefined
  const list: unknown[] = Array.isArray(value) ? value : [value]
  if (list.length > 0 && Array.isArray(value) && list.every(part => typeof part === 'string')) return value
  const parts = list.map(part => toJsonText(part, path, coercion)).filter(part => part !== undefined)
  return parts.length === 0 ? undefined : parts
}
