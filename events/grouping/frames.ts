/**
 * What of a stack trace tells one bug from another: for each frame where the code is, what it is called and its line of
 * source, all without what compilers, bundlers and runtimes change from build to build. Never lines, columns or
 * absolute paths. Of the frames of the application (of all, if none is known to be) the `contributingMax` nearest to
 * the crash count, recursion once.
 */
import type { Frame } from '../../schema/event.ts'
import { addressComponent } from './addresses.ts'
import { componentOf, frameLanguage, partsOf } from './frame-parts.ts'
import { native } from './languages/native.ts'
import type { Language } from './languages/language.ts'
import { knownStack } from './known-stacks.ts'
import { languageOfPlatform } from './languages/languages.ts'
import { withoutRecursion } from './recursion.ts'
import type { FramesChoice, FramesWatch, GroupingWatch } from './watch.ts'

const contributingMax = 30

/**
 * What rules of the project say of frames: which count and which do not, whatever else they are, and how many of a
 * trace do.
 */
export type FrameMarks = {
  counts: ReadonlyMap<Frame, boolean>
  maxFrames: ReadonlyMap<readonly Frame[], number>
}

/** What the event says beside its frames. */
export type FramesContext = {
  language: Language | null
  images: unknown
  isOverflow: () => boolean
  marks: FrameMarks | null
  /** Who asks why; null while events come in. */
  watch: GroupingWatch | null
}

/** What the frames that count contribute, oldest first, with repetitions. */
type Nearest = { components: readonly string[]; repeats: boolean; seen?: FramesWatch | undefined }

/** Oldest first, recursion once; empty when no frame has anything to tell. */
export function frameComponents(frames: readonly Frame[], context: FramesContext): readonly string[] {
  const { components, repeats, seen } = nearest(frames, context)
  if (!repeats) return components
  const folded = withoutRecursion(components, context.isOverflow())
  seen?.folded(folded)
  return folded
}

/** As it was found for the same stack before, where the frames alone decide. */
function nearest(frames: readonly Frame[], context: FramesContext): Nearest {
  const { language, marks, watch } = context
  const known = marks === null && watch === null ? knownStack(frames) : null
  if (known?.nearest !== undefined && known.nearest.language === language) return known.nearest
  const found = firstThatCount(frames, context)
  if (known !== null) known.nearest = { language, components: found.components, repeats: found.repeats }
  return found
}

function firstThatCount(frames: readonly Frame[], context: FramesContext): Nearest {
  const ofApp = nearestOf(frames, context, 'in_app')
  if (ofApp.components.length > 0) return ofApp
  const plain = nearestOf(frames, context, 'not_machinery')
  return plain.components.length > 0 ? plain : nearestOf(frames, context, 'all')
}

/** Stops where one more that differs would be too many: what is older than that never counts. */
function nearestOf(
  frames: readonly Frame[],
  { language: eventLanguage, images, marks, watch }: FramesContext,
  counts: FramesChoice
): Nearest {
  const seen = watch?.frames(frames, counts)
  const countMax = marks?.maxFrames.get(frames) ?? contributingMax
  let isOfApp = false
  const newestFirst: string[] = []
  const distinct = new Set<string>()
  for (let index = frames.length - 1; index >= 0; index--) {
    const frame = frames[index]
    if (frame === undefined) continue
    const own = marks?.counts.get(frame)
    if (own === false || (own === undefined && counts === 'in_app' && frame.in_app !== true)) {
      seen?.leftOut(index, own === false ? 'left_out_by_rule' : 'not_in_app')
      continue
    }
    const language = languageOf(frame, eventLanguage)
    const parts = partsOf(frame, language)
    if (parts.isMachinery && own === undefined && counts !== 'all') {
      seen?.leftOut(index, 'machinery')
      continue
    }
    const component =
      componentOf(frame, language, parts) || (language === native ? addressComponent(frame, images) : '')
    if (component === '') {
      seen?.leftOut(index, 'says_nothing')
      continue
    }
    if (distinct.size === countMax && !distinct.has(component)) break
    seen?.counted(index, component)
    isOfApp ||= frame.in_app === true
    distinct.add(component)
    newestFirst.push(component)
  }
  // What a rule adds to the frames of the application does not take the place of them.
  if (counts === 'in_app' && !isOfApp) return { components: [], repeats: false }
  return { components: newestFirst.reverse(), repeats: distinct.size < newestFirst.length, seen }
}

/** The newest frame of the application, else the newest that is not machinery, else the newest. */
export function crashFrame(frames: readonly Frame[], eventLanguage: Language | null): Frame | undefined {
  let plain: Frame | undefined
  for (let index = frames.length - 1; index >= 0; index--) {
    const frame = frames[index]
    if (frame === undefined || partsOf(frame, languageOf(frame, eventLanguage)).isMachinery) continue
    if (frame.in_app === true) return frame
    plain ??= frame
  }
  return plain ?? frames.at(-1)
}

export function languageOf(frame: Frame, eventLanguage: Language | null): Language {
  const own = frame.platform
  const language = typeof own === 'string' ? (languageOfPlatform(own) ?? eventLanguage) : eventLanguage
  return frameLanguage(frame, language)
}
