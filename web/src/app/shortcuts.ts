/** The shortcuts that are there on every page. What a page adds, it registers itself with useShortcuts. */
import { useRouter } from 'vue-router'
import { useShortcuts, type Shortcut } from '../lib/hotkeys.ts'
import { lastProject, sidebarCollapsed } from '../lib/preferences.ts'
import { showToast, undoLast } from '../lib/toasts.ts'
import { destinations } from './navigation.ts'

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
  const group = 'Everywhere'

  function go(name: string, scope: string): void {
    const { params } = router.currentRoute.value
    const [lastOrg = '', last = ''] = lastProject.value.split('/')
    const org = typeof params.org === 'string' ? params.org : lastOrg
    const project = typeof params.project === 'string' ? params.project : last
    if (org === '' || (scope === 'project' && project === '')) return
    void router.push({ name, params: scope === 'project' ? { org, project } : { org } })
  }

  useShortcuts([
    { keys: 'Mod+k', does: 'Search, jump, act', group, run: openPalette },
    { keys: '?', does: 'Show the shortcuts', group, run: openSheet },
    { keys: 't', does: 'Choose the time range', group, run: openRange },
    {
      keys: '[',
      does: 'Fold the sidebar',
      group,
      run: () => {
        sidebarCollapsed.value = !sidebarCollapsed.value
      }
    },
    {
      keys: 'u',
      does: 'Undo what was just done',
      group,
      run: () => {
        if (!undoLast()) showToast({ text: 'There is nothing to undo.', stays: 2_000 })
      }
    },
    ...destinations.flatMap(({ keys, label, name, scope }): Shortcut[] =>
      keys === undefined ? [] : [{ keys, does: label, group: 'Go to', run: () => go(name, scope) }]
    )
  ])
}
