/** What is said of deletions. */
import { counted } from '../../../lib/format.ts'

export const texts = {
  title: 'Being deleted',
  about: 'Data goes in the background; what is finished is listed for 30 days.',
  label: 'Deletions',
  states: { waiting: 'waiting', removing: 'removing', finished: 'finished' },
  kinds: {
    organization: 'Organization',
    project: 'Project',
    issue: 'Issue of',
    older_than: 'Older events of',
    event: 'An event of',
    person: 'A person in'
  },
  removed: (rows: number) => `${counted(rows, 'row')} removed`,
  finished: 'finished {time}',
  asked: 'asked for {time}'
}
