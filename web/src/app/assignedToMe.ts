/**
 * Tells of issues that somebody assigned to the user while a page is open. Who did it is read from the activity, so
 * that nobody is told of what they did themselves, in another window either. Several at once are one note, which stays
 * until it is closed. Loaded when issues are assigned.
 */
import type { Router } from 'vue-router'
import { issues as api } from '../api/issues.ts'
import type { ServerMessage } from '../api/types.ts'
import { personName } from '../lib/format.ts'
import { showToast } from '../lib/toasts.ts'
import { texts } from './texts/assigned.ts'
import { texts as frame } from './texts/frame.ts'

type IssueMessage = Extract<ServerMessage, { type: 'issue' }>
/** Whom to tell; the parameters of the pages of a project are null when it is not known. */
type Told = {
  id: string | undefined
  router: Router
  paramsOf: (project: string) => { org: string; project: string } | null
}

const gatheredMs = 300
let waiting: { project: string; id: string; shortId: string }[] = []
let timer: ReturnType<typeof setTimeout> | null = null

export function hearAssigned({ project, issue }: IssueMessage, told: Told): void {
  if (!('assignee' in issue) || issue.assignee === null || issue.assignee.id !== told.id) return
  waiting.push({ project, id: issue.id, shortId: issue.short_id })
  timer ??= setTimeout(() => {
    void tell(told)
  }, gatheredMs)
}

async function tell({ id, router, paramsOf }: Told): Promise<void> {
  const [first, ...others] = waiting
  waiting = []
  timer = null
  const params = first === undefined ? null : paramsOf(first.project)
  if (first === undefined || params === null) return
  const who = await assignedBy(first.id)
  if (who === null || who.id === id) return
  const name = personName(who)
  const there =
    others.length === 0
      ? { name: 'issue', params: { ...params, issue: first.id } }
      : { name: 'issues', params, query: { tab: 'mine' } }
  showToast({
    text: others.length === 0 ? texts.one(name, first.shortId) : texts.several(name, others.length + 1),
    stays: Infinity,
    action: {
      label: frame.shell.show,
      run: () => {
        void router.push(there)
      }
    }
  })
}

/** Null when it is not known: gone, or the server is away. */
async function assignedBy(issue: string) {
  const activity = await api.activity(issue).catch(() => null)
  return activity?.data.find(({ kind }) => kind === 'assigned')?.user ?? null
}
