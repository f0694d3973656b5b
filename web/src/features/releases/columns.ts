/** What the list of releases shows of each; the narrower it is, the less. */
import type { DataColumn } from '../../ui/dataTable.ts'

export const columns: readonly DataColumn[] = [
  { id: 'version', header: 'Release', width: 'minmax(0, 1fr)' },
  { id: 'first', header: 'First event', width: '6rem', from: 1100 },
  { id: 'last', header: 'Last event', width: '6rem', from: 900 },
  { id: 'adoption', header: 'Share of events', width: '8.5rem', from: 640 },
  { id: 'users', header: 'Share of users', width: '8.5rem', from: 820 },
  { id: 'events', header: 'Events', width: '4rem', align: 'end', from: 380 },
  { id: 'new', header: 'New', width: '3rem', align: 'end' },
  { id: 'regressed', header: 'Regressed', width: '4.75rem', align: 'end', from: 520 },
  { id: 'commits', header: 'Commits', width: '4.25rem', align: 'end', from: 980 },
  { id: 'deploys', header: 'Deploys', width: '4rem', align: 'end', from: 1040 },
  { id: 'artifacts', header: 'Uploads', width: '4rem', align: 'end', from: 1180 }
]
