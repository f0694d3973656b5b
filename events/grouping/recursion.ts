/**
 * Recursion counts once, of one function or of several. Where a trace is hardly anything else (a stack overflow, a deep
 * tree), the functions that repeat count as a set: which of them a trace begins or ends with is chance.
 */

/** Traces shorter than this show no set. */
const deepMin = 20

/** `components` are oldest first. `isOverflow`: what came after the recursion is where the stack happened to end. */
export function withoutRecursion(components: readonly string[], isOverflow: boolean): string[] {
  const counts = new Map<string, number>()
  for (const component of components) counts.set(component, (counts.get(component) ?? 0) + 1)
  const isDeep = components.length >= (isOverflow ? 6 : deepMin) && counts.size * 3 <= components.length
  if (!isDeep) return [...counts.keys()]

  const often = Math.max(2, components.length / (counts.size * 4))
  const repeated = [...counts].filter(([, count]) => count >= often).map(([component]) => component)
  const cycle = repeated.sort()
  return isOverflow ? cycle : [...cycle, ...[...counts.keys()].filter(component => !cycle.includes(component))]
}
