/** Which thread of an event says where it happened. */
import type { Exception, NormalisedEvent, Stacktrace, Thread } from '../../schema/event.ts'

/** The one that crashed, else the one that ran, else the only one. */
export function decisiveThread(threads: readonly Thread[]): Thread | undefined {
  const crashed = crashedThread(threads)
  if (crashed !== undefined) return crashed
  const current = threads.filter(thread => thread.current === true)
  return [current, threads].find(list => list.length === 1)?.[0]
}

/** The only one that crashed. */
export function crashedThread(threads: readonly Thread[]): Thread | undefined {
  const crashed = threads.filter(thread => thread.crashed === true)
  return crashed.length === 1 ? crashed[0] : undefined
}

/** Of an exception without a stack: the thread that it names, else the one that says where the event happened. */
export function threadOfException(
  exception: Exception,
  { threads }: Pick<NormalisedEvent, 'threads'>
): Thread | undefined {
  const list = threads?.values ?? []
  const id = exception.thread_id
  const named = id == null ? undefined : list.find(thread => thread.id != null && String(thread.id) === String(id))
  return named?.stacktrace == null ? decisiveThread(list) : named
}

/** What says where an event happened. */
export type StackSource = Pick<NormalisedEvent, 'exception' | 'stacktrace' | 'threads'>

/** The stack of the exception that was thrown last, else the one that says where the event happened. */
export function decisiveStack(event: StackSource): Stacktrace | null | undefined {
  const main = event.exception?.values.at(-1)
  if (main === undefined) return event.stacktrace ?? crashedThread(event.threads?.values ?? [])?.stacktrace
  return main.stacktrace ?? event.stacktrace ?? threadOfException(main, event)?.stacktrace
}
