/**
 * What the stack-trace rules of a project do to one trace. Rules go from top to bottom, each over all frames, and see
 * what those before have changed; within a rule matching comes first, then what it does.
 */
import type { Exception, Frame } from '../../../schema/event.ts'
import type { Language } from '../languages/language.ts'
import type { Action, FlagAction } from './actions.ts'
import { frameSubject, type FrameSubject } from './frame-subject.ts'
import type { Budget } from './glob.ts'
import { holds } from './matching.ts'
import type { StackRule } from './parse.ts'

/** One trace: what each frame is, what rules say of its part in grouping, and which rule changed it last. */
export type MarkedStack = {
  subjects: readonly FrameSubject[]
  counts: (boolean | undefined)[]
  changedBy: (StackRule | undefined)[]
  /** 0 as usual. */
  maxFrames: number
}

/** For traces that are of no exception. */
const noException: Exception = {}

/** Stops where the budget is used up. */
export function markStack(
  rules: readonly StackRule[],
  frames: readonly Frame[],
  { exception = noException, language }: { exception?: Exception | undefined; language: Language | null },
  budget: Budget
): MarkedStack {
  const stack: MarkedStack = {
    subjects: frames.map(frame => frameSubject(frame, language)),
    counts: [],
    changedBy: [],
    maxFrames: 0
  }
  for (const rule of rules) {
    if (budget.left < 0) break
    if (!holds(rule.matchers.exception, exception, budget)) continue
    for (const index of matchingFrames(rule, stack.subjects, budget)) {
      for (const action of rule.actions) act(action, stack, index, rule, budget)
    }
  }
  return stack
}

function matchingFrames(
  { matchers, caller, callee }: StackRule,
  subjects: readonly FrameSubject[],
  budget: Budget
): number[] {
  const found: number[] = []
  for (const [index, subject] of subjects.entries()) {
    if (!holds(matchers.frame, subject, budget)) continue
    if (caller !== null && !isBeside(caller.frame, subjects[index - 1], budget)) continue
    if (callee !== null && !isBeside(callee.frame, subjects[index + 1], budget)) continue
    found.push(index)
  }
  return budget.left < 0 ? [] : found
}

function isBeside(tests: StackRule['matchers']['frame'], beside: FrameSubject | undefined, budget: Budget): boolean {
  return beside !== undefined && holds(tests, beside, budget)
}

function act(action: Action, stack: MarkedStack, index: number, rule: StackRule, budget: Budget): void {
  if (action.kind === 'max-frames') {
    stack.maxFrames = action.count
    return
  }
  const [from, to] = rangeOf(action, index, stack.subjects.length)
  budget.left -= to - from
  for (let at = from; at < to; at++) if (setFlag(action, stack, at)) stack.changedBy[at] = rule
}

/** Frames are oldest first: the crash is at the end. */
function rangeOf({ range }: FlagAction, index: number, length: number): [from: number, to: number] {
  if (range === 'up') return [index + 1, length]
  return range === 'down' ? [0, index] : [index, index + 1]
}

/** True when that changed something. */
function setFlag({ kind, flag }: FlagAction, { subjects, counts }: MarkedStack, at: number): boolean {
  if (kind === 'group') {
    const isNew = counts[at] !== flag
    counts[at] = flag
    return isNew
  }
  const subject = subjects[at]
  if (subject === undefined || subject.inApp === flag) return false
  subject.inApp = flag
  return true
}
