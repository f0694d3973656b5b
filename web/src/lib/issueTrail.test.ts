// Goal: an issue knows its neighbours in the list that one came from, and that there is none at its ends or outside of
// it.
import { expect, it } from 'vitest'
import { neighbourOf } from './issueTrail.ts'

it('goes along the list and no further', () => {
  const trail = { project: '1', address: '/', ids: ['a', 'b', 'c'], cursor: null }
  expect(neighbourOf(trail, 'b', 1)).toBe('c')
  expect(neighbourOf(trail, 'a', -1)).toBeNull()
  expect(neighbourOf(trail, 'c', 1)).toBeNull()
  expect(neighbourOf(trail, 'z', 1)).toBeNull()
  expect(neighbourOf(null, 'a', 1)).toBeNull()
})
