import { expect, test } from 'vitest'
import { columnsShown } from './columns.ts'

const asked = { trend: '24h', ofAll: false, hidden: ['priority', 'users'], sort: 'last_seen' } as const

test('what is left out is not there, unless the list is sorted by it', () => {
  const idsOf = (more: Partial<Parameters<typeof columnsShown>[0]>) =>
    columnsShown({ ...asked, ...more }).map(({ id }) => id)
  expect(idsOf({})).toEqual(['issue', 'trend', 'events', 'age', 'seen', 'assignee', 'menu'])
  expect(idsOf({ sort: 'priority', ofAll: true }).slice(0, 3)).toEqual(['issue', 'project', 'priority'])
})
