/** What a person did, in words that follow the name. */
import type { Activity } from '../../../api/types.ts'
import { personName } from '../../../lib/format.ts'
import { untilIn, untilText } from '../changes/archiving.ts'
import { isMembers, textOf } from './eventParts.ts'
import { texts } from './railTexts.ts'

const said = texts.activity

/** One issue by its title, several by their number. */
function issuesOf(list: unknown): string {
  const [first, ...others]: readonly unknown[] = Array.isArray(list) ? list : []
  if (others.length > 0) return said.issues(others.length + 1)
  return isMembers(first) && textOf(first.title) !== '' ? said.issue(textOf(first.title)) : said.anotherIssue
}

function resolvedText(release: string, commit: string): string {
  if (commit === '') return release === '' ? said.resolved : said.resolvedIn(release)
  const short = commit.slice(0, 12)
  return release === '' ? said.resolvedWith(short) : said.resolvedInWith(release, short)
}

export function activityText(
  { kind, data }: Pick<Activity, 'kind' | 'data'>,
  people: readonly { id: string; name: string; email: string }[]
): string {
  const issues = issuesOf(data.issues)
  const until = untilIn(data.until)
  switch (kind) {
    case 'resolved':
      if (data.in_next_release === true) return said.resolvedInNext
      return resolvedText(textOf(data.in_release), textOf(data.in_commit))
    case 'unresolved':
      return said.unresolved
    case 'archived':
      return until === null ? said.archived : said.archivedUntil(untilText(until))
    case 'discarded':
      return said.discarded
    case 'assigned': {
      const given = isMembers(data.assignee) ? data.assignee : { id: data.assignee }
      const person = people.find(({ id }) => id === given.id)
      const known = person === undefined ? textOf(given.name) || textOf(given.email) : personName(person)
      return said.assigned(known || said.somebodyGone)
    }
    case 'unassigned':
      if (!isMembers(data.left)) return said.unassigned
      return said.unassignedGone(textOf(data.left.name) || textOf(data.left.email) || said.whoHadIt)
    case 'merged':
      return said.merged(issues)
    case 'merged_into':
      return said.mergedInto(issues)
    case 'unmerged':
      return said.unmerged(issues)
    case 'unmerged_from':
      return said.unmergedFrom(issues)
    case 'commented':
      return said.commented
    case 'regressed':
      return textOf(data.release) === '' ? said.regressed : said.regressedIn(textOf(data.release))
    case 'event_deleted':
      return said.eventDeleted
    case 'escalated':
      return until === null || until === 'escalating' ? said.escalated : said.cameBack(untilText(until))
  }
}
