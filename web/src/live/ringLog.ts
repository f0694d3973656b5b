/**
 * The newest `capacity` items, newest first, in constant time for each. Not reactive: the caller says when it has
 * changed.
 */
export type RingLog<Item> = {
  add: (items: readonly Item[]) => void
  /** 0 is the newest. */
  at: (index: number) => Item | undefined
  length: () => number
  clear: () => void
  /** How many were ever added: what an index of the present is in the long run. */
  added: () => number
}

export function ringLog<Item>(capacity: number): RingLog<Item> {
  const slots = new Array<Item | undefined>(capacity)
  let total = 0
  let cleared = 0
  const length = (): number => Math.min(capacity, total - cleared)

  return {
    add: items => {
      for (const item of items) {
        slots[total % capacity] = item
        total += 1
      }
    },
    at: index => (index < 0 || index >= length() ? undefined : slots[(total - 1 - index) % capacity]),
    length,
    clear: () => {
      slots.fill(undefined)
      cleared = total
    },
    added: () => total
  }
}
