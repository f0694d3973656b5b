/** What the page of one's organizations says. */
export const texts = {
  title: 'Organizations',
  about: 'An organization has its own projects, members and roles.',
  none: 'You belong to no organization',
  noneAbout: 'Make one, or ask somebody for an invitation to theirs.',
  noneAboutForMembers: 'Ask somebody for an invitation to theirs.',
  make: 'Make an organization',
  adminsOnly: 'Instance admins make new organizations here.',
  teamNamed: (organization: string) => `Team of ${organization}`,
  settings: 'Settings',
  settingsNamed: (organization: string) => `Settings of ${organization}`,

  newOrganization: {
    title: 'New organization',
    about: 'You will be its owner.',
    make: 'Make the organization'
  }
}
