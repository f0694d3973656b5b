/**
 * Where pages and lists were scrolled to, by entry of the history: who goes back finds them as they were left. And the
 * keys that scroll (PageDown, Space, End): a page hands them to what scrolls on it until somebody focuses something.
 */
import type { Ref } from 'vue'

const keptMax = 200
const tops = new Map<string, number>()
let [isReturning, isReturn] = [false, false]

/** The browser goes to another entry of the history: the page that comes is come back to. */
export function noteReturn(): void {
  isReturning = true
}

/** A page is there; whether it is come back to counts until the next one. */
export function settleReturn(): void {
  ;[isReturn, isReturning] = [isReturning, false]
}

function keyOf(name: string): string {
  const state: unknown = history.state
  const position = typeof state === 'object' && state !== null && 'position' in state ? String(state.position) : ''
  return `${position} ${location.pathname} ${name}`
}

export type RememberedScroll = {
  keep: (top: number) => void
  /** null: it is not come back to. */ kept: () => number | null
}

/** `name` tells what scrolls from the others on its page. */
export function rememberedScroll(name: () => string): RememberedScroll {
  return {
    keep: top => {
      const key = keyOf(name())
      tops.delete(key)
      tops.set(key, top)
      const oldest = tops.keys().next().value
      if (tops.size > keptMax && oldest !== undefined) tops.delete(oldest)
    },
    kept: () => (isReturn ? (tops.get(keyOf(name())) ?? null) : null)
  }
}

/** Focuses what scrolls, without an outline, unless something has the focus. */
export function takeKeys(element: Readonly<Ref<HTMLElement | null>>): void {
  const { activeElement } = document
  const scroller = element.value
  if (scroller === null || (activeElement !== document.body && activeElement?.id !== 'content')) return
  scroller.dataset.unasked = ''
  scroller.focus({ preventScroll: true })
  scroller.addEventListener('blur', () => delete scroller.dataset.unasked, { once: true })
}
