/** What the list of releases shows of each; the narrower it is, the less. */
import type { DataColumn } from '../../../ui/dataTable.ts'
import { texts } from './texts.ts'

export const columns: readonly DataColumn[] = [
  { id: 'version', header: texts.columns.version, width: 'minmax(0, 1fr)' },
  { id: 'first', header: texts.columns.first, width: '6rem', from: 1100 },
  { id: 'last', header: texts.columns.last, width: '6rem', from: 900 },
  { id: 'adoption', header: texts.columns.adoption, width: '8.5rem', from: 640 },
  { id: 'users', header: texts.columns.users, width: '8.5rem', from: 820 },
  { id: 'events', header: texts.columns.events, width: '4rem', align: 'end', from: 380 },
  { id: 'new', header: texts.columns.new, width: '3rem', align: 'end' },
  { id: 'regressed', header: texts.columns.regressed, width: '4.75rem', align: 'end', from: 520 },
  { id: 'commits', header: texts.columns.commits, width: '4.25rem', align: 'end', from: 980 },
  { id: 'deploys', header: texts.columns.deploys, width: '4rem', align: 'end', from: 1040 },
  { id: 'artifacts', header: texts.columns.artifacts, width: '4rem', align: 'end', from: 1180 }
]
