/** Who may do what to whom, as the server judges it: said beforehand, so that nobody finds out by a refusal. */
import type { Member, Role } from '../../api/types.ts'
import { mayAs } from '../../lib/workspace.ts'

export const roles: readonly Role[] = ['owner', 'admin', 'member']

export const lastOwner = 'The last owner: make somebody else an owner first, or delete the organization'

function ownersOf(members: readonly Member[]): number {
  return members.filter(({ role }) => role === 'owner').length
}

/** Why the member's role cannot be changed; '' when it can. */
export function whyNoOtherRole(member: Member, mine: Role, members: readonly Member[]): string {
  if (!mayAs(mine, 'admin')) return 'Only admins and owners change roles'
  if (!mayAs(mine, member.role)) return 'Nobody changes a role above their own'
  return member.role === 'owner' && ownersOf(members) === 1 ? lastOwner : ''
}

/** Why the member cannot be removed, or cannot leave; '' when they can. */
export function whyNotRemoved(member: Member, me: { id: string; role: Role }, members: readonly Member[]): string {
  if (member.role === 'owner' && ownersOf(members) === 1) return lastOwner
  if (member.user_id === me.id) return ''
  if (!mayAs(me.role, 'admin')) return 'Only admins and owners remove others'
  return mayAs(me.role, member.role) ? '' : 'Nobody removes a role above their own'
}

/** What each role may do: rows of the table on the page. */
export const abilities: readonly { what: string; needs: Role }[] = [
  { what: 'See issues, events, alerts, settings and members', needs: 'member' },
  { what: 'Triage issues: resolve, archive, assign, merge, delete, comment', needs: 'member' },
  { what: 'Make, change and test alert rules; acknowledge and resolve alerts', needs: 'member' },
  { what: 'Make, change and delete projects, their keys and settings', needs: 'admin' },
  { what: 'Invite, remove and change members up to their own role', needs: 'admin' },
  { what: 'Rename the organization', needs: 'admin' },
  { what: 'Make owners, change and remove owners', needs: 'owner' },
  { what: 'Delete the organization', needs: 'owner' }
]
