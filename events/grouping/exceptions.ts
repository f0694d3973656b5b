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
  const components: string[] = []
  for (const exception of contributing(exceptions)) {
    const stacktrace =
      exception.stacktrace ?? (exception === main ? threadOfException(exception, event)?.stacktrace : null)
    addComponents(components, exception, stacktrace, context)
  }
  return components
}

function addComponents(
  components: string[],
  exception: Exception,
  stacktrace: Stacktrace | null | undefined,
  context: Omit<FramesContext, 'isOverflow'>
): void {
  const { type, value, mechanism } = exception
  const own: string[] = []
  if (type && mechanism?.synthetic !== true) own.push(`type ${type}`)
  const before = own.length
  if (stacktrace != null) {
    own.push(...frameComponents(stacktrace.frames, { ...context, isOverflow: () => isOverflow(exception) }))
  }
  if (own.length === before) {
    const message = value ? normaliseMessage(value) : ''
    if (message !== '') own.push(`value ${message}`)
    // What has neither a name nor a place has the type alone.
    else if (type && mechanism?.synthetic === true) own.push(`type ${type}`)
  }
  context.watch?.exception(exception, stacktrace ?? null, own)
  components.push(...own)
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
