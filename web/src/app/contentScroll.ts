/**
 * How the content below the header scrolls: a new page begins at its top, a page that one comes back to where it was
 * left, and the keys that scroll are the page's as long as nothing has the focus.
 */
import { useEventListener, useMutationObserver } from '@vueuse/core'
import { nextTick, onMounted, onScopeDispose, type Ref } from 'vue'
import { useRouter } from 'vue-router'
import { rememberedScroll, takeKeys } from '../lib/scrolling.ts'

/** A page that has not grown to where it was left by then has become another. */
const growMs = 2_000

export function useContentScroll(content: Readonly<Ref<HTMLElement | null>>): void {
  const router = useRouter()
  const place = rememberedScroll(() => '')
  let [aim, growsUntil]: [number | null, number] = [null, 0]

  /** What is loaded after the page makes it longer: it is tried again until it fits. */
  function follow(): void {
    if (aim === null || content.value === null) return
    content.value.scrollTop = aim
    if (Math.abs(content.value.scrollTop - aim) < 1 || Date.now() > growsUntil) aim = null
  }
  const letGo = (): void => {
    aim = null
  }
  useMutationObserver(content, follow, { childList: true, subtree: true })
  useEventListener(['wheel', 'pointerdown', 'keydown'], letGo, { passive: true })
  useEventListener(
    content,
    'scroll',
    ({ target }) => {
      if (aim === null && target instanceof HTMLElement) place.keep(target.scrollTop)
    },
    { passive: true }
  )

  onMounted(() => takeKeys(content))
  onScopeDispose(
    router.afterEach((to, from) => {
      const isElsewhere = to.path !== from.path
      ;[aim, growsUntil] = [place.kept() ?? (isElsewhere ? 0 : null), Date.now() + growMs]
      void nextTick(() => {
        takeKeys(content)
        follow()
      })
    })
  )
}
