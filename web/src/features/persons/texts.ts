/** What the page of a user of a program says. */
import { counted, exact } from '../../lib/format.ts'

export const texts = {
  about: 'A user of your program, as its events name them.',
  export: 'Export',
  erase: 'Erase…',
  adminsOnly: 'Only admins erase',
  failed: 'The user could not be loaded',
  none: 'No events of this user',
  noneAbout: 'They were erased, or are older than the project keeps events.',

  facts: {
    events: 'Events',
    moreThan: (events: number) => `more than ${exact(events)}`,
    firstSeen: 'First seen',
    lastSeen: 'Last seen',
    feedback: 'Feedback',
    id: 'ID',
    email: 'E-mail',
    username: 'Username',
    address: 'Address'
  },

  issues: {
    title: 'Issues',
    events: (count: number) => counted(count, 'event'),
    last: 'last {time}'
  },

  eraseDialog: {
    title: 'Erase this user?',
    about: 'Their events and feedback in this project go, as if they had never been. This cannot be undone.',
    others: 'Events that say one of these go too',
    kinds: { id: 'id', email: 'e-mail address', username: 'username', ip_address: 'address' },
    confirm: 'Erase',
    begun: 'It is being erased. The page of the organization shows how far that is.'
  }
}
