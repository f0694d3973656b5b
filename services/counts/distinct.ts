/**
 * How many distinct users a set of events has, told from some of its events: the estimator GEE (Charikar, Chaudhuri,
 * Motwani, Narasayya: Towards Estimation Error Guarantees for Distinct Values, 2000). Who was seen several times is
 * frequent and counts once; who was seen once stands for others.
 */

/** `once` and `several` are users of the `looked` events that have one or more events there. */
export type Looked = { looked: number; once: number; several: number }

/** `of` is how many events there are in all. Exact when all of them were looked at. */
export function distinctOf({ looked, once, several }: Looked, of: number): number {
  if (looked === 0) return 0
  return Math.round(Math.sqrt(Math.max(1, of / looked)) * once) + several
}
