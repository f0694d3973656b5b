/** The project's settings and keys, and what changes them. */
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed } from 'vue'
import { keys } from '../../api/keys.ts'
import { projects } from '../../api/projects.ts'
import { releases } from '../../api/releases.ts'
import type {
  CodeMappings,
  CodeMappingTrial,
  GroupingRules,
  KeyChange,
  NewKeyBody,
  SettingsChange
} from '../../api/types.ts'
import { showToast } from '../../lib/toasts.ts'
import { words } from '../../lib/words.ts'
import { mayAs, useProject, useWorkspace } from '../../lib/workspace.ts'
import { texts } from './texts/page.ts'

/** The server writes the use of keys down every five seconds. */
const keyUseMs = 10_000

/** Settings are for admins; '' when one is one, else why not. */
export function useWhyNot() {
  const { organization } = useWorkspace()
  return computed(() => (mayAs(organization.value.role, 'admin') ? '' : texts.membersNote))
}

export function useSettings() {
  const project = useProject()
  return useQuery({
    queryKey: computed(() => keys.settings(project.value.id)),
    queryFn: () => projects.settings(project.value.id)
  })
}

export function useSettingsChange() {
  const project = useProject()
  const client = useQueryClient()
  return useMutation({
    mutationFn: (change: SettingsChange) => projects.changeSettings(project.value.id, change),
    onSuccess: settings => {
      client.setQueryData(keys.settings(project.value.id), settings)
      showToast({ tone: 'ok', text: texts.saved })
    }
  })
}

/** Changes nothing: what rules for grouping would do. */
export function useGroupingPreview() {
  const project = useProject()
  return useMutation({ mutationFn: (rules: GroupingRules) => projects.previewGrouping(project.value.id, rules) })
}

export function useStorage() {
  const project = useProject()
  return useQuery({
    queryKey: computed(() => keys.storage(project.value.id)),
    queryFn: () => projects.storage(project.value.id)
  })
}

export function useOnboarding() {
  const project = useProject()
  return useQuery({
    queryKey: computed(() => keys.onboarding(project.value.id)),
    queryFn: () => projects.onboarding(project.value.id)
  })
}

export function useDsnKeys() {
  const project = useProject()
  return useQuery({
    queryKey: computed(() => keys.dsnKeys(project.value.id)),
    queryFn: async () => (await projects.keys(project.value.id)).data,
    refetchInterval: keyUseMs
  })
}

export function useKeyChanges() {
  const project = useProject()
  const { organization } = useWorkspace()
  const client = useQueryClient()
  // The project's own DSN is that of its oldest key, and stands in the snippets.
  const onSuccess = async (): Promise<void> => {
    for (const queryKey of [keys.projects(organization.value.id), keys.onboarding(project.value.id)]) {
      void client.invalidateQueries({ queryKey })
    }
    await client.invalidateQueries({ queryKey: keys.dsnKeys(project.value.id) })
  }
  return {
    create: useMutation({ mutationFn: (body: NewKeyBody) => projects.createKey(project.value.id, body), onSuccess }),
    change: useMutation({
      mutationFn: ({ id, change }: { id: string; change: KeyChange }) =>
        projects.changeKey(project.value.id, id, change),
      onSuccess
    }),
    revoke: useMutation({ mutationFn: (id: string) => projects.deleteKey(project.value.id, id), onSuccess })
  }
}

export function useCodeMappings() {
  const project = useProject()
  return useQuery({
    queryKey: computed(() => keys.codeMappings(project.value.id)),
    queryFn: () => releases.codeMappings(project.value.id)
  })
}

export function useCodeMappingsChange() {
  const project = useProject()
  const client = useQueryClient()
  return useMutation({
    mutationFn: (body: CodeMappings) => releases.changeCodeMappings(project.value.id, body),
    onSuccess: async saved => {
      client.setQueryData(keys.codeMappings(project.value.id), saved)
      showToast({ tone: 'ok', text: words.saved })
      // Links of events and commits are others now.
      await client.invalidateQueries({ queryKey: keys.project(project.value.id) })
      await client.invalidateQueries({ queryKey: ['event'] })
    }
  })
}

/** Changes nothing: what becomes of a path. */
export function useCodeMappingTrial() {
  const project = useProject()
  return useMutation({ mutationFn: (body: CodeMappingTrial) => releases.tryCodeMappings(project.value.id, body) })
}

/** What builds have uploaded, a page at a time. */
export function useArtifacts() {
  const project = useProject()
  return useInfiniteQuery({
    queryKey: computed(() => keys.artifacts(project.value.id)),
    queryFn: ({ pageParam }) => projects.artifacts(project.value.id, pageParam),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: page => page.next_cursor ?? undefined
  })
}

export function useArtifactDeletion() {
  const project = useProject()
  const client = useQueryClient()
  return useMutation({
    mutationFn: (artifact: string) => projects.deleteArtifact(project.value.id, artifact),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.artifacts(project.value.id) })
  })
}
