/** What the page at hand can do and has no key for: the command palette offers it first. */
import { onScopeDispose, shallowRef } from 'vue'

export type PageCommand = { does: string; /** False while it makes no sense. */ is?: () => boolean; run: () => void }

export const pageCommands = shallowRef<readonly PageCommand[]>([])

export function useCommands(mine: readonly PageCommand[]): void {
  pageCommands.value = [...mine, ...pageCommands.value]
  onScopeDispose(() => {
    pageCommands.value = pageCommands.value.filter(command => !mine.includes(command))
  })
}
