/** What the table of an issue's events says, which is loaded when it is opened. */
export const texts = {
  label: 'Events of this issue',
  search: {
    label: 'Search these events',
    example: 'browser:Firefox, user.id:17, timeo*, or words',
    refused: 'This search cannot be understood',
    refusedAbout: 'What is wrong stands under it.',
    environment: 'Environment',
    allEnvironments: 'All environments',
    time: 'Time',
    wholeLife: 'Its whole life'
  },
  noMatch: 'No event of it matches',
  noMatchAbout: 'None of its events is like this.',
  noMatchSoFar: 'As far as was looked, none of its events is like this.',
  furtherBack: 'Look further back',
  showAll: 'Show all of them',
  none: 'No event of it is kept',
  noneAbout: 'They were older than this project keeps events. What was counted stays.',
  columns: {
    time: 'Time',
    event: 'Event',
    level: 'Level',
    environment: 'Environment',
    release: 'Release',
    user: 'User'
  },
  allOf: (user: string) => `All of ${user}`
}
