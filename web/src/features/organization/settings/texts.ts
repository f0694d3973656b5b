/** What the settings of an organization say. */
import { counted } from '../../../lib/format.ts'

export const texts = {
  title: 'Organization settings',

  about: {
    title: 'About it',
    created: 'Created',
    has: 'Has',
    counts: (members: number, projects: number) => `${counted(members, 'member')}, ${counted(projects, 'project')}`,
    role: 'You are',
    id: 'ID'
  },

  general: {
    title: 'General',
    adminsOnly: 'Only admins and owners rename the organization.',
    slugHint: 'Stands in the addresses of this dashboard.'
  },

  danger: {
    title: 'Danger zone',
    ownersOnly: 'Only owners delete the organization',
    ownersOnlyNote: 'Only owners delete the organization.',
    delete: 'Delete this organization',
    deleteAbout: (projects: number) =>
      `${counted(projects, 'project')} with all events, issues and rules, and every membership. It is gone for ` +
      'everybody at once; the data is removed in the background.',
    open: 'Delete the organization…',
    question: (organization: string) => `Delete ${organization}?`,
    confirm: 'Delete the organization',
    deleted: (organization: string) => `“${organization}” is gone. Its data is being removed.`
  }
}
