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
import { languageOfPlatform } from './languages/languages.ts'
import { withoutRecursion } from './recursion.ts'

const contributingMax = 30

/** What the event says beside its frames. */
export type FramesContext = { language: Language | null; images: unknown; isOverflow: () => boolean }

type Counts = 'in app' | 'plain' | 'all'

/** Oldest first; empty when no frame has anything to tell. */
export function frameComponents(frames: readonly Frame[], context: FramesContext): string[] {
  const components = nearestComponents(frames, context, 'in app')
  if (components.length > 0) return components
  const plain = nearestComponents(frames, context, 'plain')
  return plain.length > 0 ? plain : nearestComponents(frames, context, 'all')
}

/** Stops where one more that differs would be too many: what is older than that never counts. */
function nearestComponents(
  frames: readonly Frame[],
  { language: eventLanguage, images, isOverflow }: FramesContext,
  counts: Counts
): string[] {
  const newestFirst: string[] = []
  const distinct = new Set<string>()
  for (let index = frames.length - 1; index >= 0; index--) {
    const frame = frames[index]
    if (frame === undefined || (counts === 'in app' && frame.in_app !== true)) continue
    const language = languageOf(frame, eventLanguage)
    const parts = partsOf(frame, language)
    if (parts.isMachinery && counts !== 'all') continue
    const component =
      componentOf(frame, language, parts) || (language === native ? addressComponent(frame, images) : '')
    if (component === '') continue
    if (distinct.size === contributingMax && !distinct.has(component)) break
    distinct.add(component)
    newestFirst.push(component)
  }
  const oldestFirst = newestFirst.reverse()
  return distinct.size === oldestFirst.length ? oldestFirst : withoutRecursion(oldestFirst, isOverflow())
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
