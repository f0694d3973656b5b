/** In words, what the explanation of a grouping says by codes; and frames that do not count, folded into runs. */
import type { ExplainedException, ExplainedFrame, ExplainedName, ExplainedTrace } from '../../../api/types.ts'

export const leftOutWords: Record<ExplainedName['left_out'][number], string> = {
  generated: 'what compilers, bundlers and runtimes generate',
  nameless: 'it names nothing',
  folders: 'folders',
  query: 'host and query',
  content_hash: 'the hash of its content',
  case: 'upper case',
  spaces: 'spaces',
  cut: 'what is beyond the length that counts',
  minified: 'it is of minified code',
  changing: 'what changes from event to event'
}

export const frameWords: Record<ExplainedFrame['fate'], string> = {
  counts: 'counts',
  repeats: 'recursion: counts once',
  outside_recursion: 'outside of the recursion',
  beyond: 'too far from the crash',
  not_in_app: 'not of the application',
  machinery: 'of an SDK, or of how panics and processes work',
  says_nothing: 'says nothing',
  left_out_by_rule: 'left out by a rule of the project'
}

export const exceptionWords: Record<ExplainedException['fate'], string> = {
  counts: 'counts',
  older: 'does not count: too far down the chain',
  group: 'does not count: it holds the others',
  cause_of_member: 'does not count: what caused a member is left to it',
  same_type: 'does not count: another member has its type'
}

export const choiceWords: Record<ExplainedTrace['choice'], string> = {
  in_app: 'Frames of the application count.',
  not_machinery: 'No frame is marked as of the application, so all count but those of SDKs and runtimes.',
  all: 'No frame is of the application, so all count.'
}

/** "Left out: folders, the hash of its content." */
export function leftOutText({ left_out: left }: ExplainedName): string {
  return left.length === 0 ? '' : `left out: ${left.map(kind => leftOutWords[kind]).join(', ')}`
}

export type NamedPart = ExplainedName & { label: string; note: string }

/** The parts of a frame that were sent, each with its label and what is to be said of it. */
export function partsOf({ place, function: name, source_line: line }: ExplainedFrame): NamedPart[] {
  const labels = { module: 'Module', file: 'File', image: 'Image' }
  return [
    ...(place === null
      ? []
      : [
          {
            ...place,
            label: labels[place.of],
            note: [leftOutText(place), place.keeps_folder ? 'its folder is kept: the name alone says nothing' : '']
              .filter(note => note !== '')
              .join('; ')
          }
        ]),
    ...(name === null ? [] : [{ ...name, label: 'Function', note: leftOutText(name) }]),
    ...(line === null ? [] : [{ ...line, label: 'Line', note: leftOutText(line) }])
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
  return what === '' ? where || 'a frame without a name' : where === '' ? what : `${what} (${where})`
}
