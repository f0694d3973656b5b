import { ApiError } from './client.ts'

/** What the server says against the search, and the column where; null when it says nothing, or something else failed. */
export function searchRefusal (error: unknown): { message: string, column: number | null } | null {
  if (!(error instanceof ApiError) || error.status !== 400) return null
  const message = error.errors.find(({ path }) => path === 'query')?.message
  if (message === undefined) return null
  const [, column, rest] = /^column (\d+): (.*)$/s.exec(message) ?? []
  return column === undefined ? { message, column: null } : { message: `Column ${column}: ${rest ?? ''}`, column: Number(column) }
}
