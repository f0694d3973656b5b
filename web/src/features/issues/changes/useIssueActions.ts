/**
 * What people do to the issue on the page: at once in what is shown, put back when the server refuses it, and undone as
 * long as that is offered.
 */
import { useQueryClient } from '@tanstack/vue-query'
import { ref, type ComputedRef } from 'vue'
import { messageOf } from '../../../api/client.ts'
import { issues } from '../../../api/issues.ts'
import { keys } from '../../../api/keys.ts'
import type { Issue, IssueChange, IssueDetail } from '../../../api/types.ts'
import { counted, personName } from '../../../lib/format.ts'
import { showError, showToast, showUndo } from '../../../lib/toasts.ts'
import { dropIssues, patchIssues, type IssuePatch } from '../../../live/patchIssues.ts'

export type Person = NonNullable<Issue['assignee']>
export type Asking = 'assign' | 'merge' | 'discard' | 'delete'

type Ways = { onGone: () => void; onMerged: (into: string) => void }

export function useIssueActions(issue: ComputedRef<IssueDetail | undefined>, ways: Ways) {
  const client = useQueryClient()
  function refresh({ id, project }: IssueDetail): void {
    void client.invalidateQueries({ queryKey: keys.issue(id) })
    void client.invalidateQueries({ queryKey: keys.issueLists(project.id), refetchType: 'none' })
    void client.invalidateQueries({ queryKey: keys.health(project.id) })
  }

  async function send(
    body: IssueChange,
    patch: Omit<IssuePatch, 'id'>,
    said: string,
    undo: IssueChange
  ): Promise<void> {
    const now = issue.value
    if (now === undefined) return
    const { status, substatus, assignee } = now
    patchIssues(client, now.project.id, [{ id: now.id, ...patch }])
    try {
      const changed = await issues.change(now.id, body)
      // Its trend is of other hours than the one in a list.
      const { trend: _, ...facts } = changed
      patchIssues(client, now.project.id, [facts])
      if (said !== '') {
        showUndo(said, () => {
          void send(undo, { status, substatus, assignee }, '', undo)
        })
      }
    } catch (error) {
      patchIssues(client, now.project.id, [{ id: now.id, status, substatus, assignee }])
      showError(error)
    }
    refresh(now)
  }

  function setStatus(status: 'resolved' | 'archived' | 'unresolved', inNextRelease = false): void {
    const now = issue.value
    if (now === undefined || (now.status === status && !inNextRelease)) return
    const before = now.status === 'resolved' || now.status === 'archived' ? now.status : 'unresolved'
    const said = {
      resolved: inNextRelease ? 'Resolved in the next release' : 'Resolved',
      archived: 'Archived',
      unresolved: 'Unresolved again'
    }[status]
    void send({ status, ...(inNextRelease ? { resolve_in: 'next_release' as const } : {}) }, { status }, said, {
      status: before
    })
  }

  function assign(to: Person | null): void {
    const now = issue.value
    if (now === undefined || (now.assignee?.id ?? null) === (to?.id ?? null)) return
    void send(
      { assignee: to?.id ?? null },
      { assignee: to },
      to === null ? 'Unassigned' : `Assigned to ${personName(to)}`,
      { assignee: now.assignee?.id ?? null }
    )
  }

  return { setStatus, assign, ...useAskedActions(issue, { ...ways, refresh, setStatus }) }
}

type Asked = Ways & { refresh: (issue: IssueDetail) => void; setStatus: (status: 'unresolved') => void }

/** What is asked before it is done. */
function useAskedActions(issue: ComputedRef<IssueDetail | undefined>, { onGone, onMerged, refresh, setStatus }: Asked) {
  const client = useQueryClient()
  const asking = ref<Asking | null>(null)
  const busy = ref(false)
  const wrong = ref('')

  async function asked(run: (now: IssueDetail) => Promise<void>): Promise<void> {
    const now = issue.value
    if (now === undefined) return
    busy.value = true
    wrong.value = ''
    try {
      await run(now)
      asking.value = null
    } catch (error) {
      wrong.value = messageOf(error)
    } finally {
      busy.value = false
    }
  }

  const discard = (): Promise<void> =>
    asked(async now => {
      await issues.discard(now.id)
      patchIssues(client, now.project.id, [{ id: now.id, status: 'discarded' }])
      showUndo('Discarded: its events are no longer stored', () => setStatus('unresolved'))
      refresh(now)
    })

  const remove = (): Promise<void> =>
    asked(async now => {
      await issues.delete(now.id)
      dropIssues(client, now.project.id, [now.id])
      showToast({ text: `Deleted ${now.short_id}` })
      onGone()
    })

  const merge = (into: Pick<Issue, 'id' | 'short_id'>): Promise<void> =>
    asked(async now => {
      await issues.merge(now.id, into.id)
      dropIssues(client, now.project.id, [now.id])
      await client.invalidateQueries({ queryKey: keys.issue(into.id) })
      showUndo(`Merged ${now.short_id} into ${into.short_id}`, () => {
        void unmerge(now.id, into.id)
      })
      onMerged(into.id)
    })

  async function unmerge(id: string, from: string): Promise<void> {
    try {
      const { data } = await issues.unmerge(id)
      showToast({
        text: `${counted(data.length, 'issue')} ${data.length === 1 ? 'stands' : 'stand'} for ${data.length === 1 ? 'itself' : 'themselves'} again`,
        tone: 'ok'
      })
    } catch (error) {
      showError(error)
    }
    for (const one of [id, from]) void client.invalidateQueries({ queryKey: keys.issue(one) })
    if (issue.value !== undefined) refresh(issue.value)
  }

  return { asking, busy, wrong, discard, remove, merge, unmerge }
}

export type IssueActions = ReturnType<typeof useIssueActions>
