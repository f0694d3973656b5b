/** Projects of the organization, what is being deleted, and how both come about. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed } from 'vue'
import { account } from '../../api/account.ts'
import { keys } from '../../api/keys.ts'
import { organizations } from '../../api/organizations.ts'
import type { Deletion, NewProjectBody, Project } from '../../api/types.ts'
import { mayAs, useWorkspace } from '../../lib/workspace.ts'

const pollMs = 3_000

/** Looked at again while anything is under way. */
const whileRemoving = (query: { state: { data?: Deletion[] | undefined } }): number | false =>
  query.state.data?.some(({ state }) => state !== 'finished') === true ? pollMs : false

export function useOrganizationDeletions() {
  const { organization } = useWorkspace()
  return useQuery({
    queryKey: computed(() => keys.deletions(organization.value.id)),
    queryFn: async () => (await organizations.deletions(organization.value.id)).data,
    enabled: computed(() => mayAs(organization.value.role, 'admin')),
    refetchInterval: whileRemoving
  })
}

export function useMyDeletions() {
  return useQuery({
    queryKey: keys.myDeletions,
    queryFn: async () => (await account.deletions()).data,
    refetchInterval: whileRemoving
  })
}

export function useNewProject() {
  const { organization } = useWorkspace()
  const client = useQueryClient()
  return useMutation({
    mutationFn: (body: NewProjectBody) => organizations.createProject(organization.value.id, body),
    onSuccess: ({ keys: _, ...project }) => {
      client.setQueryData<Project[]>(keys.projects(organization.value.id), list => [...(list ?? []), project])
    }
  })
}
