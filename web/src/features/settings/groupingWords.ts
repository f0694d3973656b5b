/** What a preview of rules for grouping says, in words; where errors of rules stand. */
import { ApiError } from '../../api/client.ts'
import type { GroupingPreview, PreviewedGroup, PreviewedIssue } from '../../api/types.ts'
import { texts } from './texts/grouping.ts'

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
  if (endedBy === 'bytes') return texts.preview.tooMuch(events)
  if (endedBy === 'time') return texts.preview.tooLong(events)
  return endedBy === null ? texts.preview.lookedAtAll(events) : texts.preview.lookedAt(events)
}

export function effectOf({ split, joined, groups_count: count }: PreviewedIssue): string {
  if (split && joined) return texts.effects.splitAndJoined(count)
  if (split) return texts.effects.split(count)
  return joined ? texts.effects.joined : texts.effects.new
}

export function groupInWords({ events, issues_joined: joined, is_new: isNew }: PreviewedGroup): string {
  const group = isNew ? texts.group.new(events) : texts.group.there(events)
  return joined > 1 ? texts.group.together(group, joined - 1) : group
}
