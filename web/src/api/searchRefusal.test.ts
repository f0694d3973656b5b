// Goal: what the server says against a search is told apart from everything else that fails, and where in the text it
// is.
import { expect, it } from 'vitest'
import { ApiError } from './client.ts'
import { searchRefusal } from './searchRefusal.ts'

it('finds the column that the server names', () => {
  const refused = (message: string) =>
    new ApiError(
      { type: '', title: '', status: 400, detail: '', errors: [{ path: 'query', message }] },
      { request: '' }
    )
  expect(searchRefusal(refused('column 4: expected one of a, b'))).toEqual({
    message: 'Column 4: expected one of a, b',
    column: 4
  })
  expect(searchRefusal(refused('holds no word to search for'))).toEqual({
    message: 'holds no word to search for',
    column: null
  })
  expect(searchRefusal(new Error('other'))).toBeNull()
})
