/** What a preview of rules for grouping says, in words; where errors of rules stand. */
import { ApiError } from '../../api/client.ts'
import type { GroupingPreview, PreviewedGroup, PreviewedIssue } from '../../api/types.ts'
import { counted } from '../../lib/format.ts'

export type LineError = { line: number; column: number; message: string }

/** The errors of a text of rules; those without a line stand at its beginning. */
export function lineErrors(error: unknown, fields: readonly string[]): LineError[] {
  if (!(error instanceof ApiError)) return []
  return error.errors
    .filter(({ path }) => fields.includes(path))
    .map(({ line = 1, column = 1, message }) => ({ line, column, message }))
}

/** Where a line and column stand in a text, in characters from its beginning. */
export function placeIn(text: string, { line, column }: Pick<LineError, 'line' | 'column'>): number {
  const lines = text.split(/\r\n|\r|\n/)
  const before = lines.slice(0, line - 1).reduce((sum, each) => sum + each.length + 1, 0)
  return Math.min(text.length, before + Math.min(column - 1, lines[line - 1]?.length ?? 0))
}

export function lookedAt({ events, ended_by: endedBy }: GroupingPreview): string {
  const looked = `Looked at the last ${counted(events, 'event')}`
  if (endedBy === 'bytes') return `${looked}: more would be too much to read.`
  if (endedBy === 'time') return `${looked}: more would take too long.`
  return endedBy === null ? `${looked}: all there are.` : `${looked}.`
}

export function effectOf({ split, joined, groups_count: count }: PreviewedIssue): string {
  if (split && joined) return `Split into ${count}, joined with others`
  if (split) return `Split into ${count}`
  return joined ? 'Joined with others' : 'A new issue for the same events'
}

export function groupInWords({ events, issues_joined: joined, is_new: isNew }: PreviewedGroup): string {
  const where = isNew ? 'a new issue' : 'the issue that is there'
  const others = joined > 1 ? `, together with ${counted(joined - 1, 'other issue')}` : ''
  return `${counted(events, 'event')}, ${where}${others}`
}
