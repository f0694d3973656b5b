/**
 * What the exceptions of an event contribute: for each its type and its frames, or its message where no frame tells
 * anything.
 */
import type { Exception } from '../../../schema/event.ts'
import { frameComponents } from './frames.ts'
import { normaliseMessage } from './message.ts'

const contributingMax = 8

/** Empty when nothing is known of any of them. */
export function exceptionComponents(exceptions: readonly Exception[]): string[] {
  const components: string[] = []
  for (const exception of contributing(exceptions)) addComponents(components, exception)
  return components
}

function addComponents(components: string[], { type, value, mechanism, stacktrace }: Exception): void {
  if (type && mechanism?.synthetic !== true) components.push(`type ${type}`)
  const before = components.length
  if (stacktrace != null) components.push(...frameComponents(stacktrace.frames))
  if (components.length > before || !value) return
  const message = normaliseMessage(value)
  if (message !== '') components.push(`value ${message}`)
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
