/** What the lists of issues say, that of a project and that of all projects. */
import { counted, exact, extrapolatedNote, short } from '../../../lib/format.ts'

export const texts = {
  title: 'Issues',
  titleOfAll: 'All issues',
  newIssues: (count: number) => `${count} new`,
  which: 'Which issues',
  sampled: 'Only the newest events were searched: issues that match by older ones alone are missing.',
  failed: 'The issues could not be loaded',
  loading: 'Issues are being loaded',

  search: {
    label: 'Search issues',
    labelOfAll: 'Search issues of all projects',
    example: 'level:error release:1.4.* browser:Firefox, or words'
  },
  project: 'Project',
  allProjects: 'All projects',
  compactRows: 'Compact rows',
  comfortableRows: 'Comfortable rows',

  tabs: {
    unresolved: 'Unresolved',
    mine: 'For me',
    new: 'New',
    regressed: 'Regressed',
    archived: 'Archived',
    resolved: 'Resolved',
    all: 'All'
  },

  sort: {
    label: 'Sort by',
    by: {
      last_seen: 'Last seen',
      first_seen: 'First seen',
      events: 'Events',
      users: 'Users',
      trend: 'Growth',
      priority: 'Priority'
    }
  },

  columns: {
    label: 'Columns',
    issue: 'Issue',
    project: 'Project',
    level: 'Level',
    priority: 'Priority',
    trend: 'Trend',
    /** `range` is like "24h". */
    trendOf: (range: string) => `Trend, ${range}`,
    range: 'range',
    events: 'Events',
    users: 'Users',
    age: 'First',
    firstSeen: 'First seen',
    seen: 'Seen',
    lastSeen: 'Last seen',
    assignee: 'Assignee',
    menu: 'Actions'
  },

  row: {
    number: (here: number, total: number) => `${exact(here)} here, ${exact(total)} in all`,
    estimated: (here: number, total: number) => `about ${exact(here)} here, ${exact(total)} in all`,
    extrapolated: (here: number, total: number) =>
      `about ${exact(here)} here, about ${exact(total)} in all. ${extrapolatedNote}`,
    events: (count: number) => `${short(count)} ${count === 1 ? 'event' : 'events'}`,
    unassigned: 'Unassigned',
    assign: (issue: string) => `${issue} is unassigned: change`,
    reassign: (issue: string, person: string) => `${issue} is assigned to ${person}: change`
  },

  menu: {
    label: (issue: string) => `Actions for ${issue}`,
    assign: 'Assign…',
    copyLink: 'Copy link'
  },

  priority: {
    label: (issue: string) => `Priority of ${issue}`,
    open: (priority: string, issue: string) => `Priority ${priority} of ${issue}: what it is made of`,
    title: (priority: string) => `Priority ${priority}`,
    rate: 'Rate',
    perDay: (count: number) => `${counted(count, 'event')} a day`,
    users: 'Users',
    userCount: (count: number) => counted(count, 'user'),
    level: 'Level',
    recency: 'Recency',
    /** `ago` is like "3 minutes ago". */
    seen: (ago: string) => `seen ${ago}`,
    times: (factor: string) => `× ${factor}`,
    about: (days: number) =>
      'Rate and users count 1 and one more for each doubling. Each level weighs twice the next. ' +
      `Recency halves every ${days} days.`
  },

  end: {
    failed: 'The next issues could not be loaded.',
    tryAgain: 'Try again',
    coming: (count: number) => `${exact(count)} loaded, more are coming…`,
    all: (count: number) => `${counted(count, 'issue')} in all`
  },

  bulk: {
    label: 'Actions for the selected issues',
    selected: (count: number) => `${exact(count)} selected`,
    allThatMatch: 'All that match',
    selectAll: 'Select all that match',
    noMergeOfAll: 'Select the issues themselves to merge them',
    mergeOfTwo: 'Select at least two',
    clear: 'Clear'
  },

  merge: {
    title: (count: number) => `Merge ${counted(count, 'issue')}`,
    about: 'Their events are counted and shown together from now on. A merge can be undone.',
    into: 'Merge into',
    events: (count: number) => counted(count, 'event'),
    confirm: 'Merge'
  },

  /** `range` is like "in the last 24 hours". */
  empty: {
    refused: 'This search cannot be understood',
    refusedAbout: 'What is wrong stands under it. Terms are written key:value, like level:error or release:1.4.*',
    clearSearch: 'Clear the search',
    noEvents: 'No events yet',
    noEventsAbout: 'Connect an application, or send an event by hand: its issue appears here by itself.',
    connect: 'Connect an application',
    noMatch: 'No issue matches',
    noMatchAbout: (range: string) => `Nothing that was seen ${range} matches these filters.`,
    clear: 'Clear the filters',
    longer: 'Look at the last 90 days',
    done: 'Nothing left to do',
    doneAbout: (range: string) => `No unresolved issue was seen ${range}.`
  },

  saved: {
    title: 'Saved searches',
    none: 'None yet. A star makes one the search that your list begins with.',
    noName: 'Saved',
    everything: 'Everything',
    sharedBy: (person: string) => `Shared by ${person}`,
    beginWith: (name: string) => `Begin with ${name}`,
    notBeginWith: (name: string) => `Do not begin with ${name}`,
    delete: (name: string) => `Delete ${name}`,
    name: 'Save this search as',
    share: 'Share with the organization',
    begin: 'Begin my list with it'
  },

  shortcuts: { group: 'List', resolveIn: 'Resolve in a release or a commit' }
}
