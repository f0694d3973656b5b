/** What the page of the projects says. */
export const texts = {
  settings: 'Organization settings',
  adminsOnly: 'Only admins and owners make projects',
  noneAbout: 'A project takes the errors of one application or service.',
  noneAboutForMembers: 'Ask an admin of the organization to make one.',
  makeFirst: 'Make the first project',

  row: {
    unresolved: 'unresolved',
    events: 'events, 24 h',
    newIssues: 'new today',
    setUp: 'Set up',
    setUpNamed: (project: string) => `Set up ${project}`,
    settings: 'Settings',
    settingsNamed: (project: string) => `Settings of ${project}`
  },

  newProject: {
    title: 'New project',
    about: (organization: string) => `In ${organization}. Usually one application or service.`,
    nameExample: 'Web shop',
    slugExample: 'web-shop',
    make: 'Make the project'
  }
}
