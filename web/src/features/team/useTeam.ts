/** Members and invitations of the organization, and what changes them. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed } from 'vue'
import { keys } from '../../api/keys.ts'
import { organizations } from '../../api/organizations.ts'
import type { Member, NewInviteBody, Page, Role } from '../../api/types.ts'
import { personName } from '../../lib/format.ts'
import { useSession } from '../../lib/session.ts'
import { showError, showToast, showUndo } from '../../lib/toasts.ts'
import { mayAs, useWorkspace } from '../../lib/workspace.ts'
import { texts } from './texts.ts'

export function useMembers() {
  const { organization } = useWorkspace()
  return useQuery({
    queryKey: computed(() => keys.members(organization.value.id)),
    queryFn: () => allMembers(organization.value.id)
  })
}

async function allMembers(org: string): Promise<Member[]> {
  const found: Member[] = []
  let cursor: string | undefined
  do {
    const page: Page<Member> = await organizations.members(org, cursor)
    found.push(...page.data)
    cursor = page.next_cursor ?? undefined
  } while (cursor !== undefined)
  return found
}

export function useInvites() {
  const { organization } = useWorkspace()
  return useQuery({
    queryKey: computed(() => keys.invites(organization.value.id)),
    queryFn: async () => (await organizations.invites(organization.value.id)).data,
    enabled: computed(() => mayAs(organization.value.role, 'admin'))
  })
}

export function useTeamChanges() {
  const { me, organization } = useWorkspace()
  const session = useSession()
  const client = useQueryClient()
  const again = (...queryKeys: (readonly string[])[]) => {
    for (const queryKey of queryKeys) void client.invalidateQueries({ queryKey })
  }
  const membersKey = computed(() => keys.members(organization.value.id))
  const invitesKey = computed(() => keys.invites(organization.value.id))

  async function giveBack({ user_id: user, role }: Member): Promise<void> {
    try {
      await organizations.changeRole(organization.value.id, user, role)
    } catch (error) {
      showError(error, texts.members.roleNotBack)
    } finally {
      again(membersKey.value)
    }
  }

  const changeRole = useMutation({
    mutationFn: ({ member, role }: { member: Member; role: Role }) =>
      organizations.changeRole(organization.value.id, member.user_id, role),
    onMutate: ({ member, role }) => {
      client.setQueryData<Member[]>(membersKey.value, list =>
        list?.map(one => (one.user_id === member.user_id ? { ...one, role } : one))
      )
    },
    onSuccess: async (_, { member, role }) => {
      // Who has lowered their own role may not take it back.
      if (member.user_id === me.value.user.id) await session.began()
      else {
        showUndo(texts.members.hasRole(personName(member), role), () => {
          void giveBack(member)
        })
      }
    },
    onError: error => showError(error, texts.members.roleNotChanged),
    onSettled: () => again(membersKey.value, invitesKey.value)
  })
  const remove = useMutation({
    mutationFn: (member: Member) => organizations.removeMember(organization.value.id, member.user_id),
    onSuccess: (_, member) => {
      showToast({ tone: 'ok', text: texts.members.removed(personName(member)) })
    },
    onSettled: () => again(membersKey.value, invitesKey.value)
  })
  const invite = useMutation({
    mutationFn: (body: NewInviteBody) => organizations.invite(organization.value.id, body),
    onSuccess: () => again(invitesKey.value)
  })
  const revoke = useMutation({
    mutationFn: (id: string) => organizations.revokeInvite(organization.value.id, id),
    onSuccess: () => {
      showToast({ tone: 'ok', text: texts.invites.revoked })
    },
    onError: error => showError(error, texts.invites.notRevoked),
    onSettled: () => again(invitesKey.value)
  })
  return { changeRole, remove, invite, revoke }
}
