/**
 * Chance that a seed repeats: the same seed gives the same project. Fast before all, and far from being cryptography.
 */

export type Random = {
  /** 0 up to 1, 1 not included. */
  unit: () => number
  /** A whole number from 0 up to `limit`, `limit` not included. */
  below: (limit: number) => number
  /** A UUIDv7 of this millisecond. */
  uuidAt: (ms: number) => string
}

/** Four hex digits for every number of 16 bits. */
const hex4 = Array.from({ length: 0x10000 }, (_, number) => number.toString(16).padStart(4, '0'))

/** SFC32: 128 bits of state, of which `seed` and `stream` give 64. */
export function createRandom(seed: number, stream: number): Random {
  let [a, b, c, counter] = [seed | 0, stream | 0, Math.floor(seed / 2 ** 32) | 0, 1]

  function bits(): number {
    const sum = (a + b + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (((c << 21) | (c >>> 11)) + sum) | 0
    return sum >>> 0
  }

  function uuidAt(ms: number): string {
    const [first, second, third] = [bits(), bits(), bits()]
    const time = ms.toString(16).padStart(12, '0')
    const version = hex(0x7000 | (first & 0xfff))
    const variant = hex(0x8000 | ((first >>> 12) & 0x3fff))
    const rest = `${hex(second >>> 16)}${hex(second & 0xffff)}${hex(third >>> 16)}`
    return `${time.slice(0, 8)}-${time.slice(8)}-${version}-${variant}-${rest}`
  }

  // The first numbers still look like the seed.
  for (let round = 0; round < 20; round++) bits()
  return { unit: () => bits() / 2 ** 32, below: limit => Math.floor((bits() / 2 ** 32) * limit), uuidAt }
}

/** One of them, each as likely as another. */
export function pick<Item>(items: readonly Item[], random: Random): Item {
  return itemAt(items, random.below(items.length))
}

export function itemAt<Item>(items: readonly Item[], index: number): Item {
  const item = items[index]
  if (item === undefined) throw new RangeError(`there is no item ${index} of ${items.length}`)
  return item
}

function hex(number: number): string {
  return hex4[number] ?? ''
}
