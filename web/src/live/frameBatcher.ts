/**
 * Gathers what comes in and hands it on at most once per animation frame. Frames do not come in hidden tabs, so what
 * waits is bounded: the oldest goes first, and `flush` is told how many.
 */
export type FrameBatcher<Item> = { push: (items: readonly Item[]) => void; stop: () => void }

export function frameBatcher<Item>(
  flush: (items: Item[], dropped: number) => void,
  {
    cap,
    frame = requestAnimationFrame,
    cancel = cancelAnimationFrame
  }: { cap: number; frame?: (run: () => void) => number; cancel?: (id: number) => void }
): FrameBatcher<Item> {
  let waiting: Item[] = []
  let dropped = 0
  let scheduled: number | null = null

  function run(): void {
    scheduled = null
    const [items, lost] = [waiting, dropped]
    waiting = []
    dropped = 0
    flush(items, lost)
  }

  return {
    push: items => {
      for (const item of items) waiting.push(item)
      // Cut only now and then: moving what stays costs as much as it is long.
      if (waiting.length > cap * 2) {
        dropped += waiting.length - cap
        waiting = waiting.slice(-cap)
      }
      scheduled ??= frame(run)
    },
    stop: () => {
      if (scheduled !== null) cancel(scheduled)
      scheduled = null
      waiting = []
    }
  }
}
