/** What the page of the team says. */
import { counted } from '../../lib/format.ts'

export const texts = {
  title: 'Team',
  settings: 'Organization settings',
  invite: 'Invite',
  adminsInvite: 'Only admins and owners invite',

  rules: {
    lastOwner: 'The last owner: make somebody else an owner first, or delete the organization',
    adminsChange: 'Only admins and owners change roles',
    noneAbove: 'Nobody changes a role above their own',
    adminsRemove: 'Only admins and owners remove others',
    noneAboveRemoved: 'Nobody removes a role above their own',
    note: (rule: string) => `${rule}.`
  },

  members: {
    title: 'Members',
    count: (members: number) => counted(members, 'member'),
    you: 'you',
    since: (day: string) => `since ${day}`,
    role: (person: string) => `Role of ${person}`,
    leave: 'Leave',
    leaveAll: 'Leave the organization',
    leaveTitle: (organization: string) => `Leave ${organization}?`,
    leaveAbout: (organization: string) =>
      `You see nothing of ${organization} any more, at once. Issues that are assigned stay so; what was done stays ` +
      'in the history.',
    remove: 'Remove',
    removeNamed: (person: string) => `Remove ${person}`,
    removeTitle: (person: string) => `Remove ${person}?`,
    removeAbout: (organization: string) =>
      `They see nothing of ${organization} any more, at once. Issues that are assigned stay so; what was done stays ` +
      'in the history.',
    removed: (person: string) => `${person} is no member any more.`,
    hasRole: (person: string, role: string) => `${person} is ${role} now.`,
    roleNotChanged: 'The role was not changed.',
    roleNotBack: 'The role was not changed back.'
  },

  invites: {
    title: 'Invitations',
    none: 'Nobody is invited',
    noneAbout: 'An invitation is a link that you hand over yourself: no mail server is needed.',
    make: 'Invite somebody',
    expired: 'expired',
    invited: 'invited {time}',
    invitedBy: 'invited by {person} {time}',
    ranOut: 'ran out {time}',
    runsOut: 'runs out {time}',
    revoke: 'Revoke',
    revokeNamed: (email: string) => `Revoke the invitation of ${email}`,
    aboveOwn: 'It invites to a role above your own',
    revoked: 'The invitation has ended: its link is worth nothing any more.',
    notRevoked: 'The invitation was not ended.'
  },

  newInvite: {
    title: 'Invite somebody',
    about: (organization: string) => `To ${organization}.`,
    email: 'E-mail address',
    emailHint:
      'No mail is sent: you get a link to hand over. It takes the place of earlier invitations of the address.',
    role: 'Role',
    roles: {
      member: 'Triages issues and makes alert rules.',
      admin: 'Also makes projects, changes settings and invites.',
      owner: 'May do everything, also delete the organization.'
    },
    make: 'Make the link',
    made: 'Hand over this link',
    madeAbout: (email: string, role: string, end: string) =>
      `It lets ${email} join as ${role}, once, until ${end}. It is not shown again.`,
    link: 'invitation link',
    another: 'Invite another',
    done: 'Done'
  },

  abilities: {
    title: 'What each role may do',
    may: 'May',
    yes: 'yes',
    no: 'no',
    see: 'See issues, events, alerts, settings and members',
    triage: 'Triage issues: resolve, archive, assign, merge, delete, comment',
    alerts: 'Make, change and test alert rules; acknowledge and resolve alerts',
    projects: 'Make, change and delete projects, their keys and settings',
    members: 'Invite, remove and change members up to their own role',
    rename: 'Rename the organization',
    owners: 'Make owners, change and remove owners',
    delete: 'Delete the organization'
  }
}
