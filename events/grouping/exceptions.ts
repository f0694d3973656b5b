/**
 * What the exceptions of an event contribute: for each its type and its frames, or its message where no frame tells
 * anything.
 */
import type { Exception, NormalisedEvent, Stacktrace } from '../../schema/event.ts'
import { frameComponents, type FramesContext } from './frames.ts'
import { normaliseMessage } from './message.ts'
import { threadOfException } from './threads.ts'

const contributingMax = 8
const overflowTypes =
  /(?:^|\.)(?:StackOverflow(?:Error|Exception)?|RecursionError|SystemStackError|EXC_STACK_OVERFLOW)$|STACK_OVERFLOW/
const overflowValues = new RegExp(
  [
    'stack overflow',
    'stack size exceeded',
    'stack level too deep',
    'too much recursion',
    'maximum recursion depth',
    'nesting level of',
    'STACK_OVERFLOW'
  ].join('|'),
  'i'
)

/** Empty when nothing is known of any of them. */
export function exceptionComponents(event: NormalisedEvent, context: Omit<FramesContext, 'isOverflow'>): string[] {
  const exceptions = event.exception?.values ?? []
  const main = exceptions.at(-1)
  return contributing(exceptions).flatMap(exception => {
    const stacktrace =
      exception.stacktrace ?? (exception === main ? threadOfException(exception, event)?.stacktrace : null)
    return componentsOf(exception, stacktrace, context)
  })
}

function componentsOf(
  exception: Exception,
  stacktrace: Stacktrace | null | undefined,
  context: Omit<FramesContext, 'isOverflow'>
): string[] {
  const { type, value, mechanism } = exception
  const isTyped = type && mechanism?.synthetic !== true
  const frames =
    stacktrace == null
      ? []
      : frameComponents(stacktrace.frames, { ...context, isOverflow: () => isOverflow(exception) })
  const own = isTyped ? [`type ${type}`, ...frames] : [...frames]
  if (frames.length === 0) {
    const message = value ? normaliseMessage(value) : ''
    if (message !== '') own.push(`value ${message}`)
    // What has neither a name nor a place has the type alone.
    else if (type && mechanism?.synthetic === true) own.push(`type ${type}`)
  }
  context.watch?.exception(exception, stacktrace ?? null, own)
  return own
}

function isOverflow({ type, value }: Exception): boolean {
  return overflowTypes.test(type ?? '') || overflowValues.test(value?.slice(0, 200) ?? '')
}

/** The last ones of a chain; of a group its members, one of each type, in an order that chance has no part in. */
function contributing(exceptions: readonly Exception[]): readonly Exception[] {
  const main = exceptions.at(-1)
  if (main?.mechanism?.is_exception_group !== true) {
    return exceptions.length <= contributingMax ? exceptions : exceptions.slice(-contributingMax)
  }
  const leaves = leavesOf(exceptions)
  return leaves.length === 0 ? exceptions.slice(-contributingMax) : leaves
}

/** Members are what has a group for its parent; what caused a member is left to it. */
function leavesOf(exceptions: readonly Exception[]): Exception[] {
  const groups = new Set(exceptions.filter(isGroup).map(({ mechanism }) => mechanism?.exception_id))
  const leaves = new Map<string, Exception>()
  for (const exception of exceptions) {
    const { mechanism, type } = exception
    if (isGroup(exception)) continue
    const parent = mechanism?.parent_id
    if (parent !== undefined && !groups.has(parent)) continue
    if (!leaves.has(type ?? '')) leaves.set(type ?? '', exception)
  }
  return [...leaves]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .slice(-contributingMax)
    .map(([, exception]) => exception)
}

function isGroup({ mechanism }: Exception): boolean {
  return mechanism?.is_exception_group === true
}
