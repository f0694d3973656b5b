/** What a person did, in words that follow the name. */
import type { Activity } from '../../../api/types.ts'
import { counted, personName } from '../../../lib/format.ts'
import { isMembers, textOf } from './eventParts.ts'

/** One issue by its title, several by their number. */
function issuesOf(list: unknown): string {
  const [first, ...others]: readonly unknown[] = Array.isArray(list) ? list : []
  if (others.length > 0) return counted(others.length + 1, 'issue')
  return isMembers(first) && textOf(first.title) !== '' ? `“${textOf(first.title)}”` : 'another issue'
}

export function activityText(
  { kind, data }: Pick<Activity, 'kind' | 'data'>,
  people: readonly { id: string; name: string; email: string }[]
): string {
  const issues = issuesOf(data.issues)
  switch (kind) {
    case 'resolved':
      return data.in_next_release === true ? 'resolved this in the next release' : 'resolved this'
    case 'unresolved':
      return 'marked this as unresolved'
    case 'archived':
      return 'archived this'
    case 'discarded':
      return 'discards its events from now on'
    case 'assigned': {
      const person = people.find(({ id }) => id === data.assignee)
      return `assigned this to ${person === undefined ? 'somebody who has left' : personName(person)}`
    }
    case 'unassigned':
      return 'assigned this to nobody'
    case 'merged':
      return `merged ${issues} into this`
    case 'merged_into':
      return `merged this into ${issues}`
    case 'unmerged':
      return `took ${issues} out of this again`
    case 'unmerged_from':
      return `took this out of ${issues} again`
    case 'commented':
      return 'wrote'
    case 'regressed':
      return 'saw this again after it was resolved'
    case 'escalated':
      return 'saw far more of this than usual'
  }
}
