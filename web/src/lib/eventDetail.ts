/** One event with all that is known of it, for panels and drawers that show one by its id. */
import { useQuery } from '@tanstack/vue-query'
import { computed } from 'vue'
import { events } from '../api/events.ts'
import { keys } from '../api/keys.ts'

export function useEventDetail(id: () => string) {
  const {
    data: event,
    error,
    refetch
  } = useQuery({
    queryKey: computed(() => keys.event(id())),
    queryFn: async () => await events.get(id()),
    enabled: () => id() !== '',
    // What was received never changes; its issue's numbers are not looked at here.
    staleTime: Infinity
  })
  return {
    event,
    error,
    refetch,
    markdown: async () => await events.markdown(id()),
    raw: async () => await events.raw(id())
  }
}
