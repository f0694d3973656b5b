/**
 * A first-in-first-out queue in a ring buffer. It doubles when full and frees its memory when it becomes empty after a
 * burst. It is a class because a mesh holds two for each of 100,000 processes: methods are shared, closures would not
 * be.
 */

const slotsMin = 8
const slotsKept = 1024

export class Queue<Item> {
  /** Empty until something is queued, because most processes are idle. Its length is a power of two. */
  #ring: (Item | undefined)[] = []
  #head = 0
  #size = 0

  get size(): number {
    return this.#size
  }

  push(item: Item): void {
    if (this.#size === this.#ring.length) this.#grow()
    this.#ring[(this.#head + this.#size) & (this.#ring.length - 1)] = item
    this.#size += 1
  }

  first(): Item | undefined {
    return this.#size === 0 ? undefined : this.#ring[this.#head]
  }

  shift(): Item | undefined {
    if (this.#size === 0) return undefined
    const item = this.#ring[this.#head]
    this.#ring[this.#head] = undefined
    this.#head = (this.#head + 1) & (this.#ring.length - 1)
    this.#size -= 1
    if (this.#size === 0 && this.#ring.length > slotsKept) this.#letGo()
    return item
  }

  #grow(): void {
    const grown = new Array<Item | undefined>(Math.max(slotsMin, this.#ring.length * 2))
    for (let index = 0; index < this.#size; index++) {
      grown[index] = this.#ring[(this.#head + index) & (this.#ring.length - 1)]
    }
    this.#ring = grown
    this.#head = 0
  }

  #letGo(): void {
    this.#ring = []
    this.#head = 0
  }
}
