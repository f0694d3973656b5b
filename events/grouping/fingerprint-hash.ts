/**
 * The fingerprint of components. Most events have the components of one before, so fingerprints are remembered in a
 * table of fixed size: to compare texts that are mostly the very same objects takes a fifth of hashing them.
 */
import { hash } from 'node:crypto'
import type { Grouping } from '../../schema/pipeline.ts'

/** What v1/ has made before has a version of its own. */
export const version = 'mesher:2'

type Known = { rule: string; components: readonly string[]; fingerprint: string }

const placesCount = 4_096
const rememberedCharsMax = 2_000
const places = new Array<Known | undefined>(placesCount).fill(undefined)

/**
 * Lengths before the components, so that no other cut of the same text has the same hash. A fingerprint is the same
 * from a client and from a rule.
 */
export function fingerprintOf(decidedBy: Grouping['rule'], components: readonly string[]): string {
  const rule = decidedBy === 'custom_rule' ? 'custom' : decidedBy
  const place = placeOf(components)
  const known = places[place]
  if (known !== undefined && known.rule === rule && areSame(known.components, components)) return known.fingerprint
  let text = `${version.length}:${version}${rule.length}:${rule}`
  for (const component of components) text += `${component.length}:${component}`
  const fingerprint = hash('sha256', text, 'hex')
  if (text.length <= rememberedCharsMax) places[place] = { rule, components, fingerprint }
  return fingerprint
}

function placeOf(components: readonly string[]): number {
  let sum = components.length
  for (const component of components) {
    sum = (Math.imul(sum, 31) + component.length * 7 + component.charCodeAt(component.length - 1)) | 0
  }
  return (sum ^ (sum >>> 12)) & (placesCount - 1)
}

function areSame(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((component, index) => component === b[index])
}
