/** Events of a project, and one event with everything that is known of it. */
import { http, type Query } from './client.ts'
import type { EventDetail, EventGrouping, EventItem, Page } from './types.ts'

export const events = {
  list: (project: string, query: Query, signal?: AbortSignal) =>
    http.get<Page<EventItem>>(`/projects/${project}/events`, query, signal),
  get: (event: string) => http.get<EventDetail>(`/events/${event}`),
  delete: (event: string) => http.delete(`/events/${event}`),
  grouping: (event: string) => http.get<EventGrouping>(`/events/${event}/grouping`),
  markdown: (event: string) => http.text(`/events/${event}`, { format: 'markdown' }),
  /** As it was stored, without what was reckoned from it. */
  raw: (event: string) => http.get<Record<string, unknown>>(`/events/${event}`, { format: 'raw' })
}
