/** What the page of one release says. */
import { counted, exact, percent } from '../../../lib/format.ts'

export const texts = {
  compare: 'Compare with the one before',
  compareAbout: (previous: string) => `What is different from ${previous}`,
  archive: 'Archive',
  archiveAbout: 'It is hidden in lists then; nothing is removed',
  openAgain: 'Open again',
  archived: (version: string) => `${version} is archived.`,
  opened: (version: string) => `${version} is open again.`,
  missing: 'There is no such release',
  missingAbout: 'No event names it, and no build has made it.',
  all: 'All releases',

  facts: {
    firstSeen: 'First seen {time}',
    released: 'Released {time}',
    lastEvent: 'Last event {time}',
    previous: 'Previous {release}',
    page: 'Its page',
    showAllTime: 'Show all of its time'
  },

  figures: {
    events: 'Events',
    users: 'Users',
    usersUnknown: 'not known',
    share: (part: string) => `${part} of all`,
    newIssues: 'New issues',
    newIssuesAbout: 'began with it',
    regressed: 'Regressed',
    regressedAbout: 'came back in it',
    resolved: 'Resolved',
    resolvedAbout: 'resolved in it',
    commits: 'Commits',
    authors: (count: number) => counted(count, 'author'),
    deploys: 'Deploys',
    uploads: 'Uploads',
    uploadsAbout: 'source maps'
  },

  charts: {
    events: 'Events over time',
    /** `about` is "≈" or nothing, `range` is like "in the last 24 hours". */
    count: (about: string, count: number, range: string) => `${about}${counted(count, 'event')} ${range}`,
    eventsOf: (version: string) => `Events of ${version}`,
    adoption: 'Adoption',
    adoptionAbout: 'Its share of all events of the project',
    shareOf: (version: string) => `Share of ${version}`
  },

  share: {
    whole: '100%',
    none: 'no events',
    /** `about` is "≈" or nothing. */
    part: (about: string, part: number, of: number) =>
      `${percent(part, of)}, ${part > 0 ? about : ''}${exact(part)} of ${about}${exact(of)} events`,
    latest: (part: number, of: number) => `${percent(part, of)} at last`,
    summary: (label: string, latest: string) => `${label}: ${latest}`,
    bar: (time: string, part: string) => `${time}: ${part}`,
    markedBar: (time: string, part: string, mark: string) => `${time}: ${part}; ${mark}`,
    from: 'From',
    column: 'Share',
    deploys: 'Deploys'
  },

  issues: {
    ofRelease: 'Issues of the release',
    tabs: { new: 'New', regressed: 'Regressed', resolved: 'Resolved' },
    none: {
      new: 'No issue began with this release.',
      regressed: 'No issue came back in this release.',
      resolved: 'No issue is resolved in this release.'
    },
    count: (events: number, users: number) => `${counted(events, 'event')}, ${counted(users, 'user')}`
  },

  commits: {
    title: 'Commits',
    count: (count: number) => counted(count, 'commit'),
    countOf: (count: number, authors: string) => `${counted(count, 'commit')} of ${authors}`,
    author: (name: string, commits: number) => `${name} (${commits})`,
    moreAuthors: (authors: string, more: number) => `${authors} and ${more} more`,
    none: 'Nobody told which commits it holds. With them, issues show the commits that may have caused them.',
    how: 'how to tell the commits',
    noMessage: 'No message',
    nobody: 'Nobody named',
    files: (count: number) => counted(count, 'file'),
    open: (sha: string) => `Open ${sha} in its repository`
  },

  environments: {
    title: 'Environments',
    none: 'No event in this range, and no deploy.',
    count: (events: number) => counted(events, 'event'),
    unnamed: 'without one',
    deployed: 'deployed {time}'
  },

  deploys: {
    title: 'Deploys',
    newest: (of: number) => `The newest of ${counted(of, 'deploy')}`,
    none: 'Nobody told of a deploy: {command}',
    page: 'its page',
    took: (time: string) => `took ${time}`
  }
}
