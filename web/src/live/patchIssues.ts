/**
 * What the stream says of issues, put into the rows that are loaded. Rows are found wherever they are cached, keep
 * their place, and stay the same objects when nothing about them is new, so that only what changed is drawn again.
 */
import type { InfiniteData, QueryClient } from '@tanstack/vue-query'
import { keys } from '../api/keys.ts'
import type { Issue, IssueCount, IssueDetail, IssueList } from '../api/types.ts'

export type IssuePages = InfiniteData<IssueList, string | null>
export type IssuePatch = Partial<Omit<Issue, 'project'>> & { id: string }

/**
 * Returns the same pages when no row is concerned. The server tells numbers of whole lives. Those of a row grow by as
 * much where its list goes up to now; with `isNarrow`, by an environment, a release or an end, nobody knows.
 */
export function patchedPages(data: IssuePages, patches: ReadonlyMap<string, IssuePatch>, isNarrow = false): IssuePages {
  let changed = false
  const pages = data.pages.map(page => {
    let pageChanged = false
    const rows = page.data.map(row => {
      const told = patches.get(row.id)
      const patch = told === undefined ? undefined : rowPatch(row, told, isNarrow)
      if (patch === undefined || !says(row, patch)) return row
      pageChanged = true
      return { ...row, ...patch }
    })
    changed ||= pageChanged
    return pageChanged ? { ...page, data: rows } : page
  })
  return changed ? { ...data, pages } : data
}

/** The trend, the priority and what is estimated are of the row's list. */
const ofList = [
  'event_count',
  'user_count',
  'first_seen',
  'last_seen',
  'trend',
  'priority',
  'estimated',
  'users_estimated'
]

function rowPatch(row: Issue, patch: IssuePatch, isNarrow: boolean): IssuePatch {
  const { event_count: events = row.total_event_count, user_count: users = row.total_user_count } = patch
  const said = Object.fromEntries(Object.entries(patch).filter(([name]) => !ofList.includes(name)))
  return {
    ...said,
    id: row.id,
    total_event_count: events,
    total_user_count: users,
    ...(!isNarrow && {
      event_count: row.event_count + Math.max(0, events - row.total_event_count),
      user_count: row.user_count + Math.max(0, users - row.total_user_count),
      last_seen: patch.last_seen ?? row.last_seen
    })
  }
}

/** Of a key of lists, whose last part is the query. */
function isNarrowed(key: readonly unknown[]): boolean {
  const query = key.at(-1)
  if (typeof query !== 'object' || query === null) return false
  return ['environment', 'release', 'to'].some(name => {
    const value: unknown = Reflect.get(query, name)
    return value !== undefined && value !== null && value !== '' && !(Array.isArray(value) && value.length === 0)
  })
}

/** Whether the patch says anything that the row does not. */
function says(row: Omit<Issue, 'project'>, patch: IssuePatch): boolean {
  return Object.entries(patch).some(([name, value]) => JSON.stringify(Reflect.get(row, name)) !== JSON.stringify(value))
}

export function patchIssues(client: QueryClient, project: string, patches: readonly IssuePatch[]): void {
  if (patches.length === 0) return
  const byId = new Map(patches.map(patch => [patch.id, patch]))
  for (const queryKey of [keys.issueLists(project), keys.issuesOfAll]) {
    for (const [key, data] of client.getQueriesData<IssuePages>({ queryKey })) {
      if (data !== undefined) client.setQueryData<IssuePages>(key, patchedPages(data, byId, isNarrowed(key)))
    }
  }
  for (const patch of patches) {
    client.setQueryData<IssueDetail>(keys.issueDetail(patch.id), data =>
      data === undefined || !says(data, patch) ? data : { ...data, ...patch }
    )
  }
}

/** For issues that are gone: their rows go from all lists, the others stay the same objects. */
export function dropIssues(client: QueryClient, project: string, ids: readonly string[]): void {
  const gone = new Set(ids)
  for (const queryKey of [keys.issueLists(project), keys.issuesOfAll]) {
    client.setQueriesData<IssuePages>({ queryKey }, data => (data === undefined ? data : without(data, gone)))
  }
}

function without(data: IssuePages, gone: ReadonlySet<string>): IssuePages {
  if (!data.pages.some(page => page.data.some(row => gone.has(row.id)))) return data
  return {
    ...data,
    pages: data.pages.map(page =>
      page.data.some(row => gone.has(row.id)) ? { ...page, data: page.data.filter(row => !gone.has(row.id)) } : page
    )
  }
}

export function patchOfCount({
  issue_id: id,
  event_count: events,
  user_count: users,
  last_seen: seen
}: IssueCount): IssuePatch {
  return { id, event_count: events, user_count: users, last_seen: seen }
}
