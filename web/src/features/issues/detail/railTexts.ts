/** What stands beside the event says: tags, merged and similar issues, activity. It is loaded beside the page. */
import { counted, exact } from '../../../lib/format.ts'

export const texts = {
  label: 'About this issue',

  tags: {
    title: 'Tags of its events',
    counted: (max: number) => `Of its newest ${exact(max)} events; “more” counts all.`,
    more: 'more',
    fewer: 'fewer',
    moreOf: (key: string) => `More values of ${key}`,
    fewerOf: (key: string) => `Fewer values of ${key}`,
    value: (value: string, count: number, total: number) =>
      `${value}: ${exact(count)} of ${exact(total)} events. Shows the issues with it`,
    none: '(none)',
    failed: 'More values could not be counted.',
    sampled: (count: number) => `Of the newest ${exact(count)} events.`
  },

  merged: {
    title: 'Merged issues',
    events: (count: number) => counted(count, 'event'),
    unmerge: 'Unmerge',
    unmergeIt: (issue: string) => `Unmerge ${issue}`
  },

  similar: {
    title: 'Similar issues',
    alike: (percent: number) => `${percent} %`,
    frames: (count: number) => counted(count, 'frame'),
    words: (count: number) => `${counted(count, 'word')} of the title`,
    merge: 'Merge',
    mergeIt: (issue: string) => `Merge ${issue} into this issue`,
    mergeAbout: 'Merge into this issue'
  },

  feed: {
    title: 'Activity',
    comment: 'Comment',
    commentExample: 'What is known, what is being done',
    none: 'Nothing has been done here yet.',
    edited: 'edited',
    change: 'Change the comment',
    edit: 'Edit',
    delete: 'Delete',
    deleteTitle: 'Delete this comment?',
    deleteAbout: 'It is gone for everybody.',
    older: 'Show older'
  },

  /** What a person did: follows the name. `issues` is one issue by its title, or several by their number. */
  activity: {
    resolved: 'resolved this',
    resolvedInNext: 'resolved this in the next release',
    resolvedIn: (release: string) => `resolved this in ${release}`,
    resolvedWith: (commit: string) => `resolved this with commit ${commit}, in the release that holds it`,
    resolvedInWith: (release: string, commit: string) => `resolved this in ${release}, with commit ${commit}`,
    unresolved: 'marked this as unresolved',
    archived: 'archived this',
    /** `until` is like "until it escalates". */
    archivedUntil: (until: string) => `archived this ${until}`,
    discarded: 'discards its events from now on',
    assigned: (person: string) => `assigned this to ${person}`,
    somebodyGone: 'somebody who has left',
    unassigned: 'assigned this to nobody',
    unassignedGone: (person: string) => `unassigned this: ${person} has left`,
    whoHadIt: 'who had it',
    merged: (issues: string) => `merged ${issues} into this`,
    mergedInto: (issues: string) => `merged this into ${issues}`,
    unmerged: (issues: string) => `took ${issues} out of this again`,
    unmergedFrom: (issues: string) => `took this out of ${issues} again`,
    issue: (title: string) => `“${title}”`,
    issues: (count: number) => counted(count, 'issue'),
    anotherIssue: 'another issue',
    commented: 'wrote',
    regressed: 'saw this again after it was resolved',
    regressedIn: (release: string) => `saw this again after it was resolved, in ${release}`,
    eventDeleted: 'deleted an event of this',
    escalated: 'saw far more of this than usual',
    cameBack: (until: string) => `brought this back, which was archived ${until}`
  }
}
