/** What the dialogs of changes ask. `what` is "WEB-17", "3 issues" or all that match. */
import { counted } from '../../../../lib/format.ts'

export const texts = {
  allThatMatch: 'all issues that match',

  resolve: {
    title: (what: string) => `Resolve ${what}`,
    kind: 'In',
    kinds: { release: 'a release', commit: 'a commit' },
    about: {
      release: 'Events of this release and of later ones bring it back. The release may be still to come.',
      commit:
        'No event brings it back until a release holds this commit; then events of that release and of later ones do.'
    },
    labels: { release: 'Release', commit: 'Commit' },
    hints: { release: '', commit: 'Its id, or at least the first 7 digits' },
    examples: { release: 'shop@2.0', commit: '4d2f81c' },
    confirm: 'Resolve'
  },

  archive: {
    title: (what: string) => `Archive ${what}`,
    about: 'Archived issues are out of the way, and come back by themselves. Only what comes from now on counts.',
    until: 'Until',
    kinds: {
      escalating: 'it escalates',
      date: 'a date',
      events: 'it had so many more events',
      'events within': 'it has so many events within a time',
      users: 'it had so many more users'
    },
    time: 'Date and time',
    events: 'Events',
    users: 'Users',
    within: 'Within',
    confirm: 'Archive'
  },

  assign: { title: (what: string) => `Assign ${what} to` },

  merge: {
    title: (issue: string) => `Merge ${issue} into another issue`,
    about: 'The events of both are counted and shown together from now on. A merge can be undone.',
    search: 'Search issues',
    searchExample: 'Words of the title, or key:value',
    none: 'No other issue matches.',
    into: 'Merge into',
    events: (count: number) => counted(count, 'event'),
    confirm: 'Merge'
  },

  discard: {
    title: (what: string) => `Discard ${what}?`,
    about: {
      one:
        'Its events are no longer stored, only counted as discarded. What is stored stays. ' +
        'To keep what comes, archive it instead.',
      many:
        'Their events are no longer stored, only counted as discarded. What is stored stays. ' +
        'To keep what comes, archive them instead.'
    },
    confirm: 'Discard'
  },

  delete: {
    title: (what: string) => `Delete ${what}?`,
    about: {
      one:
        'Its events are deleted too, for good. The next event of the same kind makes a new issue. ' +
        'To be rid of noise, archive or discard it instead.',
      many:
        'Their events are deleted too, for good. The next event of the same kind makes a new issue. ' +
        'To be rid of noise, archive or discard them instead.'
    },
    confirm: 'Delete'
  }
}
