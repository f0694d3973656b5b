/**
 * What the server says against a search, for the field that it was typed into; everything else that fails is for the
 * page to show.
 */
import { ApiError } from './client.ts'

/**
 * The column, from 1, where the server names one; null when it says nothing of the search. `shift` is how many
 * characters were put before what was typed.
 */
export function searchRefusal(error: unknown, shift = 0): { message: string; column: number | null } | null {
  if (!(error instanceof ApiError) || error.status !== 400) return null
  const message = error.errors.find(({ path }) => path === 'query')?.message
  if (message === undefined) return null
  const [, column, rest] = /^column (\d+): (.*)$/s.exec(message) ?? []
  return column === undefined
    ? { message, column: null }
    : { message: `Column ${Number(column) - shift}: ${rest ?? ''}`, column: Number(column) - shift }
}
