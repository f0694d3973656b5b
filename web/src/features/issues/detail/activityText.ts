/** What a person did, in words that follow the name. */
import type { Activity } from '../../../api/types.ts'
import { counted, personName } from '../../../lib/format.ts'
import { untilIn, untilText } from '../changes/archiving.ts'
import { isMembers, textOf } from './eventParts.ts'

/** One issue by its title, several by their number. */
function issuesOf(list: unknown): string {
  const [first, ...others]: readonly unknown[] = Array.isArray(list) ? list : []
  if (others.length > 0) return counted(others.length + 1, 'issue')
  return isMembers(first) && textOf(first.title) !== '' ? `“${textOf(first.title)}”` : 'another issue'
}

function resolvedIn(release: string, commit: string): string {
  if (commit === '') return release === '' ? '' : ` in ${release}`
  const short = commit.slice(0, 12)
  return release === '' ? ` with commit ${short}, in the release that holds it` : ` in ${release}, with commit ${short}`
}

export function activityText(
  { kind, data }: Pick<Activity, 'kind' | 'data'>,
  people: readonly { id: string; name: string; email: string }[]
): string {
  const issues = issuesOf(data.issues)
  const until = untilIn(data.until)
  switch (kind) {
    case 'resolved':
      if (data.in_next_release === true) return 'resolved this in the next release'
      return `resolved this${resolvedIn(textOf(data.in_release), textOf(data.in_commit))}`
    case 'unresolved':
      return 'marked this as unresolved'
    case 'archived':
      return until === null ? 'archived this' : `archived this ${untilText(until)}`
    case 'discarded':
      return 'discards its events from now on'
    case 'assigned': {
      const given = isMembers(data.assignee) ? data.assignee : { id: data.assignee }
      const person = people.find(({ id }) => id === given.id)
      const known = person === undefined ? textOf(given.name) || textOf(given.email) : personName(person)
      return `assigned this to ${known || 'somebody who has left'}`
    }
    case 'unassigned':
      if (!isMembers(data.left)) return 'assigned this to nobody'
      return `unassigned this: ${textOf(data.left.name) || textOf(data.left.email) || 'who had it'} has left`
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
      return `saw this again after it was resolved${textOf(data.release) === '' ? '' : `, in ${textOf(data.release)}`}`
    case 'event_deleted':
      return 'deleted an event of this'
    case 'escalated':
      return until === null || until === 'escalating'
        ? 'saw far more of this than usual'
        : `brought this back, which was archived ${untilText(until)}`
  }
}
