/** The columns of the list, and which of them are shown. Where there is no room, assignee, users and age go first. */
import type { IssueSort } from '../../../api/types.ts'
import type { DataColumn } from '../../../ui/dataTable.ts'
import { texts } from './texts.ts'

type IssueColumn = DataColumn & { sort?: IssueSort }

function columnsOf(trend: string): readonly IssueColumn[] {
  return [
    { id: 'issue', header: texts.columns.issue, width: 'minmax(0, 1fr)' },
    { id: 'project', header: texts.columns.project, width: '8rem', from: 560 },
    { id: 'priority', header: texts.columns.priority, width: '4.5rem', align: 'end', from: 440, sort: 'priority' },
    { id: 'trend', header: texts.columns.trendOf(trend), width: '6.5rem', from: 640, sort: 'trend' },
    { id: 'events', header: texts.columns.events, width: '4.25rem', align: 'end', from: 440, sort: 'events' },
    { id: 'users', header: texts.columns.users, width: '3.75rem', align: 'end', from: 820, sort: 'users' },
    { id: 'age', header: texts.columns.age, width: '3rem', align: 'end', from: 720, sort: 'first_seen' },
    { id: 'seen', header: texts.columns.seen, width: '3rem', align: 'end', sort: 'last_seen' },
    { id: 'assignee', header: texts.columns.assignee, width: '9.25rem', from: 900 },
    { id: 'menu', header: texts.columns.menu, width: '1.75rem', bare: true }
  ]
}

/** What can be left out. The level stands before the title, in no column of its own. */
export const columnOptions = [
  { value: 'level', label: texts.columns.level },
  { value: 'priority', label: texts.columns.priority },
  { value: 'trend', label: texts.columns.trend },
  { value: 'events', label: texts.columns.events },
  { value: 'users', label: texts.columns.users },
  { value: 'age', label: texts.columns.firstSeen },
  { value: 'seen', label: texts.columns.lastSeen },
  { value: 'assignee', label: texts.columns.assignee }
] as const

export type ShownColumns = {
  /** The range of the trends, such as 24h. */
  trend: string
  /** With the project of each issue. */
  ofAll: boolean
  hidden: readonly string[]
  sort: IssueSort
}

/** What the list is sorted by is always among them. */
export function columnsShown({ trend, ofAll, hidden, sort }: ShownColumns): readonly DataColumn[] {
  return columnsOf(trend).filter(
    column => (column.id !== 'project' || ofAll) && (!hidden.includes(column.id) || column.sort === sort)
  )
}
