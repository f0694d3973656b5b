/** What the page of one's account says. */
export const texts = {
  title: 'Account',

  profile: {
    title: 'You',
    name: 'Name',
    nameHint: 'As others see it.',
    save: 'Save the name'
  },

  preferences: {
    title: 'This browser',
    theme: 'Theme',
    themes: { system: 'As the system has it', light: 'Light', dark: 'Dark' },
    zone: 'Times are shown in',
    zoneHint: 'Days of charts begin there, too.',
    zones: { local: (zone: string) => `The time of this browser (${zone})`, utc: 'UTC' },
    editor: 'Open frames in',
    otherEditor: 'Another',
    editorAddress: 'Address of your editor',
    editorAddressHint: 'With {file}, {line} and {column}.',
    folder: 'Folder of the source',
    folderHint: 'Put before paths of frames that are not absolute.',
    singleKeys: 'Shortcuts of one key',
    singleKeysHint: 'Such as j and k in lists. Those with Ctrl or ⌘ are there either way.'
  },

  password: {
    title: 'Password',
    about: 'Changing it ends all your other sessions.',
    present: 'Present password',
    new: 'New password',
    newHint: 'At least 8 characters, and not easy to guess.',
    revokeTokens: 'Revoke all my API tokens too',
    change: 'Change the password',
    changed: 'The password is changed, and all other sessions have ended.'
  },

  tokens: {
    title: 'API tokens',
    about: 'A token may do what its scope and your present role allow.',
    new: 'New token',
    none: 'You have no tokens',
    noneAbout: 'Scripts and other programs use one in place of your password.',
    expiredMark: 'expired',
    created: 'created {time}',
    neverUsed: 'never used',
    lastUsed: 'last used {time}',
    neverExpires: 'does not expire',
    expired: 'expired {time}',
    expires: 'expires {time}',
    revoke: 'Revoke',
    revokeNamed: (name: string) => `Revoke ${name}`,
    revokeTitle: 'Revoke this token?',
    revokeAbout: (name: string) => `Whatever uses “${name}” is refused from then on.`,
    revokeConfirm: 'Revoke the token',
    revoked: 'The token is refused from now on.'
  },

  newToken: {
    title: 'New API token',
    name: 'Name',
    nameExample: 'Deploy script',
    nameHint: 'Says what uses it.',
    scope: 'Scope',
    scopes: {
      read: 'read: sees what you see',
      write: 'write: also changes issues, rules and alerts',
      admin: 'admin: also projects, keys, settings, members',
      ci: 'ci: for builds: releases and source maps, nothing else'
    },
    life: 'Expires after',
    days: (days: string) => `${days} days`,
    year: 'A year',
    noEnd: 'Does not expire',
    make: 'Make the token',
    copy: 'Copy the token now',
    copyAbout: 'It is shown this once: Mesher keeps no more of it than a hash.',
    token: 'token',
    build:
      'Set these variables in your build; the names of the organization and the project stand in the addresses of ' +
      'their pages.',
    buildVariables: 'variables of the build',
    use: 'Send it as `Authorization: Bearer …`',
    copied: 'I have copied it'
  },

  sessions: {
    title: 'Sessions',
    about: 'Where you are logged in.',
    browser: (browser: string, system: string) => `${browser} on ${system}`,
    unknown: 'Unknown program',
    thisOne: 'this one',
    lastUsed: 'last used {time}',
    since: 'since {time}',
    expires: 'expires {time}',
    end: 'End',
    endNamed: (browser: string, address: string) =>
      `End the session of ${browser === '' ? 'an unknown program' : browser} at ${address}`,
    endOthers: 'End all others',
    othersEnded: 'All other sessions have ended.',
    notEnded: 'Not every session was ended.',
    leave: 'Log out everywhere',
    leaveTitle: 'Log out everywhere?',
    leaveAbout: 'Every session of yours ends, this one included. API tokens go on working.',
    notLeft: 'You are still logged in somewhere.'
  },

  danger: {
    title: 'Danger zone',
    delete: 'Delete my account',
    deleteAbout:
      'Sessions, API tokens and memberships end, and your issues are unassigned. What you did and wrote stays, ' +
      'without your name. An organization that you alone own needs another owner first.',
    open: 'Delete my account…',
    question: 'Delete your account?'
  }
}
