/** What can be done to issues and what was done, wherever it is done. */
import { counted } from '../../../lib/format.ts'

export const texts = {
  actions: {
    resolve: 'Resolve',
    resolveInNext: 'Resolve in the next release',
    resolveInCurrent: 'Resolve in the current release',
    resolveIn: 'Resolve in a release or a commit…',
    moreWays: 'More ways to resolve',
    unresolve: 'Unresolve',
    archive: 'Archive',
    archiveUntil: 'Archive until…',
    assign: 'Assign',
    merge: 'Merge',
    discard: 'Discard…',
    delete: 'Delete…',
    more: 'More actions'
  },

  issues: (count: number) => counted(count, 'issue'),
  someOf: (count: number, total: number) => `${count} of ${counted(total, 'issue')}`,

  /** `what` is "WEB-17" or "3 issues". */
  done: {
    resolved: (what: string) => `Resolved ${what}`,
    resolvedIn: (where: string, what: string) => `Resolved in ${where}: ${what}`,
    unresolved: (what: string) => `Unresolved: ${what}`,
    archived: (what: string) => `Archived ${what}`,
    archivedUntil: (until: string, what: string) => `Archived ${until}: ${what}`,
    assigned: (person: string, what: string) => `Assigned to ${person}: ${what}`,
    unassigned: (what: string) => `Unassigned ${what}`,
    discarded: (what: string) => `Discarded ${what}`,
    deleted: (what: string) => `Deleted ${what}`,
    merged: (what: string, into: string) => `Merged ${what} into ${into}`,
    unmerged: (count: number) => `Unmerged ${counted(count, 'issue')}`
  },
  /** `done` is one of the above. */
  othersStay: (done: string) => `${done}; the others stay selected.`,
  findsMore: (done: string) => `${done}; the filter finds more: narrow it, and do it again`,
  thenFailed: (done: string) => `${done}, then it failed.`,
  notPutBack: (count: number) => `${counted(count, 'issue')} could not be put back.`,
  notUnmerged: (count: number) => `${counted(count, 'issue')} could not be unmerged.`,
  mergeOfOne: 'Only issues of one project can be merged.',

  where: {
    next_release: 'the next release',
    current_release: 'the current release',
    commit: (id: string) => `commit ${id}`
  },

  /** Follows "archived". */
  until: {
    escalating: 'until it escalates',
    date: (date: string) => `until ${date}`,
    users: (count: number) => `until ${counted(count, 'more user')}`,
    events: (count: number) => `until ${counted(count, 'more event')}`,
    eventsWithin: (count: number, time: string) => `until ${counted(count, 'event')} within ${time}`
  },
  windows: {
    minute: 'a minute',
    hour: 'an hour',
    day: 'a day',
    week: 'a week',
    minutes: (count: number) => counted(count, 'minute')
  }
}
