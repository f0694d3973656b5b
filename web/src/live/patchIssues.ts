/**
 * What the stream says of issues, put into the rows that are loaded. Rows are found wherever they are cached, keep
 * their place, and stay the same objects when nothing about them is new, so that only what changed is drawn again.
 */
import type { InfiniteData, QueryClient } from '@tanstack/vue-query'
import { keys } from '../api/keys.ts'
import type { Issue, IssueCount, IssueDetail, IssueList } from '../api/types.ts'

export type IssuePages = InfiniteData<IssueList, string | null>
export type IssuePatch = Partial<Issue> & { id: string }

/** Returns the same pages when no row is concerned. */
export function patchedPages(data: IssuePages, patches: ReadonlyMap<string, IssuePatch>): IssuePages {
  let changed = false
  const pages = data.pages.map(page => {
    let pageChanged = false
    const rows = page.data.map(row => {
      const patch = patches.get(row.id)
      if (patch === undefined || !says(row, patch)) return row
      pageChanged = true
      return { ...row, ...patch }
    })
    changed ||= pageChanged
    return pageChanged ? { ...page, data: rows } : page
  })
  return changed ? { ...data, pages } : data
}

/** Whether the patch says anything that the row does not. */
function says(row: Issue, patch: IssuePatch): boolean {
  return Object.entries(patch).some(([name, value]) => JSON.stringify(Reflect.get(row, name)) !== JSON.stringify(value))
}

export function patchIssues(client: QueryClient, project: string, patches: readonly IssuePatch[]): void {
  if (patches.length === 0) return
  const byId = new Map(patches.map(patch => [patch.id, patch]))
  client.setQueriesData<IssuePages>({ queryKey: keys.issueLists(project) }, data =>
    data === undefined ? data : patchedPages(data, byId)
  )
  for (const patch of patches) {
    client.setQueryData<IssueDetail>(keys.issueDetail(patch.id), data =>
      data === undefined || !says(data, patch) ? data : { ...data, ...patch }
    )
  }
}

/** For issues that are gone: their rows go from all lists, the others stay the same objects. */
export function dropIssues(client: QueryClient, project: string, ids: readonly string[]): void {
  const gone = new Set(ids)
  client.setQueriesData<IssuePages>({ queryKey: keys.issueLists(project) }, data => {
    if (data === undefined || !data.pages.some(page => page.data.some(row => gone.has(row.id)))) return data
    return {
      ...data,
      pages: data.pages.map(page =>
        page.data.some(row => gone.has(row.id)) ? { ...page, data: page.data.filter(row => !gone.has(row.id)) } : page
      )
    }
  })
}

export function patchOfCount({
  issue_id: id,
  event_count: events,
  user_count: users,
  last_seen: seen
}: IssueCount): IssuePatch {
  return { id, event_count: events, user_count: users, last_seen: seen }
}
