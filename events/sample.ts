/** Which share of the events is kept. The id decides, so an event that is processed again has the same fate. */

export function isSampledIn(id: string, sampleRate: number): boolean {
  if (sampleRate >= 1) return true
  return fractionOf(id) < sampleRate
}

/** Spread evenly over 0 to 1, also for ids that differ in their last digits alone: FNV-1a with a final mix. */
function fractionOf(id: string): number {
  let mixed = 0x811c9dc5
  for (let index = 0; index < id.length; index++) mixed = Math.imul(mixed ^ id.charCodeAt(index), 0x01000193)
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
  return ((mixed ^ (mixed >>> 16)) >>> 0) / 0x1_0000_0000
}
