/** What the pages of an organization say alike. */
export const texts = {
  projects: 'Projects',
  team: 'Team',
  noProjects: 'There are no projects yet',
  name: 'Name',
  slug: 'Slug',
  slugOfNew: 'Stands in addresses. Left empty, it is made of the name.'
}
