/**
 * What searches for `stack.function` and the like see of an event: the names in the frames of the application that are
 * nearest to the crash (of all frames, if none is known to be the application's), and the types of the errors that led
 * to the last one. Bounded, because each is an entry of the index: what is deeper in a stack is in the event alone.
 */
import type { Frame } from '../schema/event.ts'
import { limits } from '../schema/limits.ts'
import type { StackNames } from '../schema/pipeline.ts'
import { knownStack } from './grouping/known-stacks.ts'
import { decisiveStack, type StackSource } from './grouping/threads.ts'
import { cut } from './text.ts'

/** Undefined when there is nothing to find. */
export function stackNamesOf(event: StackSource): StackNames | undefined {
  const frames = decisiveStack(event)?.frames ?? []
  const exceptions = event.exception?.values ?? []
  if (frames.length === 0 && exceptions.length < 2) return undefined
  const names = namesOf(frames)
  if (exceptions.length < 2) return names
  const cause: string[] = []
  for (let index = exceptions.length - 2; index >= 0; index--) add(cause, exceptions[index]?.type)
  return { ...names, cause }
}

/** The same object for the same stack, which nobody changes. */
function namesOf(frames: readonly Frame[]): StackNames {
  const known = knownStack(frames)
  if (known?.names !== undefined) return known.names
  const names: StackNames = { filename: [], function: [], module: [], cause: [] }
  if (!addFrames(names, frames, true)) addFrames(names, frames, false)
  if (known !== null) known.names = names
  return names
}

/** Newest first; returns whether there was a frame that counts. */
function addFrames(names: StackNames, frames: readonly Frame[], inAppOnly: boolean): boolean {
  let counts = false
  for (let index = frames.length - 1; index >= 0 && names.function.length < limits.stackNamesMax; index--) {
    const frame = frames[index]
    if (frame === undefined || (inAppOnly && frame.in_app !== true)) continue
    counts = true
    add(names.filename, frame.filename || frame.abs_path)
    add(names.function, frame.function)
    add(names.module, frame.module)
  }
  return counts
}

function add(names: string[], name: string | null | undefined): void {
  // `?` is what SDKs call a function that has no name.
  if (name == null || name === '' || name === '?' || names.length === limits.stackNamesMax) return
  const kept = cut(name, limits.stackNameCharsMax)
  if (!names.includes(kept)) names.push(kept)
}
