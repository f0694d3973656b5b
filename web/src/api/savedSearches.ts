/** Saved searches of issues: own ones and shared ones. */
import { http } from './client.ts'
import type { NewSearch, Page, SavedSearch, SearchChange } from './types.ts'

export const savedSearches = {
  list: (project: string) => http.get<Page<SavedSearch>>(`/projects/${project}/saved-searches`),
  create: (project: string, body: NewSearch) => http.post<SavedSearch>(`/projects/${project}/saved-searches`, body),
  change: (project: string, search: string, body: SearchChange) =>
    http.patch<SavedSearch>(`/projects/${project}/saved-searches/${search}`, body),
  delete: (project: string, search: string) => http.delete(`/projects/${project}/saved-searches/${search}`)
}
