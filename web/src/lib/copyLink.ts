/** Copies the link to a page of the dashboard, and says so. */
import { useClipboard } from '@vueuse/core'
import { useRouter, type RouteLocationRaw } from 'vue-router'
import { showToast } from './toasts.ts'

export function useCopyLink(): (to: RouteLocationRaw, name: string) => Promise<void> {
  const router = useRouter()
  // `legacy`: over plain HTTP the browser keeps its clipboard from the page.
  const { copy } = useClipboard({ legacy: true })
  return async (to, name) => {
    await copy(location.origin + router.resolve(to).href)
    showToast({ text: `Copied the link to ${name}`, tone: 'ok', stays: 2_500 })
  }
}
