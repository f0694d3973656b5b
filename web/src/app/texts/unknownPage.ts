/** What is said at an address that leads nowhere. */
export const texts = {
  title: 'There is nothing at this address',
  about: 'It may have been renamed or deleted, or belong to an organization that you are not a member of.',
  toIssues: 'Go to your issues'
}
