/**
 * What of a stack trace tells one bug from another: where the code is (module or file name) and what it is called, both
 * without what compilers, bundlers and runtimes change from build to build. Never lines, columns or absolute paths. Of
 * the frames of the application (of all, if none is known to be) the newest `contributingMax` that differ from the one
 * before count.
 */
import type { Frame } from '../../../schema/event.ts'
import { cleanFileName, cleanModule } from './locations.ts'
import { cleanFunction } from './functions.ts'

const contributingMax = 30

/**
 * What was made of a frame is remembered by its texts as they came: place, then function. Forgotten whole when it has
 * grown too large.
 */
const componentsRemembered = 20_000
const textCharsMax = 256
const byModule = new Map<string, Map<string, string>>()
const byFile = new Map<string, Map<string, string>>()
let remembered = 0

/** Oldest first; empty when no frame has anything to tell. */
export function frameComponents(frames: readonly Frame[]): string[] {
  const inAppOnly = frames.some(isInApp)
  const newestFirst: string[] = []
  let newer: string | undefined
  for (let index = frames.length - 1; index >= 0 && newestFirst.length < contributingMax; index--) {
    const frame = frames[index]
    if (frame === undefined || (inAppOnly && frame.in_app !== true)) continue
    const component = componentOf(frame)
    if (component === '' || component === newer) continue
    newestFirst.push(component)
    newer = component
  }
  return newestFirst.reverse()
}

function isInApp(frame: Frame): boolean {
  return frame.in_app === true
}

/** '' when the frame has nothing to tell. */
function componentOf({ module, filename, function: name }: Frame): string {
  const [known, place] = module ? [byModule, module] : [byFile, filename ?? '']
  const functions = known.get(place)
  const component = functions?.get(name ?? '')
  if (component !== undefined) return component
  const made = makeComponent(module ? cleanModule(module) : cleanFileName(place), cleanFunction(name ?? ''))
  if (place.length <= textCharsMax && (name?.length ?? 0) <= textCharsMax) remember(known, place, name ?? '', made)
  return made
}

function makeComponent(place: string, called: string): string {
  if (called === '') return place === '' ? '' : `frame ${place}`
  return place === '' ? `frame in ${called}` : `frame ${place} in ${called}`
}

function remember(known: Map<string, Map<string, string>>, place: string, name: string, component: string): void {
  if (remembered >= componentsRemembered) {
    byModule.clear()
    byFile.clear()
    remembered = 0
  }
  const functions = known.get(place)
  if (functions === undefined) known.set(place, new Map([[name, component]]))
  else functions.set(name, component)
  remembered += 1
}
