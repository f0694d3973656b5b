/**
 * The issues before and after this one in the list that it was opened from, by keys. Back in the list, the cursor is on
 * the issue that was shown last.
 */
import { watch } from 'vue'
import { useRoute, useRouter } from 'vue-router'
import { useShortcuts } from '../../../lib/hotkeys.ts'
import { issueTrail, neighbourOf } from '../../../lib/issueTrail.ts'
import { showToast } from '../../../lib/toasts.ts'
import type { IssueQuery } from './useIssue.ts'
import { texts } from './texts.ts'

export function useNeighbours(issue: IssueQuery): void {
  const route = useRoute()
  const router = useRouter()

  function go(by: 1 | -1): void {
    const id = neighbourOf(issueTrail.value, issue.data.value?.id ?? issue.issueId.value, by)
    if (id === null) {
      showToast({ text: texts.noFurtherIssue, stays: 2_000 })
      return
    }
    void router.replace({
      name: 'issue',
      params: { org: route.params.org, project: route.params.project, issue: id }
    })
  }

  watch(
    () => issue.data.value?.id,
    id => {
      const trail = issueTrail.value
      if (id !== undefined && trail !== null && trail.ids.includes(id)) issueTrail.value = { ...trail, cursor: id }
    },
    { immediate: true }
  )

  const { group, nextIssue, previousIssue } = texts.shortcuts
  useShortcuts([
    { keys: 'Shift+j', does: nextIssue, group, run: () => go(1) },
    { keys: 'Shift+k', does: previousIssue, group, run: () => go(-1) }
  ])
}
