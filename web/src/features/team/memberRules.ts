/** Who may do what to whom, as the server judges it: said beforehand, so that nobody finds out by a refusal. */
import type { Member, Role } from '../../api/types.ts'
import { mayAs } from '../../lib/workspace.ts'
import { texts } from './texts.ts'

export const roles: readonly Role[] = ['owner', 'admin', 'member']

export const { lastOwner } = texts.rules

function ownersOf(members: readonly Member[]): number {
  return members.filter(({ role }) => role === 'owner').length
}

/** Why the member's role cannot be changed; '' when it can. */
export function whyNoOtherRole(member: Member, mine: Role, members: readonly Member[]): string {
  if (!mayAs(mine, 'admin')) return texts.rules.adminsChange
  if (!mayAs(mine, member.role)) return texts.rules.noneAbove
  return member.role === 'owner' && ownersOf(members) === 1 ? lastOwner : ''
}

/** Why the member cannot be removed, or cannot leave; '' when they can. */
export function whyNotRemoved(member: Member, me: { id: string; role: Role }, members: readonly Member[]): string {
  if (member.role === 'owner' && ownersOf(members) === 1) return lastOwner
  if (member.user_id === me.id) return ''
  if (!mayAs(me.role, 'admin')) return texts.rules.adminsRemove
  return mayAs(me.role, member.role) ? '' : texts.rules.noneAboveRemoved
}

/** What each role may do: rows of the table on the page. */
export const abilities: readonly { what: string; needs: Role }[] = [
  { what: texts.abilities.see, needs: 'member' },
  { what: texts.abilities.triage, needs: 'member' },
  { what: texts.abilities.alerts, needs: 'member' },
  { what: texts.abilities.projects, needs: 'admin' },
  { what: texts.abilities.members, needs: 'admin' },
  { what: texts.abilities.rename, needs: 'admin' },
  { what: texts.abilities.owners, needs: 'owner' },
  { what: texts.abilities.delete, needs: 'owner' }
]
