/** What the live page says. */
import { counted, exact } from '../../lib/format.ts'

export const texts = {
  title: 'Live',
  perSecond: '/s',
  rate: (count: number) => `${exact(count)} events in the last second`,
  loading: 'loading',
  count: (count: number) => counted(count, 'event'),
  kept: (max: number) => `The newest ${exact(max)} are kept`,
  dropped: (count: number) => `${exact(count)} not shown`,
  droppedAbout: 'This browser was too slow: the server left them out of its stream. None of them is lost.',
  missed: 'some missed',
  missedAbout: 'The connection was away for too long to be caught up with. All events are in the list of events.',
  olderFailed: 'What came before could not be loaded.',

  filters: {
    areSet: 'Filtered on the server',
    level: 'Level',
    allLevels: 'All levels',
    release: 'Release',
    allReleases: 'All releases',
    clear: 'Clear the filters'
  },

  pause: 'Pause',
  resume: 'Resume',
  clear: 'Clear',
  paused: 'Paused',
  scrolledBack: 'Scrolled back',
  pointedAt: 'Held while you point',
  held: (count: number) => `${exact(count)} held`,

  empty: {
    waiting: 'Waiting for events',
    all: 'What the project receives appears here the moment it is stored.',
    filtered: 'What passes the filters appears here the moment it is stored.',
    notConnected: 'Not connected',
    notConnectedAbout: 'Events appear as soon as the connection is back.'
  },

  rows: {
    section: 'Stream',
    label: 'Live events',
    columns: { time: 'Received', level: 'Level', environment: 'Environment', title: 'Event', release: 'Release' }
  },

  event: { title: 'Event', close: 'Close the event', says: 'What the event says' },

  shortcuts: { pause: 'Pause or resume', older: 'Older event', newer: 'Newer event' }
}
