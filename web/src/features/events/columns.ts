/** The columns of the list, the optional ones among them, and the levels that it can be filtered by. */
import type { DataColumn } from '../../ui/dataTable.ts'
import { texts } from './texts.ts'

const columns: readonly DataColumn[] = [
  { id: 'age', header: texts.columns.age, width: '2.25rem' },
  { id: 'time', header: texts.columns.time, width: '7.25rem', from: 640 },
  { id: 'level', header: texts.columns.level, width: '4.75rem' },
  { id: 'title', header: texts.columns.title, width: 'minmax(0, 1fr)' },
  { id: 'environment', header: texts.columns.environment, width: '6.5rem', from: 760 },
  { id: 'release', header: texts.columns.release, width: '8.5rem', from: 900 },
  { id: 'user', header: texts.columns.user, width: '9rem', from: 1080 },
  { id: 'issue', header: texts.columns.issue, width: '1.75rem', align: 'end', bare: true }
]

const kept = ['level', 'title', 'issue']
export const columnOptions = columns
  .filter(({ id }) => !kept.includes(id))
  .map(({ id, header }) => ({ value: id, label: header }))

/** Without a choice all. */
export function columnsShown(chosen: readonly string[]): DataColumn[] {
  return columns.filter(({ id }) => chosen.length === 0 || kept.includes(id) || chosen.includes(id))
}

export const levelOptions = ['fatal', 'error', 'warning', 'info', 'debug'].map(level => ({
  value: level,
  label: level
}))
