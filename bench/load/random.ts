/** Random choices that a seed repeats: load is the same in every run, so that two runs can be compared. */

/** Gives the next number, 0 up to 1 (not included). */
export type Random = () => number

/** Mulberry32: 32 bits of state, good enough to choose words and far from being cryptography. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let bits = Math.imul(state ^ (state >>> 15), state | 1)
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61)
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32
  }
}

export function randomFrom<Item>(items: readonly Item[], random: Random): Item {
  return cycle(items, Math.floor(random() * items.length))
}

/** Item `index` of a list that goes on for ever. */
export function cycle<Item>(items: readonly Item[], index: number): Item {
  const item = items[index % items.length]
  if (item === undefined) throw new RangeError('a list to choose from must not be empty')
  return item
}

/** A copy in random order (Fisher and Yates). */
export function shuffled<Item>(items: readonly Item[], random: Random): Item[] {
  const result = [...items]
  for (let last = result.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1))
    const a = cycle(result, last)
    result[last] = cycle(result, other)
    result[other] = a
  }
  return result
}

/** Spreads a sequence number over 32 bits; different numbers give different results (every step can be undone). */
export function scattered(sequence: number): number {
  let bits = Math.imul(sequence ^ (sequence >>> 16), 0x45d9f3b)
  bits = Math.imul(bits ^ (bits >>> 16), 0x45d9f3b)
  return (bits ^ (bits >>> 16)) >>> 0
}
