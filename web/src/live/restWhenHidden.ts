/** A page in a tab that was hidden for a while fetches nothing; once it is visible again it catches up. */
import type { Connection } from './socket.ts'

export const hiddenMs = 5 * 60_000

/** Returns how to stop watching. */
export function restWhenHidden({ rest, wake }: Pick<Connection, 'rest' | 'wake'>): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined

  function look(): void {
    clearTimeout(timer)
    if (document.visibilityState === 'hidden') timer = setTimeout(rest, hiddenMs)
    else wake()
  }

  document.addEventListener('visibilitychange', look)
  return () => {
    clearTimeout(timer)
    document.removeEventListener('visibilitychange', look)
  }
}
