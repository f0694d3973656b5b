/** Rows of the list as files: CSV as RFC 4180 has it, for spreadsheets, and a JSON object a line, for programs. */
import type { EventItem } from '../../../api/types.ts'

export const formats = [
  { value: 'csv', type: 'text/csv' },
  { value: 'ndjson', type: 'application/x-ndjson' }
] as const
export type ExportFormat = (typeof formats)[number]['value']

const columns = [
  'received_at',
  'timestamp',
  'level',
  'title',
  'culprit',
  'message',
  'environment',
  'release',
  'user',
  'issue_id',
  'id'
] as const satisfies readonly (keyof EventItem)[]

/** What stands before the first row. */
export function headOf(format: ExportFormat): string {
  return format === 'csv' ? `${columns.join(',')}\r\n` : ''
}

export function linesOf(format: ExportFormat, rows: readonly EventItem[]): string {
  const line =
    format === 'csv'
      ? (row: EventItem): string => `${columns.map(column => cellOf(row[column])).join(',')}\r\n`
      : (row: EventItem): string => `${JSON.stringify(row)}\n`
  return rows.map(line).join('')
}

/** Spreadsheets run what begins like a formula, and events come from anybody: an apostrophe makes it text. */
function cellOf(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
