/**
 * Stack traces, exceptions and threads in their one form: `{ frames }` with at most `framesMax` frames, lists as `{
 * values }`.
 */
import type {
  Exception,
  Frame,
  IncomingEvent,
  IncomingException,
  IncomingStacktrace,
  IncomingThread,
  Stacktrace,
  Thread
} from '../schema/event.ts'
import { limits } from '../schema/limits.ts'
import { keepMembers, keepObject, type Documented, type Keeping } from './free-values.ts'
import { note } from './notes.ts'
import { cutNoted } from './text.ts'

/** Undefined when there is none in it. */
export function keepExceptions(
  exception: IncomingEvent['exception'],
  keeping: Keeping
): { values: Exception[] } | undefined {
  if (exception == null) return undefined
  const list = Array.isArray(exception)
    ? exception
    : exception.values === undefined
      ? [exception]
      : (exception.values ?? [])
  if (list.length === 0) return undefined
  const kept = endsOf(list, limits.exceptionsMax, 'exception', keeping)
  return { values: kept.map((item, index) => keepException(item, index, keeping)) }
}

export function keepThreads(threads: IncomingEvent['threads'], keeping: Keeping): { values: Thread[] } | undefined {
  if (threads == null) return undefined
  const list = Array.isArray(threads) ? threads : (threads.values ?? [])
  if (list.length === 0) return undefined
  const kept = telling(list, keeping)
  return { values: kept.map((item, index) => keepThread(item, index, keeping)) }
}

/** Of too many threads the first ones, and always the one that crashed. */
function telling(threads: IncomingThread[], { notes }: Keeping): IncomingThread[] {
  const { threadsMax } = limits
  if (threads.length <= threadsMax) return threads
  note(notes, 'threads', `${threads.length - threadsMax} of ${threads.length} were dropped`)
  const crashed = threads.find(thread => thread.crashed === true)
  const kept = threads.slice(0, threadsMax)
  return crashed === undefined || kept.includes(crashed) ? kept : [...kept.slice(0, -1), crashed]
}

/** Of too many the first and the last half stay: where it began and where it went wrong. */
function endsOf<Item>(items: Item[], max: number, path: string, { notes }: Keeping, what = ''): Item[] {
  if (items.length <= max) return items
  note(notes, path, `the middle ${items.length - max} of ${items.length} ${what}were dropped`)
  return [...items.slice(0, max / 2), ...items.slice(-max / 2)]
}

const exceptionMembers: ReadonlySet<string> = new Set(['type', 'value', 'module', 'stacktrace', 'mechanism'])

function keepException(exception: IncomingException, index: number, keeping: Keeping): Exception {
  const { type, value, module, stacktrace, mechanism } = exception
  const path = `exception.values.${index}`
  const kept: Exception = {
    type: type == null ? undefined : cutNoted(type, limits.exceptionTypeCharsMax, `${path}.type`, keeping.notes),
    value:
      value == null
        ? undefined
        : cutNoted(keeping.scrubber.text(value), limits.messageCharsMax, `${path}.value`, keeping.notes),
    module: module == null ? undefined : cutNoted(module, limits.nameCharsMax, `${path}.module`, keeping.notes),
    mechanism: mechanism == null ? undefined : keepObject(mechanism, `${path}.mechanism`, keeping),
    stacktrace: keepStacktrace(stacktrace, `${path}.stacktrace`, keeping)
  }
  const others = othersOf(exception, exceptionMembers)
  return others === null ? kept : { ...keepObject(others, path, keeping), ...kept }
}

/** The members beside the known ones; null without any, as is usual. */
function othersOf(object: Record<string, unknown>, known: ReadonlySet<string>): Record<string, unknown> | null {
  for (const member in object) if (!known.has(member)) return without(object, known)
  return null
}

function without(object: Record<string, unknown>, members: ReadonlySet<string>): Record<string, unknown> {
  const copy = { ...object }
  for (const member of members) copy[member] = undefined
  return copy
}

const threadMembers: ReadonlySet<string> = new Set(['stacktrace'])

function keepThread(thread: IncomingThread, index: number, keeping: Keeping): Thread {
  const path = `threads.values.${index}`
  const kept: Thread = { stacktrace: keepStacktrace(thread.stacktrace, `${path}.stacktrace`, keeping) }
  const others = othersOf(thread, threadMembers)
  return others === null ? kept : { ...keepObject(others, path, keeping), ...kept }
}

const stacktraceMembers: ReadonlySet<string> = new Set(['frames'])

/** Undefined when there are no frames. */
export function keepStacktrace(
  stacktrace: IncomingStacktrace | null | undefined,
  path: string,
  keeping: Keeping
): Stacktrace | undefined {
  if (stacktrace == null) return undefined
  const frames = Array.isArray(stacktrace) ? stacktrace : stacktrace.frames
  if (frames == null || frames.length === 0) return undefined
  const kept = { frames: keepFrames(frames, path, keeping) }
  const others = Array.isArray(stacktrace) ? null : othersOf(stacktrace, stacktraceMembers)
  return others === null ? kept : { ...keepObject(others, path, keeping), ...kept }
}

/** Of a frame only variables are of users; names and lines of the program stay as they are. */
const frameMembers: Documented = { source: new Set(['pre_context', 'post_context']) }

function keepFrames(frames: Frame[], path: string, keeping: Keeping): Frame[] {
  const kept = endsOf(frames, limits.framesMax, path, keeping, 'frames ')
  return kept.map(frame => keepMembers(frame, path, keeping, frameMembers))
}
