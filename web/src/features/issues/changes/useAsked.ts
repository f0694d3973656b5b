/** What is asked before it is done: which dialog is open, about which issues, and what went wrong when it was done. */
import { ref, shallowRef } from 'vue'
import type { Issue } from '../../../api/types.ts'
import type { Changeable } from './change.ts'

export type Asking = 'resolve' | 'archive' | 'assign' | 'merge' | 'discard' | 'delete'
/** A merge among issues of the list chooses by what they are called and count. */
export type Target = Changeable & Pick<Issue, 'title' | 'event_count'>

export function useAsked() {
  const asking = ref<Asking | null>(null)
  const targets = shallowRef<readonly Target[]>([])
  const busy = ref(false)
  const wrong = ref('')

  function ask(what: Asking, issues: readonly Target[]): void {
    targets.value = issues
    wrong.value = ''
    asking.value = what
  }

  /** Closes the dialog once it is done; what went wrong stands in it. Returns whether it was done. */
  async function confirm(run: (issues: readonly Target[]) => Promise<string>): Promise<boolean> {
    busy.value = true
    wrong.value = await run(targets.value)
    busy.value = false
    if (wrong.value !== '') return false
    asking.value = null
    return true
  }

  function close(): void {
    asking.value = null
  }

  return { asking, targets, busy, wrong, ask, confirm, close }
}

export type Asked = ReturnType<typeof useAsked>
