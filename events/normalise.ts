/**
 * A valid event in its one form: what is too long or too much is cut, and members that no event has go to `extra`, both
 * with a note; of an SDK's event they are dropped. Secrets are replaced without one. The same event gives the same
 * result, and normalising a normalised event changes nothing more.
 */
import {
  isText,
  type Breadcrumb,
  type IncomingEvent,
  type LogEntry,
  type NormalisedEvent,
  type Note
} from '../schema/event.ts'
import { limits } from '../schema/limits.ts'
import { levelNamed } from '../schema/level-names.ts'
import type { Level, ProjectSettings } from '../schema/pipeline.ts'
import { boundObject, keepMembers, keepObject, type Documented, type Keeping } from './free-values.ts'
import { listNotes, note, startNotes } from './notes.ts'
import { keepRequest } from './request-data.ts'
import { scrubberOf, type Scrubber } from './scrubbing/scrubber.ts'
import { keepExceptions, keepStacktrace, keepThreads } from './stacktraces.ts'
import { keepTags } from './tags.ts'
import { cutNoted } from './text.ts'
import { inOrderOfTime, occurredAt, type Occurred } from './times.ts'
import { keepUser } from './users.ts'

export type Normalised = { event: NormalisedEvent; occurredAt: number }

type Scrub = ProjectSettings['scrub']

/** `noted` is what was noted of the event before. */
export function normalise(event: IncomingEvent, receivedAt: number, scrub: Scrub, noted?: readonly Note[]): Normalised {
  const notes = startNotes(noted)
  const scrubber = scrubberOf(scrub)
  const keeping: Keeping = { scrubber, notes }
  const occurred = occurredAt(event.timestamp, receivedAt, notes)
  const dropAddress = scrub.ip === 'drop'
  const others = unknownMembers(event, noted === undefined, keeping)

  const normalised: NormalisedEvent = {
    event_id: eventIdOf(event.event_id, keeping),
    timestamp: occurred.text,
    level: levelOf(event.level),
    platform: nameOf(event.platform, 'platform', keeping),
    environment: nameOf(event.environment, 'environment', keeping),
    release: nameOf(event.release, 'release', keeping),
    dist: nameOf(event.dist, 'dist', keeping),
    server_name: nameOf(event.server_name, 'server_name', keeping),
    transaction: nameOf(scrubbed(event.transaction, scrubber), 'transaction', keeping),
    logger: nameOf(event.logger, 'logger', keeping),
    message: isText(event.message)
      ? cutNoted(scrubber.text(event.message), limits.messageCharsMax, 'message', notes)
      : undefined,
    logentry: event.logentry == null ? undefined : keepLogEntry(event.logentry, keeping),
    exception: keepExceptions(event.exception, keeping),
    stacktrace: keepStacktrace(event.stacktrace, 'stacktrace', keeping),
    threads: keepThreads(event.threads, keeping),
    csp: objectOf(event.csp, 'csp', keeping),
    breadcrumbs: keepBreadcrumbs(event.breadcrumbs, keeping),
    tags: event.tags == null ? undefined : keepTags(event.tags, keeping),
    user: event.user == null ? undefined : keepUser(event.user, keeping, dropAddress),
    request: event.request == null ? undefined : keepRequest(event.request, keeping, dropAddress),
    contexts: objectOf(event.contexts, 'contexts', keeping),
    extra: extraOf(objectOf(withOthers(event.extra, others), 'extra', keeping), occurred),
    modules: boundedOf(event.modules, 'modules', keeping),
    sdk: boundedOf(event.sdk, 'sdk', keeping),
    debug_meta: boundedOf(event.debug_meta, 'debug_meta', keeping),
    fingerprint: keepFingerprint(event.fingerprint, keeping),
    notes: undefined
  }
  giveStacktraceToException(normalised)
  normalised.notes = listNotes(notes)
  return { event: normalised, occurredAt: occurred.atMs }
}

const knownMembers: ReadonlySet<string> = new Set<keyof NormalisedEvent>([
  'event_id',
  'timestamp',
  'level',
  'platform',
  'environment',
  'release',
  'dist',
  'server_name',
  'transaction',
  'logger',
  'message',
  'logentry',
  'exception',
  'stacktrace',
  'threads',
  'csp',
  'breadcrumbs',
  'tags',
  'user',
  'request',
  'contexts',
  'extra',
  'modules',
  'sdk',
  'debug_meta',
  'fingerprint'
])

/** What loggers write beside the members of an event goes to `extra`; SDKs have their own place for it. */
function unknownMembers(event: IncomingEvent, isKept: boolean, { notes }: Keeping): Record<string, unknown> | null {
  let others: [string, unknown][] | null = null
  for (const member in event) {
    if (knownMembers.has(member)) continue
    if (isKept) (others ??= []).push([member, event[member]])
    note(notes, member, isKept ? 'kept in extra: events have no such member' : 'dropped: events have no such member')
  }
  return others === null ? null : Object.fromEntries(others)
}

function withOthers(
  extra: Record<string, unknown> | null | undefined,
  others: Record<string, unknown> | null
): Record<string, unknown> | null | undefined {
  return others === null ? extra : { ...others, ...extra }
}

const zeros = '0'.repeat(32)

/**
 * As PostgreSQL and SDKs write it: 32 lower-case digits. A client that sends nothing but zeros has no id: all its
 * events would be one.
 */
function eventIdOf(eventId: string | null | undefined, { notes }: Keeping): string | undefined {
  if (eventId == null) return undefined
  const id = (eventId.length === 32 ? eventId : eventId.replaceAll('-', '')).toLowerCase()
  if (id !== zeros) return id
  note(notes, 'event_id', 'dropped: it is all zeros')
  return undefined
}

function levelOf(level: IncomingEvent['level']): Level {
  return levelNamed(level) ?? 'error'
}

function nameOf(name: string | null | undefined, path: string, { notes }: Keeping): string | undefined {
  return name == null || name === '' ? undefined : cutNoted(name, limits.nameCharsMax, path, notes)
}

function objectOf(
  object: Record<string, unknown> | null | undefined,
  path: string,
  keeping: Keeping
): Record<string, unknown> | undefined {
  return object == null ? undefined : keepObject(object, path, keeping)
}

/** Names and versions of software, where `jsonwebtoken` and `passport` are packages. */
function boundedOf(
  object: Record<string, unknown> | null | undefined,
  path: string,
  keeping: Keeping
): Record<string, unknown> | undefined {
  return object == null ? undefined : boundObject(object, path, keeping)
}

function scrubbed(text: string | null | undefined, { text: scrub }: Scrubber): string | null | undefined {
  return text == null ? text : scrub(text)
}

function extraOf(
  extra: Record<string, unknown> | undefined,
  { original }: Occurred
): Record<string, unknown> | undefined {
  return original === null ? extra : { ...extra, original_timestamp: original }
}

const logEntryMembers: Documented = { texts: new Set(['message', 'formatted']) }

function keepLogEntry(entry: LogEntry, keeping: Keeping): LogEntry {
  const kept = { ...keepMembers(entry, 'logentry', keeping, logEntryMembers) }
  const { message, formatted } = kept
  if (message != null) kept.message = cutNoted(message, limits.messageCharsMax, 'logentry.message', keeping.notes)
  if (formatted != null) {
    kept.formatted = cutNoted(formatted, limits.messageCharsMax, 'logentry.formatted', keeping.notes)
  }
  return kept
}

const breadcrumbMembers: Documented = { texts: new Set(['message']) }

function keepBreadcrumbs(breadcrumbs: IncomingEvent['breadcrumbs'], keeping: Keeping): Breadcrumb[] | undefined {
  if (breadcrumbs == null) return undefined
  const list = Array.isArray(breadcrumbs) ? breadcrumbs : (breadcrumbs.values ?? [])
  const beyond = list.length - limits.breadcrumbsMax
  if (beyond > 0) note(keeping.notes, 'breadcrumbs', `the oldest ${beyond} of ${list.length} were dropped`)
  const sorted = inOrderOfTime(list)
  return (beyond > 0 ? sorted.slice(beyond) : sorted).map(breadcrumb =>
    keepMembers(breadcrumb, 'breadcrumbs', keeping, breadcrumbMembers)
  )
}

function keepFingerprint(fingerprint: string[] | null | undefined, { notes }: Keeping): string[] | undefined {
  if (fingerprint == null || fingerprint.length === 0) return undefined
  const { fingerprintPartsMax, fingerprintPartCharsMax } = limits
  if (fingerprint.length > fingerprintPartsMax) {
    note(notes, 'fingerprint', `cut from ${fingerprint.length} to ${fingerprintPartsMax} parts`)
  }
  return fingerprint
    .slice(0, fingerprintPartsMax)
    .map(part => cutNoted(part, fingerprintPartCharsMax, 'fingerprint', notes))
}

/** A trace beside an exception without one is that exception's. */
function giveStacktraceToException(event: NormalisedEvent): void {
  const main = event.exception?.values.at(-1)
  if (main === undefined || event.stacktrace === undefined || main.stacktrace != null) return
  main.stacktrace = event.stacktrace
  event.stacktrace = undefined
}
