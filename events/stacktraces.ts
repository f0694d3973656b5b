/** Stack traces, exceptions and threads in their one form: `{ frames }` with at most `framesMax` frames, lists as `{ values }`. */
import type { Exception, Frame, IncomingEvent, IncomingException, IncomingStacktrace, IncomingThread, Stacktrace, Thread } from '../schema/event.ts'
import { limits } from '../schema/limits.ts'
import { keepMembers, keepObject, type Keeping } from './free-values.ts'
import { note } from './notes.ts'
import { cutNoted } from './text.ts'

/** Undefined when there is none in it. */
export function keepExceptions (exception: IncomingEvent['exception'], keeping: Keeping): { values: Exception[] } | undefined {
  if (exception == null) return undefined
  const list = Array.isArray(exception) ? exception : exception.values === undefined ? [exception] : exception.values ?? []
  return list.length === 0 ? undefined : { values: list.map((item, index) => keepException(item, index, keeping)) }
}

export function keepThreads (threads: IncomingEvent['threads'], keeping: Keeping): { values: Thread[] } | undefined {
  if (threads == null) return undefined
  const list = Array.isArray(threads) ? threads : threads.values ?? []
  return list.length === 0 ? undefined : { values: list.map((item, index) => keepThread(item, index, keeping)) }
}

function keepException (exception: IncomingException, index: number, keeping: Keeping): Exception {
  const { type, value, module, stacktrace, mechanism, ...others } = exception
  const path = `exception.values.${index}`
  return {
    type: type == null ? undefined : cutNoted(type, limits.exceptionTypeCharsMax, `${path}.type`, keeping.notes),
    value: value == null ? undefined : cutNoted(value, limits.messageCharsMax, `${path}.value`, keeping.notes),
    module: module == null ? undefined : cutNoted(module, limits.nameCharsMax, `${path}.module`, keeping.notes),
    ...keepObject(others, path, keeping),
    mechanism: mechanism == null ? undefined : keepObject(mechanism, `${path}.mechanism`, keeping),
    stacktrace: keepStacktrace(stacktrace, `${path}.stacktrace`, keeping)
  }
}

function keepThread (thread: IncomingThread, index: number, keeping: Keeping): Thread {
  const { stacktrace, ...others } = thread
  const path = `threads.values.${index}`
  return { ...keepObject(others, path, keeping), stacktrace: keepStacktrace(stacktrace, `${path}.stacktrace`, keeping) }
}

/** Undefined when there are no frames. */
export function keepStacktrace (stacktrace: IncomingStacktrace | null | undefined, path: string, keeping: Keeping): Stacktrace | undefined {
  if (stacktrace == null) return undefined
  const { frames, ...others } = Array.isArray(stacktrace) ? { frames: stacktrace } : stacktrace
  if (frames == null || frames.length === 0) return undefined
  return { ...keepObject(others, path, keeping), frames: keepFrames(frames, path, keeping) }
}

/** Of too many the oldest and the newest stay: where it began and where it went wrong. */
function keepFrames (frames: Frame[], path: string, keeping: Keeping): Frame[] {
  if (frames.length <= limits.framesMax) return frames.map(frame => keepMembers(frame, path, keeping))
  note(keeping.notes, path, `the middle ${frames.length - limits.framesMax} of ${frames.length} frames were dropped`)
  const half = limits.framesMax / 2
  return [...frames.slice(0, half), ...frames.slice(-half)].map(frame => keepMembers(frame, path, keeping))
}
