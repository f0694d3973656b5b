/** In words, what the explanation of a grouping says by codes; and frames that do not count, folded into runs. */
import type { ExplainedException, ExplainedFrame, ExplainedName, ExplainedTrace } from '../../../api/types.ts'
import { texts } from './groupingTexts.ts'

export const frameWords: Record<ExplainedFrame['fate'], string> = texts.frames
export const exceptionWords: Record<ExplainedException['fate'], string> = texts.exceptions
export const choiceWords: Record<ExplainedTrace['choice'], string> = texts.trace.choices

/** "left out: folders, the hash of its content". */
export function leftOutText({ left_out: left }: ExplainedName): string {
  return left.length === 0 ? '' : texts.leftOut(left.map(kind => texts.leftOutKinds[kind]).join(', '))
}

export type NamedPart = ExplainedName & { label: string; note: string }

/** The parts of a frame that were sent, each with its label and what is to be said of it. */
export function partsOf({ place, function: name, source_line: line }: ExplainedFrame): NamedPart[] {
  return [
    ...(place === null
      ? []
      : [
          {
            ...place,
            label: texts.trace.labels[place.of],
            note: [leftOutText(place), place.keeps_folder ? texts.trace.keepsFolder : '']
              .filter(note => note !== '')
              .join('; ')
          }
        ]),
    ...(name === null ? [] : [{ ...name, label: texts.trace.function, note: leftOutText(name) }]),
    ...(line === null ? [] : [{ ...line, label: texts.trace.line, note: leftOutText(line) }])
  ]
}

export type WhyRow =
  { kind: 'counts'; frame: ExplainedFrame } | { kind: 'others'; key: number; frames: ExplainedFrame[]; words: string }

/** Newest first. Frames that do not count for one reason, side by side, are one row. */
export function rowsOf({ frames }: ExplainedTrace): WhyRow[] {
  const rows: WhyRow[] = []
  for (const frame of [...frames].reverse()) {
    const last = rows.at(-1)
    if (frame.fate === 'counts') rows.push({ kind: 'counts', frame })
    else if (last?.kind === 'others' && last.frames[0]?.fate === frame.fate) last.frames.push(frame)
    else rows.push({ kind: 'others', key: frame.index, frames: [frame], words: frameWords[frame.fate] })
  }
  return rows
}

/** What a frame was sent as, on one line. */
export function sentName({ function: name, place }: ExplainedFrame): string {
  const where = place?.sent ?? ''
  const what = name?.sent ?? ''
  if (what === '') return where || texts.trace.nameless
  return where === '' ? what : texts.trace.frame(what, where)
}
