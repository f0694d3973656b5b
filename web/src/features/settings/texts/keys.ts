/** What is said of client keys. */
import { counted } from '../../../lib/format.ts'

export const texts = {
  about: 'Applications send to this project with the DSN of a key. What changes here holds within 5 seconds.',
  new: 'New key',
  none: 'This project has no keys',
  noneAbout: 'Without a key nothing can be sent to it.',
  make: 'Make a key',

  row: {
    unnamed: (start: string) => `Key ${start}`,
    mayBeUsed: (key: string) => `${key} may be used`,
    active: 'active',
    off: 'off',
    noLimit: 'no limit of its own',
    limit: (events: number) => `at most ${counted(events, 'event')} a minute`,
    created: 'created {time}',
    edit: 'Edit',
    editNamed: (key: string) => `Edit ${key}`,
    rotate: 'Rotate',
    rotateNamed: (key: string) => `Rotate ${key}`,
    revoke: 'Revoke',
    revokeNamed: (key: string) => `Revoke ${key}`,
    copyDsn: (key: string) => `Copy the DSN of ${key}`,
    notChanged: 'The key was not changed.'
  },

  use: {
    never: 'Never used.',
    last: 'Last used {time}',
    day: (events: number) => `${counted(events, 'event')} in 24 hours`,
    month: (events: number) => `${counted(events, 'event')} in 30 days`,
    clients: 'Clients that used it',
    unnamed: 'a client without a name'
  },

  dialog: {
    new: 'New client key',
    edit: 'Edit client key',
    label: 'Label',
    labelExample: 'Backend, production',
    labelHint: 'Says who sends with it.',
    limit: 'Limit of this key',
    limitUnit: 'events a minute',
    limitHint: 'Empty leaves the limit of the project alone to hold.',
    make: 'Make the key'
  },

  rotation: {
    title: 'Rotate a key',
    makeNew: 'A new key is made with the same limit, and the date in its label. The old one goes on working.',
    give: 'Give the new DSN to every application that sends.',
    newDsn: 'the new DSN',
    revokeOld: 'Revoke the old key when nothing sends with it any more:',
    make: 'Make the new key',
    revoke: 'Revoke the old key…',
    keep: 'Keep both for now'
  },

  revocation: {
    title: 'Revoke this key?',
    about:
      'Whatever still sends with it is refused from then on, and this cannot be undone. To stop it for a while, ' +
      'switch it off.',
    aboutLast:
      'Whatever still sends with it is refused from then on, and this cannot be undone. To stop it for a while, ' +
      'switch it off. It is the only key: afterwards nothing can be sent to this project.',
    confirm: 'Revoke the key',
    done: 'Revoked. Within 5 seconds nothing can be sent with it.'
  }
}
