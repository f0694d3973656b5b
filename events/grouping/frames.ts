/**
 * What of a stack trace tells one bug from another: where the code is (module or file name) and what it is called, both without what
 * compilers, bundlers and runtimes change from build to build. Never lines, columns or absolute paths. Of the frames of the
 * application (of all, if none is known to be) the newest `contributingMax` that differ from the one before count.
 */
import type { Frame } from '../../schema/event.ts'
import { boundedCache } from '../bounded-cache.ts'
import { cleanFileName, cleanModule } from './locations.ts'
import { cleanFunction } from './functions.ts'

const contributingMax = 30
const cacheSize = 5_000

const functionOf = boundedCache(cacheSize, cleanFunction)
const moduleOf = boundedCache(cacheSize, cleanModule)
const fileOf = boundedCache(cacheSize, cleanFileName)

/** Oldest first; empty when no frame has anything to tell. */
export function frameComponents (frames: readonly Frame[]): string[] {
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

function isInApp (frame: Frame): boolean {
  return frame.in_app === true
}

function componentOf ({ module, filename, function: name }: Frame): string {
  const place = module ? moduleOf(module) : filename ? fileOf(filename) : ''
  const called = name ? functionOf(name) : ''
  if (called === '') return place
  return place === '' ? `in ${called}` : `${place} in ${called}`
}
