/** What comes after a page is shown, and is loaded by then: deploys in charts, links of frames, suspect commits. */
import { http, type Query } from './client.ts'
import type { Deploy, EventSources, Page } from './types.ts'

export const afterwards = {
  deploys: (project: string, query: Query) => http.get<Page<Deploy>>(`/projects/${project}/deploys`, query),
  sourcesOf: (event: string) => http.get<EventSources>(`/events/${event}/sources`)
}
