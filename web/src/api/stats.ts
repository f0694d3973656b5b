/** The numbers of the overview. `query` holds from, to, and what each of them filters by. */
import { http, type Query } from './client.ts'
import type { Health, LevelCounts, TagValues, TopIssues, Volume } from './types.ts'

const at = (project: string, rest: string) => `/projects/${project}/stats/${rest}`

export const stats = {
  health: (project: string, query: Query) => http.get<Health>(at(project, 'health'), query),
  volume: (project: string, query: Query) => http.get<Volume>(at(project, 'volume'), query),
  levels: (project: string, query: Query) => http.get<LevelCounts>(at(project, 'levels'), query),
  topIssues: (project: string, query: Query) => http.get<TopIssues>(at(project, 'top-issues'), query),
  tagValues: (project: string, key: string, query: Query) =>
    http.get<TagValues>(at(project, `tags/${encodeURIComponent(key)}`), query)
}
