/** The columns of the list. Where there is no room, assignee, users, age and trend go first. */
import type { DataColumn } from '../../../ui/dataTable.ts'

export function issueColumns(trend: string, ofAll: boolean): readonly DataColumn[] {
  return [
    { id: 'issue', header: 'Issue', width: 'minmax(0, 1fr)' },
    ...(ofAll ? [{ id: 'project', header: 'Project', width: '8rem', from: 560 }] : []),
    { id: 'trend', header: `Trend, ${trend}`, width: '6.5rem', from: 640 },
    { id: 'events', header: 'Events', width: '4.25rem', align: 'end', from: 440 },
    { id: 'users', header: 'Users', width: '3.75rem', align: 'end', from: 820 },
    { id: 'age', header: 'First', width: '3rem', align: 'end', from: 720 },
    { id: 'seen', header: 'Seen', width: '3rem', align: 'end' },
    { id: 'assignee', header: 'Assignee', width: '9.25rem', from: 900 },
    { id: 'menu', header: 'Actions', width: '1.75rem', bare: true }
  ]
}
