/**
 * The stack-trace rules of a project on a whole event. What they say of `in_app` is stored with the event: a frame that
 * they change is copied, and keeps what the SDK said as `data.orig_in_app` (1, 0, or -1 for nothing), as in Sentry. The
 * rest is for grouping alone. Rules that would cost an event more than `ruleStepsMax` stop, and a note says so.
 */
import { isObject, type Exception, type Frame, type NormalisedEvent, type Stacktrace } from '../../../schema/event.ts'
import { limits } from '../../../schema/limits.ts'
import { partsOf } from '../frame-parts.ts'
import { languageOf, type FrameMarks } from '../frames.ts'
import type { Language } from '../languages/language.ts'
import { languageOfPlatform } from '../languages/languages.ts'
import type { Budget } from './glob.ts'
import { matchingRule } from './matching.ts'
import type { FingerprintRule, StackRule } from './parse.ts'
import type { ProjectRules } from './project-rules.ts'
import { markStack, type MarkedStack } from './stack-marks.ts'

/** What rules made of an event. `changes` says which frames were changed by which rule. */
export type Ruled = {
  marks: FrameMarks
  rule: FingerprintRule | null
  changes: ReadonlyMap<StackRule, readonly string[]>
}

export type RuledEvent = { event: NormalisedEvent; ruled: Ruled }

type Work = {
  rules: readonly StackRule[]
  language: Language | null
  budget: Budget
  counts: Map<Frame, boolean>
  maxFrames: Map<readonly Frame[], number>
  changes: Map<StackRule, string[]>
}

/** Changes nothing of the event that it is given. */
export function applyRules(given: NormalisedEvent, { stack, fingerprint }: ProjectRules): RuledEvent {
  const work: Work = {
    rules: stack,
    language: languageOfPlatform(given.platform ?? ''),
    budget: { left: limits.ruleStepsMax },
    counts: new Map(),
    maxFrames: new Map(),
    changes: new Map()
  }
  const event = stack.length === 0 ? given : withMarkedFrames(given, work)
  const rule = fingerprint.length === 0 ? null : matchingRule(fingerprint, event, work.budget)
  return {
    event: work.budget.left < 0 ? withNote(event) : event,
    ruled: { marks: work, rule, changes: work.changes }
  }
}

/** Nearest to what decides first, in case the budget does not last. */
function withMarkedFrames(event: NormalisedEvent, work: Work): NormalisedEvent {
  const exceptions = [...(event.exception?.values ?? [])]
    .reverse()
    .map(exception => withStacktrace(exception, work, exception))
    .reverse()
  const stacktrace = event.stacktrace === undefined ? undefined : markedStacktrace(event.stacktrace, work)
  const threads = event.threads?.values.map(thread => withStacktrace(thread, work))
  return {
    ...event,
    exception: event.exception === undefined ? undefined : { ...event.exception, values: exceptions },
    stacktrace,
    threads: event.threads === undefined || threads === undefined ? undefined : { ...event.threads, values: threads }
  }
}

function withStacktrace<Holder extends { stacktrace?: Stacktrace | null | undefined }>(
  holder: Holder,
  work: Work,
  exception?: Exception
): Holder {
  const { stacktrace } = holder
  if (stacktrace == null) return holder
  const marked = markedStacktrace(stacktrace, work, exception)
  return marked === stacktrace ? holder : { ...holder, stacktrace: marked }
}

/** The same object where nothing is changed that is stored. */
function markedStacktrace(stacktrace: Stacktrace, work: Work, exception?: Exception): Stacktrace {
  const { rules, language, budget } = work
  const stack = markStack(rules, stacktrace.frames, { exception, language }, budget)
  const isChanged = stack.subjects.some(({ inApp, frame }) => inApp !== (frame.in_app === true))
  const frames = isChanged ? stack.subjects.map(changedFrame) : stacktrace.frames
  noteMarks(stack, frames, work)
  return isChanged ? { ...stacktrace, frames } : stacktrace
}

function changedFrame({ frame, inApp }: { frame: Frame; inApp: boolean }): Frame {
  if (inApp === (frame.in_app === true)) return frame
  const data = isObject(frame.data) ? frame.data : {}
  const before = frame.in_app == null ? -1 : frame.in_app ? 1 : 0
  return { ...frame, in_app: inApp, data: { ...data, orig_in_app: before } }
}

function noteMarks(stack: MarkedStack, frames: readonly Frame[], { counts, maxFrames, changes, language }: Work): void {
  if (stack.maxFrames > 0) maxFrames.set(frames, stack.maxFrames)
  for (const [index, frame] of frames.entries()) {
    const own = stack.counts[index]
    if (own !== undefined) counts.set(frame, own)
    const rule = stack.changedBy[index]
    if (rule === undefined) continue
    const changed = changes.get(rule) ?? []
    changed.push(frameName(frame, language))
    changes.set(rule, changed)
  }
}

function frameName(frame: Frame, language: Language | null): string {
  const { text } = partsOf(frame, languageOf(frame, language))
  return text.replace(/^frame (?:in )?/, '') || frame.function || frame.filename || 'a frame without a name'
}

function withNote(event: NormalisedEvent): NormalisedEvent {
  const notes = event.notes ?? []
  if (notes.length >= limits.notesMax) return event
  const message = 'rules of the project stopped: they take too long for this event'
  return { ...event, notes: [...notes, { path: 'grouping', message }] }
}

/** The event as it was before rules changed its frames. */
export function withoutRules(event: NormalisedEvent): NormalisedEvent {
  const restored = (stacktrace: Stacktrace): Stacktrace => ({ ...stacktrace, frames: stacktrace.frames.map(asSent) })
  const inside = <Holder extends { stacktrace?: Stacktrace | null | undefined }>(holder: Holder): Holder =>
    holder.stacktrace == null ? holder : { ...holder, stacktrace: restored(holder.stacktrace) }
  return {
    ...event,
    exception: event.exception && { ...event.exception, values: event.exception.values.map(inside) },
    stacktrace: event.stacktrace && restored(event.stacktrace),
    threads: event.threads && { ...event.threads, values: event.threads.values.map(inside) }
  }
}

function asSent(frame: Frame): Frame {
  if (!isObject(frame.data)) return frame
  const { orig_in_app: before, ...data } = frame.data
  if (before !== 1 && before !== 0 && before !== -1) return frame
  const others = Object.keys(data).length === 0 ? undefined : data
  return { ...frame, in_app: before === -1 ? undefined : before === 1, data: others }
}
