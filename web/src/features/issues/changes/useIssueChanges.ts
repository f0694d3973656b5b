/**
 * What people do to issues of the list. A change stands in the rows at once, and can be undone for some seconds; what
 * the server refuses is put back, and said. Of many issues as many go in one request as the API takes; what failed
 * stays selected.
 */
import { useQueryClient } from '@tanstack/vue-query'
import { messageOf } from '../../../api/client.ts'
import { issues } from '../../../api/issues.ts'
import { keys } from '../../../api/keys.ts'
import type { BulkBody, Issue, IssueChange } from '../../../api/types.ts'
import { counted } from '../../../lib/format.ts'
import { showError, showToast, showUndo } from '../../../lib/toasts.ts'
import { useProject } from '../../../lib/workspace.ts'
import { dropIssues, patchIssues, type IssuePatch } from '../../../live/patchIssues.ts'
import type { IssueList } from '../list/useIssueList.ts'

export type Person = NonNullable<Issue['assignee']>
export type Change =
  | { kind: 'status'; status: 'resolved' | 'unresolved' | 'archived'; inNextRelease?: boolean }
  | { kind: 'assign'; to: Person | null }
  | { kind: 'discard' }

const idsMax = 1_000

/** "Resolved", "Assigned to Ada": what was done, before how many. */
export function done(change: Change): string {
  switch (change.kind) {
    case 'status':
      return change.inNextRelease === true
        ? 'Resolved in the next release:'
        : { resolved: 'Resolved', unresolved: 'Unresolved:', archived: 'Archived' }[change.status]
    case 'assign':
      return change.to === null
        ? 'Unassigned'
        : `Assigned to ${change.to.name === '' ? change.to.email : change.to.name}:`
    case 'discard':
      return 'Discarded'
  }
}

function bodyOf(change: Change): BulkBody['change'] {
  switch (change.kind) {
    case 'status':
      return {
        status: change.status,
        ...(change.inNextRelease === true ? { resolve_in: 'next_release' as const } : {})
      }
    case 'assign':
      return { assignee: change.to?.id ?? null }
    case 'discard':
      return { discard: true }
  }
}

function patchOf({ id, substatus }: Issue, change: Change): IssuePatch {
  switch (change.kind) {
    case 'status':
      return {
        id,
        status: change.status,
        substatus: change.status === 'unresolved' ? substatus || 'ongoing' : substatus
      }
    case 'assign':
      return { id, assignee: change.to }
    case 'discard':
      return { id, status: 'discarded' }
  }
}

/** The requests that bring issues back to where they were: those that stood alike go together. */
export function undoing(rows: readonly Issue[], change: Change): { ids: string[]; change: IssueChange }[] {
  const groups = new Map<string, { ids: string[]; change: IssueChange }>()
  for (const row of rows) {
    // A discard was no state to come back to by this way: it is ended, as far as can be.
    const before: IssueChange =
      change.kind === 'assign'
        ? { assignee: row.assignee?.id ?? null }
        : { status: row.status === 'resolved' || row.status === 'archived' ? row.status : 'unresolved' }
    const key = JSON.stringify(before)
    const group = groups.get(key) ?? { ids: [], change: before }
    groups.set(key, { ...group, ids: [...group.ids, row.id] })
  }
  return [...groups.values()]
}

/** As many at once as the API takes; after a failure the rest is left. */
async function sendBulk(project: string, ids: readonly string[], change: BulkBody['change']): Promise<Sent> {
  for (let at = 0; at < ids.length; at += idsMax) {
    try {
      await issues.bulk(project, { ids: ids.slice(at, at + idsMax), change })
    } catch (error) {
      return { failed: ids.slice(at), error }
    }
  }
  return { failed: [], error: null }
}

export function useIssueChanges(list: Pick<IssueList, 'moved' | 'stays' | 'bulkFilter'>) {
  const client = useQueryClient()
  const project = useProject()
  const send: Sender['send'] = (ids, change) => sendBulk(project.value.id, ids, change)

  function patch(patches: readonly IssuePatch[]): void {
    patchIssues(client, project.value.id, patches)
  }

  function refresh(): void {
    void client.invalidateQueries({ queryKey: keys.health(project.value.id) })
    void client.invalidateQueries({ queryKey: keys.issueLists(project.value.id), refetchType: 'none' })
    void client.invalidateQueries({ queryKey: keys.anyIssue, refetchType: 'none' })
  }

  async function undo(rows: readonly Issue[], change: Change): Promise<void> {
    const before = rows.map(({ id, status, substatus, assignee }) => ({ id, status, substatus, assignee }))
    patch(before)
    list.moved.remove(rows.map(row => row.id))
    for (const group of undoing(rows, change)) {
      const { failed, error } = await send(group.ids, group.change)
      if (failed.length > 0) showError(error, `${counted(failed.length, 'issue')} could not be put back.`)
    }
    refresh()
  }

  /** Answers the ids of those that it could not be done to. */
  async function apply(rows: readonly Issue[], change: Change): Promise<string[]> {
    patch(rows.map(row => patchOf(row, change)))
    list.moved.add(rows.filter(row => !list.stays({ ...row, ...patchOf(row, change) })).map(row => row.id))
    const { failed, error } = await send(
      rows.map(row => row.id),
      bodyOf(change)
    )
    const changed = rows.filter(row => !failed.includes(row.id))
    if (failed.length > 0) {
      const back = rows.filter(row => failed.includes(row.id))
      patch(back.map(({ id, status, substatus, assignee }) => ({ id, status, substatus, assignee })))
      list.moved.remove(failed)
      showError(
        error,
        changed.length > 0
          ? `${done(change)} ${changed.length} of ${counted(rows.length, 'issue')}; the others stay selected.`
          : ''
      )
    }
    if (changed.length > 0) {
      showUndo(
        `${done(change)} ${changed.length === 1 ? (changed[0]?.short_id ?? '') : counted(changed.length, 'issue')}`,
        () => {
          void undo(changed, change)
        }
      )
    }
    refresh()
    return failed
  }

  /** To everything that the list's filter finds, loaded or not. */
  async function applyToAll(change: Change | { kind: 'delete' }): Promise<void> {
    const filter = list.bulkFilter()
    const body = change.kind === 'delete' ? { delete: true as const } : bodyOf(change)
    const what = change.kind === 'delete' ? 'Deleted' : done(change)
    let count = 0
    let more = true
    try {
      while (more) {
        const answer = await issues.bulk(project.value.id, { filter, change: body })
        count += answer.changed
        more = answer.more
        // What has been changed already is found again where the filter does not exclude it.
        if (answer.changed === 0) break
      }
      showToast({
        text: `${what} ${counted(count, 'issue')}${more ? '; there are more that the filter finds: narrow it, and do it again' : ''}`
      })
    } catch (error) {
      showError(error, count > 0 ? `${what} ${counted(count, 'issue')}, then it failed.` : '')
    }
    refresh()
    await client.resetQueries({ queryKey: keys.issueLists(project.value.id), type: 'active' })
  }

  return { apply, applyToAll, ...useMerges({ refresh, send }) }
}

type Sent = { failed: string[]; error: unknown }
type Sender = { refresh: () => void; send: (ids: readonly string[], change: BulkBody['change']) => Promise<Sent> }

/** What takes issues out of the list for good, or until they are taken out of a merge again. */
function useMerges({ refresh, send }: Sender) {
  const client = useQueryClient()
  const project = useProject()

  async function merge(rows: readonly Issue[], into: Issue): Promise<boolean> {
    const ids = rows.map(row => row.id).filter(id => id !== into.id)
    try {
      const { ids: merged } = await issues.bulk(project.value.id, { ids, change: { merge_into: into.id } })
      dropIssues(client, project.value.id, merged)
      showUndo(`Merged ${counted(merged.length, 'issue')} into ${into.short_id}`, () => {
        void unmerge(merged)
      })
      refresh()
      return true
    } catch (error) {
      showError(error, 'The issues could not be merged.')
      return false
    }
  }

  async function unmerge(ids: readonly string[]): Promise<void> {
    const failures: unknown[] = []
    for (const id of ids) {
      await issues.unmerge(id).catch((error: unknown) => {
        failures.push(error)
      })
    }
    if (failures.length > 0) {
      showError(failures[0], `${counted(failures.length, 'issue')} could not be taken out again.`)
    }
    refresh()
    await client.invalidateQueries({ queryKey: keys.issueLists(project.value.id) })
  }

  /** Answers what went wrong; '' when nothing did. */
  async function remove(rows: readonly Issue[]): Promise<string> {
    const ids = rows.map(row => row.id)
    const { failed, error } = await send(ids, { delete: true })
    const gone = ids.filter(id => !failed.includes(id))
    dropIssues(client, project.value.id, gone)
    refresh()
    if (gone.length > 0) {
      showToast({ text: `Deleted ${gone.length === 1 ? (rows[0]?.short_id ?? '') : counted(gone.length, 'issue')}` })
    }
    return failed.length === 0 ? '' : messageOf(error)
  }

  return { merge, remove }
}
