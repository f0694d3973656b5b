/**
 * Short notes at the edge of the page. One that can be undone says so for some seconds; one about a failure stays until
 * it is closed.
 */
import { shallowRef } from 'vue'
import { messageOf } from '../api/client.ts'

export type Toast = {
  id: number
  tone: 'neutral' | 'ok' | 'danger'
  text: string
  action?: { label: string; run: () => void }
  /** Milliseconds; Infinity stays. */
  stays: number
}

const shownMax = 4
const undoLabel = 'Undo'
let lastId = 0

export const toasts = shallowRef<readonly Toast[]>([])

export function showToast({ tone = 'neutral', stays = 5_000, ...toast }: Partial<Toast> & { text: string }): number {
  const id = ++lastId
  toasts.value = [...toasts.value, { ...toast, id, tone, stays }].slice(-shownMax)
  return id
}

export function closeToast(id: number): void {
  toasts.value = toasts.value.filter(toast => toast.id !== id)
}

/** "Resolved 3 issues · Undo". */
export function showUndo(text: string, undo: () => void): number {
  return showToast({ text, action: { label: undoLabel, run: undo } })
}

export function showError(error: unknown, what = ''): number {
  return showToast({
    tone: 'danger',
    text: what === '' ? messageOf(error) : `${what} ${messageOf(error)}`,
    stays: Infinity
  })
}

/** Takes back what the newest toast that can be undone tells of; whether there was one. */
export function undoLast(): boolean {
  const toast = toasts.value.findLast(({ action }) => action?.label === undoLabel)
  if (toast?.action === undefined) return false
  closeToast(toast.id)
  toast.action.run()
  return true
}
