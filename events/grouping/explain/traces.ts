/** Which frames of a trace count, which do not and why, as grouping told while it looked at them. */
import type { Frame } from '../../../schema/event.ts'
import type { ExplainedFrame, ExplainedTrace } from '../../../schema/api/event-grouping.ts'
import { partsOf } from '../frame-parts.ts'
import { languageOf, type FrameMarks } from '../frames.ts'
import type { Language } from '../languages/language.ts'
import type { FramesChoice, FramesWatch, LeftOut } from '../watch.ts'
import { explainFunction, explainPlace, explainSourceLine } from './names.ts'

/** What the last look at a trace told. */
export type SeenTrace = {
  choice: FramesChoice
  leftOut: Map<number, LeftOut>
  counted: Map<number, string>
  folded: ReadonlySet<string> | null
}

export type SeenTraces = Map<readonly Frame[], SeenTrace>

export function watchTrace(traces: SeenTraces, frames: readonly Frame[], choice: FramesChoice): FramesWatch {
  const seen: SeenTrace = { choice, leftOut: new Map(), counted: new Map(), folded: null }
  traces.set(frames, seen)
  return {
    leftOut: (index, why) => seen.leftOut.set(index, why),
    counted: (index, component) => seen.counted.set(index, component),
    folded: components => {
      seen.folded = new Set(components)
    }
  }
}

export type TraceFacts = { language: Language | null; images: unknown; marks: FrameMarks | null }

export function explainTrace(
  frames: readonly Frame[],
  { choice, leftOut, counted, folded }: SeenTrace,
  facts: TraceFacts,
  from: ExplainedTrace['from']
): ExplainedTrace {
  const told = new Set<string>()
  const fateOf = (index: number): ExplainedFrame['fate'] => {
    const component = counted.get(index)
    if (component === undefined) return leftOut.get(index) ?? 'beyond'
    if (folded !== null && !folded.has(component)) return 'outside_recursion'
    if (told.has(component)) return 'repeats'
    told.add(component)
    return 'counts'
  }
  return {
    from,
    choice,
    frames: frames.map((frame, index) => explainFrame(frame, index, fateOf(index), counted.get(index) ?? '', facts))
  }
}

function explainFrame(
  frame: Frame,
  index: number,
  fate: ExplainedFrame['fate'],
  component: string,
  { language: eventLanguage, images, marks }: TraceFacts
): ExplainedFrame {
  const language = languageOf(frame, eventLanguage)
  const isWrapper = partsOf(frame, language).text === '' && fate === 'says_nothing'
  return {
    index,
    fate,
    by_rule: marks?.counts.get(frame) === true,
    function: explainFunction(frame, language),
    place: explainPlace(frame, language, images),
    source_line: isWrapper ? null : explainSourceLine(frame, language),
    component
  }
}
