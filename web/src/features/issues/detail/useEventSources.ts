/** Where the frames of the shown event are in the repository, and which commits are suspect. Asked for after it. */
import { useQuery } from '@tanstack/vue-query'
import { computed, inject, provide, type ComputedRef, type InjectionKey } from 'vue'
import { keys } from '../../../api/keys.ts'
import type { EventSources } from '../../../api/types.ts'
import { placeOf } from './eventParts.ts'

export type FrameLink = EventSources['links'][number]

const linksKey: InjectionKey<ComputedRef<ReadonlyMap<string, FrameLink>>> = Symbol('frame links')

/** Gives the frames below their links, too. */
export function useEventSources(event: () => string | undefined) {
  const query = useQuery({
    queryKey: computed(() => keys.eventSources(event() ?? '')),
    queryFn: async () => (await import('../../../api/afterwards.ts')).afterwards.sourcesOf(event() ?? ''),
    enabled: computed(() => event() !== undefined),
    staleTime: 60_000
  })
  provide(
    linksKey,
    computed(() => new Map((query.data.value?.links ?? []).map(link => [placeOf(link.file, link.line), link])))
  )
  return query
}

/** By their places; none outside of a page that asks for them. */
export function useFrameLinks(): ComputedRef<ReadonlyMap<string, FrameLink>> {
  return inject(
    linksKey,
    computed(() => new Map()),
    true
  )
}
