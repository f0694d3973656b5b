/** The shortcuts that are there on every page. What a page adds, it registers itself with useShortcuts. */
import { useRouter } from 'vue-router'
import { useShortcuts, type Shortcut } from '../lib/hotkeys.ts'
import { lastProject, sidebarCollapsed } from '../lib/preferences.ts'
import { showToast, undoLast } from '../lib/toasts.ts'
import { destinations } from './navigation.ts'
import { texts } from './texts/frame.ts'

export function useGlobalShortcuts({
  openPalette,
  openSheet,
  openRange
}: {
  openPalette: () => void
  openSheet: () => void
  openRange: () => void
}): void {
  const router = useRouter()
  const group = texts.shortcuts.everywhere

  function go(name: string, scope: string): void {
    const { params } = router.currentRoute.value
    const [lastOrg = '', last = ''] = lastProject.value.split('/')
    const org = typeof params.org === 'string' ? params.org : lastOrg
    const project = typeof params.project === 'string' ? params.project : last
    if (org === '' || (scope === 'project' && project === '')) return
    void router.push({ name, params: scope === 'project' ? { org, project } : { org } })
  }

  useShortcuts([
    { keys: 'Mod+k', does: texts.shortcuts.palette, group, run: openPalette },
    { keys: '?', does: texts.shortcuts.sheet, group, run: openSheet },
    { keys: 't', does: texts.shortcuts.range, group, run: openRange },
    {
      keys: '[',
      does: texts.sidebar.fold,
      group,
      run: () => {
        sidebarCollapsed.value = !sidebarCollapsed.value
      }
    },
    {
      keys: 'u',
      does: texts.shortcuts.undo,
      group,
      run: () => {
        if (!undoLast()) showToast({ text: texts.shortcuts.nothingToUndo, stays: 2_000 })
      }
    },
    ...destinations.flatMap(({ keys, label, name, scope }): Shortcut[] =>
      keys === undefined ? [] : [{ keys, does: label, group: texts.shortcuts.goTo, run: () => go(name, scope) }]
    )
  ])
}
