/** What the frame around every page says, and how pages are called. */
export const texts = {
  pages: {
    overview: 'Overview',
    issues: 'Issues',
    issue: 'Issue',
    feedback: 'Feedback',
    events: 'Events',
    releases: 'Releases',
    release: 'Release',
    compare: 'Compare releases',
    user: 'User',
    live: 'Live',
    alerts: 'Alerts',
    settings: 'Settings',
    onboarding: 'Get started',
    allOverview: 'All projects',
    allIssues: 'All issues',
    projects: 'Projects',
    team: 'Team',
    notifications: 'Notifications',
    organization: 'Organization',
    organizations: 'Organizations',
    account: 'Account',
    system: 'System',
    unknown: 'Not found',
    login: 'Log in',
    setup: 'Set up',
    invite: 'Invitation',
    mail: 'Mail'
  },
  partFailed: (why: string) => `A part of this page could not be loaded. Load it again. ${why}`,
  pageFailed: 'This page could not be loaded. Is Mesher running, and the network up?',

  shell: {
    skip: 'Skip to the content',
    navigation: 'Navigation',
    search: 'Search or jump to…',
    unreachable: 'Mesher is not reachable',
    alert: (rule: string) => `Alert: ${rule}`,
    alertOf: (rule: string, issue: string) => `Alert: ${rule}, ${issue}`,
    show: 'Show'
  },

  sidebar: {
    label: 'Main',
    home: 'Mesher: to your issues',
    groups: { organization: 'Organization', anywhere: 'Instance' },
    fold: 'Fold the sidebar',
    unfold: 'Unfold the sidebar'
  },

  switcher: {
    label: 'Projects and organizations',
    project: 'Project:',
    projectNamed: (project: string) => `Project: ${project}`,
    manage: 'Manage projects',
    newProject: 'New project',
    allOrganizations: 'All organizations'
  },

  connection: {
    connecting: { word: 'Connecting', about: 'The live connection is being opened.' },
    live: { word: 'Live', about: 'What you see keeps itself up to date.' },
    retrying: {
      word: 'Reconnecting',
      about: 'The live connection was lost. It is being opened again; until then, figures are fetched every 30 seconds.'
    },
    stale: {
      word: 'Offline',
      about: 'The live connection has been away for over a minute. What you see may be old.'
    }
  },
  outage: 'The live connection to Mesher is lost. What you see may be old; it catches up by itself.',
  tryNow: 'Try now',

  theme: {
    label: 'Theme',
    names: { system: 'As the system', light: 'Light', dark: 'Dark' },
    chosen: { system: 'Theme: as the system', light: 'Theme: light', dark: 'Theme: dark' },
    toLight: 'Light theme',
    toDark: 'Dark theme'
  },

  user: {
    label: 'You',
    named: (person: string) => `You: ${person}`,
    shortcuts: 'Keyboard shortcuts',
    logOut: 'Log out',
    notLoggedOut: 'You are still logged in.'
  },

  shortcuts: {
    everywhere: 'Everywhere',
    goTo: 'Go to',
    palette: 'Search, jump, act',
    sheet: 'Show the shortcuts',
    range: 'Choose the time range',
    undo: 'Undo what was just done',
    nothingToUndo: 'There is nothing to undo.'
  }
}
