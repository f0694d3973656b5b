/**
 * What grouping tells of its steps to those who ask why an event is in its issue (explain/). Grouping itself calls it,
 * so what is told is what was done. Nothing watches while events come in.
 */
import type { Exception, Frame, Stacktrace } from '../../schema/event.ts'
import type { Grouping } from '../../schema/pipeline.ts'

/** Of which frames of a trace some counted: those of the application, else all but machinery, else all. */
export type FramesChoice = 'in_app' | 'not_machinery' | 'all'

/** Why a frame does not count. */
export type LeftOut = 'left_out_by_rule' | 'not_in_app' | 'machinery' | 'says_nothing'

/** One look at a trace; frames by their index, in which the crash is last. What is not told of was beyond the limit. */
export type FramesWatch = {
  leftOut: (index: number, why: LeftOut) => void
  counted: (index: number, component: string) => void
  /** What is left of the components when recursion counts once. */
  folded: (components: readonly string[]) => void
}

export type GroupingWatch = {
  /** A trace is looked at again when no frame of it counted. */
  frames: (frames: readonly Frame[], choice: FramesChoice) => FramesWatch
  /** An exception that counts, the trace that it has or was given, and what it contributes. */
  exception: (exception: Exception, stacktrace: Stacktrace | null, components: readonly string[]) => void
  /** What the content of the event, rather than a fingerprint, says. */
  content: (decision: { rule: Grouping['rule']; components: readonly string[] }) => void
}
