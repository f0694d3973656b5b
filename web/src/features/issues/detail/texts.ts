/** What the page of one issue says at once. What is loaded later has its texts beside this file. */
import { counted, exact, extrapolatedNote } from '../../../lib/format.ts'

const tooOld = 'older than this project keeps events.'

export const texts = {
  loading: 'The issue is being loaded',
  failed: 'The issue could not be loaded',
  missing: 'Issue not found',
  missingAbout: 'It was deleted, or never existed in this project.',
  back: 'Back to the issues',
  thisIssue: 'this issue',
  noFurtherIssue: 'There is no further issue in the list that you came from.',

  views: { label: 'What is shown', event: 'Event', events: 'All events' },
  event: {
    noneKept: 'No event of it is kept',
    noneKeptOf: (seen: number) =>
      `${counted(seen, 'event')} of it ${seen === 1 ? 'was' : 'were'} seen; they were ${tooOld}`,
    expired: 'This event is no longer kept',
    expiredAbout: `It was ${tooOld}`,
    showLatest: 'Show the latest event',
    failed: 'The event could not be loaded',
    why: 'Why it is in this issue'
  },
  kept: {
    all: (seen: number) => counted(seen, 'event'),
    some: (kept: number, seen: number) => `${exact(kept)} kept of ${exact(seen)} seen`,
    atLeast: (seen: number, kept: number) => `${counted(seen, 'event')}, at least ${exact(kept)} of them kept`
  },

  header: {
    issues: 'Issues',
    inNextRelease: 'in the next release',
    inRelease: (release: string) => `in ${release}`,
    withCommit: (commit: string) => `with commit ${commit}`,
    withCommitAbout: (commit: string) => `Until a release holds ${commit}, no event brings it back`,
    moreWaysToArchive: 'More ways to archive',
    assignedTo: (person: string) => `Assigned to ${person}: change`,
    copyLink: 'Copy link',
    merge: 'Merge into another…',
    isDiscarded: 'It is discarded',
    unmergeAll: 'Unmerge all',
    events: 'Events',
    eventsAbout: (count: number) => `About ${exact(count)}. ${extrapolatedNote}`,
    users: 'Users',
    firstSeen: 'First seen',
    lastSeen: 'Last seen',
    onlySeenIn: 'Only seen in',
    introducedIn: 'Introduced in',
    lastSeenIn: 'Last seen in'
  },

  timeline: { title: 'Events over time', interval: 'Interval', day: 'By day', hour: 'Last 3 days by hour' },

  bar: {
    label: 'Events of this issue',
    first: 'First event',
    previous: 'Previous event',
    next: 'Next event',
    latest: 'Latest event',
    isFirst: 'This is the first event that is kept.',
    isLatest: 'This is the latest event.',
    way: (name: string, keys: string) => `${name} (${keys})`,
    sampled: (weight: number) => `kept by sampling, counts as ${counted(weight, 'event')}`,
    showNewest: 'Show the newest event',
    copyId: 'Copy event id',
    copyMarkdown: 'Copy as Markdown',
    delete: 'Delete…'
  },

  facts: {
    label: 'Highlights',
    level: 'Level',
    url: 'URL',
    transaction: 'Transaction',
    release: 'Release',
    environment: 'Environment',
    user: 'User',
    browser: 'Browser',
    os: 'OS',
    runtime: 'Runtime',
    server: 'Server',
    logger: 'Logger',
    platform: 'Platform',
    allOf: (user: string) => `All of ${user}`,
    like: (fact: string) => `this ${fact.toLowerCase()}`
  },

  /** Links to events that share a fact. */
  like: {
    inIssue: 'In this issue',
    inIssueWith: (fact: string) => `Events of this issue with ${fact}`,
    everywhere: 'In all events',
    everywhereWith: (fact: string) => `All events with ${fact}`
  },

  thread: 'Thread',

  /** Why a frame shows minified code, and what to do about it. */
  unmapped: {
    no_debug_id: {
      why: 'no debug id and no release',
      remedy:
        'The event names neither a debug id nor a release, so no source map can be found for it. Build with a ' +
        'bundler plugin, or run “sentry-cli sourcemaps inject” before the upload; or give the SDK the release of the ' +
        'upload.'
    },
    not_uploaded: {
      why: 'no source map uploaded',
      remedy:
        'Nothing has been uploaded for this script. Upload it with its map when you build, with the token of the ' +
        'project’s settings. Without debug ids, release, distribution and address must be those of the upload.'
    },
    no_mapping: {
      why: 'no ProGuard mapping uploaded',
      remedy:
        'The names of this build are shortened, and its mapping has not been uploaded. Upload the mapping.txt of ' +
        'this very build with “sentry-cli upload-proguard”.'
    },
    evaluated: {
      why: 'code made at run time',
      remedy:
        'This code was made while the application ran: by eval, new Function, a blob or an injected script, which ' +
        'may have named itself (//# sourceURL). Nothing can be uploaded for it. Load it from a file that the build ' +
        'makes with its map; or, if this is a file, let the SDK send its whole address (see RewriteFrames) or a ' +
        'debug id.'
    },
    no_reference: {
      why: 'uploaded without its map',
      remedy:
        'The script has been uploaded, but neither a map nor a reference to one. Turn source maps on in the bundler, ' +
        'and upload the .map files with the scripts.'
    },
    not_in_map: {
      why: 'place is not in the map',
      remedy:
        'The map has nothing for this line and column: it is of another build, or something changed the script after ' +
        'it was bundled. Upload what is deployed, with debug ids.'
    },
    map_broken: {
      why: 'source map is broken',
      remedy: 'What was uploaded cannot be read as a source map or a mapping. Upload it again from the build.'
    },
    map_too_large: {
      why: 'source map is too large',
      remedy: 'The map has more than 64 MiB, or takes more memory or time than a map may. Split the bundle into chunks.'
    },
    deadline: {
      why: 'source map was not ready in time',
      remedy: 'The map could not be read in time when this event came. Open the event again in a moment.'
    }
  },
  unmappedOtherwise: 'No source map was applied to this frame.',

  commands: { assignToMe: 'Assign to me', unassign: 'Unassign', merge: 'Merge into another issue…' },
  shortcuts: {
    group: 'Issue',
    resolveIn: 'Resolve in a release or a commit',
    copyLink: 'Copy the link',
    nextIssue: 'Next issue of the list',
    previousIssue: 'Previous issue of the list',
    comment: 'Comment',
    frames: 'Frames of the application, or all'
  }
}
