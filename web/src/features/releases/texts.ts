/** What several pages of releases say. */
export const texts = {
  archived: 'archived',
  fromEvents: 'from events',
  fromEventsAbout: 'Events name it, and no build has told of it',
  firstSeen: 'first seen {time}',
  issues: 'Issues',
  loadMore: 'Load more'
}
