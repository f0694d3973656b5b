/**
 * The tabs over the list of issues: what each asks the API for, and whether an issue that has changed still belongs
 * there.
 */
import type { Issue } from '../../../api/types.ts'
import { eventIdIn, hasOperators, tokensOf } from '../../../lib/searchQuery.ts'
import { texts } from './texts.ts'

export const tabs = [
  { value: 'unresolved', label: texts.tabs.unresolved, status: 'unresolved' },
  { value: 'mine', label: texts.tabs.mine, status: 'unresolved' },
  { value: 'new', label: texts.tabs.new, status: 'unresolved' },
  { value: 'regressed', label: texts.tabs.regressed, status: 'unresolved' },
  { value: 'archived', label: texts.tabs.archived, status: 'archived' },
  { value: 'resolved', label: texts.tabs.resolved, status: 'resolved' },
  { value: 'all', label: texts.tabs.all, status: 'all' }
] as const
export type TabName = (typeof tabs)[number]['value']

export function tabNamed(text: string): TabName {
  return tabs.find(({ value }) => value === text)?.value ?? 'unresolved'
}

const states = ['unresolved', 'resolved', 'archived', 'discarded', 'ignored', 'muted']

/** A search that names a state itself, or nothing but an event, is not kept to the state of the first tab. */
export function namesState(search: string): boolean {
  if (eventIdIn(search) !== null) return true
  return tokensOf(search).some(
    token =>
      token.kind === 'term' &&
      token.key.toLowerCase() === 'is' &&
      states.some(state => token.value.toLowerCase().includes(state))
  )
}

/** What a tab adds to the search stands behind it. */
export type TabFilter = { status?: 'unresolved' | 'archived' | 'resolved' | 'all'; assignee?: 'me'; query: string }

/** By how much the columns that the server names are behind those of the field. */
export function shiftOf(tab: TabName, search: string): number {
  return filterOf(tab, search).query.startsWith(search.trim()) ? 0 : 1
}

export function filterOf(tab: TabName, search: string): TabFilter {
  const query = search.trim()
  if (tab === 'unresolved' && namesState(query)) return { query }
  const { status } = tabs.find(({ value }) => value === tab) ?? tabs[0]
  const state = tab === 'new' || tab === 'regressed' ? `is:${tab}` : ''
  return {
    status,
    ...(tab === 'mine' ? { assignee: 'me' } : {}),
    query: [state !== '' && hasOperators(query) ? `(${query})` : query, state].filter(part => part !== '').join(' ')
  }
}

/** What is known without asking; a search may exclude it all the same. */
export function belongsTo(
  tab: TabName,
  search: string,
  { status, substatus, assignee }: Pick<Issue, 'status' | 'substatus' | 'assignee'>,
  me: string
): boolean {
  const { status: wanted } = filterOf(tab, search)
  if (wanted !== undefined && wanted !== 'all' && status !== wanted) return false
  if (tab === 'mine') return assignee?.id === me
  return (tab !== 'new' && tab !== 'regressed') || substatus === tab
}
