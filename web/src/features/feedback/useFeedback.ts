/** The inbox of feedback, by state, and what people do to it. No stream tells of feedback: it is asked for again. */
import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/vue-query'
import { computed } from 'vue'
import { keys } from '../../api/keys.ts'
import { projects } from '../../api/projects.ts'
import type { InboxItem } from '../../api/types.ts'
import { showError, showUndo } from '../../lib/toasts.ts'
import { useProject } from '../../lib/workspace.ts'
import { texts } from './texts.ts'

export type Shown = InboxItem['state'] | 'all'

const againMs = 30_000

export function useFeedback(shown: () => Shown) {
  const project = useProject()
  const list = useInfiniteQuery({
    queryKey: computed(() => keys.feedback(project.value.id, shown())),
    queryFn: ({ pageParam }) =>
      projects.feedback(project.value.id, { state: shown() === 'all' ? undefined : shown(), cursor: pageParam }),
    initialPageParam: null as string | null,
    getNextPageParam: page => page.next_cursor,
    refetchInterval: againMs
  })
  return { ...list, rows: computed(() => list.data.value?.pages.flatMap(page => page.data) ?? []) }
}

export function useFeedbackChange() {
  const project = useProject()
  const client = useQueryClient()
  const change = useMutation({
    mutationFn: ({ id, state }: { id: string; state: InboxItem['state'] }) =>
      projects.changeFeedback(project.value.id, id, state),
    onError: error => showError(error, texts.done.failed),
    onSettled: () => client.invalidateQueries({ queryKey: keys.feedbacks(project.value.id) })
  })
  return (item: InboxItem, state: InboxItem['state']): void => {
    change.mutate(
      { id: item.id, state },
      {
        onSuccess: () =>
          showUndo(texts.done[state](item.name || item.email || texts.done.somebody), () =>
            change.mutate({ id: item.id, state: item.state })
          )
      }
    )
  }
}
