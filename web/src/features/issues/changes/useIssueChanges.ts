/**
 * What people do to issues, in the list, on the page of one, by menus, keys and the palette. A change is shown at once
 * and can be undone for some seconds. What the server refuses is put back, and the error is shown. Of many issues as
 * many go in one request as the API takes; after a refusal the rest is not sent.
 */
import { useQueryClient, type QueryClient } from '@tanstack/vue-query'
import { messageOf } from '../../../api/client.ts'
import { issues as api } from '../../../api/issues.ts'
import { keys } from '../../../api/keys.ts'
import type { BulkBody, BulkOfAllBody } from '../../../api/types.ts'
import { showError, showToast, showUndo } from '../../../lib/toasts.ts'
import { dropIssues, patchIssues } from '../../../live/patchIssues.ts'
import {
  bodyOf,
  changed,
  done,
  fieldsOf,
  isNeeded,
  subjectOf,
  undoing,
  type Change,
  type Changeable
} from './change.ts'
import { texts } from './texts.ts'

/** A list that hides the issues which a change takes out of it. */
export type ChangedList = {
  stays: (issue: Changeable) => boolean
  hide: (ids: readonly string[]) => void
  show: (ids: readonly string[]) => void
}
export type ListFilter = BulkOfAllBody['filter']
/** How all that a filter finds are changed, as many at once as the API takes, and of which projects they can be. */
export type AllThatMatch = {
  send: (
    filter: ListFilter,
    change: BulkOfAllBody['change']
  ) => Promise<{ changed: number; more: boolean; refused: readonly string[] }>
  projects: () => readonly string[]
}
type Outcome = { failed: string[]; error: unknown }

const idsMax = 1_000
const noList: ChangedList = { stays: () => true, hide: () => {}, show: () => {} }
const idsOf = (issues: readonly Pick<Changeable, 'id'>[]): string[] => issues.map(({ id }) => id)

/** `projectOf` tells the id of the project that an issue belongs to. */
export function useIssueChanges(
  projectOf: (issue: Pick<Changeable, 'id'>) => string,
  list: ChangedList = noList,
  all: AllThatMatch = inProject(() => projectOf({ id: '' }))
) {
  const client = useQueryClient()

  /** Shows the issues as they will be, and as they were where the server refuses. */
  async function commit(issues: readonly Changeable[], change: Change): Promise<Outcome> {
    const outcomes = await Promise.all(
      byProject(issues, projectOf).map(async ([id, some]) => await commitIn(id, some, change))
    )
    return {
      failed: outcomes.flatMap(({ failed }) => failed),
      error: outcomes.find(({ error }) => error !== null)?.error ?? null
    }
  }

  async function commitIn(id: string, issues: readonly Changeable[], change: Change): Promise<Outcome> {
    patchIssues(
      client,
      id,
      issues.map(issue => fieldsOf(changed(issue, change), change))
    )
    const outcome = await sendBulk(id, idsOf(issues), bodyOf(change))
    const refused = issues.filter(issue => outcome.failed.includes(issue.id))
    patchIssues(
      client,
      id,
      refused.map(issue => fieldsOf(issue, change))
    )
    refresh(client, id)
    return outcome
  }

  async function undo(issues: readonly Changeable[], change: Change): Promise<void> {
    list.show(idsOf(issues))
    for (const group of undoing(issues, change)) {
      const { failed, error } = await commit(group.issues, group.change)
      list.hide(idsOf(group.issues.filter(issue => failed.includes(issue.id) && !list.stays(issue))))
      if (failed.length > 0) showError(error, texts.notPutBack(failed.length))
    }
  }

  /** Changes what differs, offers the undo, and returns what failed. */
  async function attempt(issues: readonly Changeable[], change: Change): Promise<Outcome & { count: number }> {
    const wanted = issues.filter(issue => isNeeded(issue, change))
    list.hide(idsOf(wanted.filter(issue => !list.stays(changed(issue, change)))))
    const outcome = wanted.length === 0 ? { failed: [], error: null } : await commit(wanted, change)
    list.show(outcome.failed)
    const through = wanted.filter(({ id }) => !outcome.failed.includes(id))
    if (through.length > 0) {
      showUndo(done(change, subjectOf(through)), () => {
        void undo(through, change)
      })
    }
    return { ...outcome, count: through.length }
  }

  /** Returns the ids of the issues that could not be changed; why is shown. */
  async function apply(issues: readonly Changeable[], change: Change): Promise<string[]> {
    const { failed, error, count } = await attempt(issues, change)
    if (failed.length > 0) {
      const some = texts.othersStay(done(change, texts.someOf(count, count + failed.length)))
      showError(error, count > 0 ? some : '')
    }
    return failed
  }

  /** Returns what went wrong; '' when nothing did. */
  async function discard(issues: readonly Changeable[]): Promise<string> {
    const { failed, error } = await attempt(issues, { kind: 'discard' })
    return failed.length === 0 ? '' : messageOf(error)
  }

  const areOfOne = (issues: readonly Pick<Changeable, 'id'>[]): boolean => byProject(issues, projectOf).length < 2
  return { apply, discard, areOfOne, applyToAll: toAllOf(client, all), ...removals(client, projectOf) }
}

/** Each project with its issues, in the order in which they come. */
function byProject<Subject extends Pick<Changeable, 'id'>>(
  issues: readonly Subject[],
  projectOf: (issue: Subject) => string
): [project: string, issues: Subject[]][] {
  const groups = new Map<string, Subject[]>()
  for (const issue of issues) {
    const project = projectOf(issue)
    groups.set(project, [...(groups.get(project) ?? []), issue])
  }
  return [...groups]
}

export type IssueChanges = ReturnType<typeof useIssueChanges>

/** As many at once as the API takes; after a refusal the rest is left. */
async function sendBulk(project: string, ids: readonly string[], change: BulkBody['change']): Promise<Outcome> {
  for (let at = 0; at < ids.length; at += idsMax) {
    try {
      await api.bulk(project, { ids: ids.slice(at, at + idsMax), change })
    } catch (error) {
      return { failed: ids.slice(at), error }
    }
  }
  return { failed: [], error: null }
}

/** Rows of a list keep their place; the issue on the page is fetched again, unless it is gone. */
function refresh(client: QueryClient, project: string, issue: 'stays' | 'is gone' = 'stays'): void {
  void client.invalidateQueries({ queryKey: keys.healths(project) })
  for (const queryKey of [keys.issueLists(project), keys.issuesOfAll]) {
    void client.invalidateQueries({ queryKey, refetchType: 'none' })
  }
  void client.invalidateQueries({ queryKey: keys.anyIssue, refetchType: issue === 'stays' ? 'active' : 'none' })
}

/** Changes everything that the filter of a list finds, loaded or not. It cannot be undone. */
function toAllOf(client: QueryClient, { send, projects }: AllThatMatch) {
  return async (filter: ListFilter, change: Change | { kind: 'delete' }): Promise<void> => {
    const body = change.kind === 'delete' ? { delete: true as const } : bodyOf(change)
    const refusals = new Set<string>()
    let count = 0
    let more = true
    try {
      while (more) {
        const answer = await send(filter, body)
        count += answer.changed
        more = answer.more
        for (const refusal of answer.refused) refusals.add(refusal)
        // What has been changed is found again where the filter does not exclude it.
        if (answer.changed === 0) break
      }
      const all = done(change, texts.issues(count))
      showToast({ text: more ? texts.findsMore(all) : all })
      for (const refusal of refusals) showToast({ text: refusal, tone: 'danger' })
    } catch (error) {
      showError(error, count > 0 ? texts.thenFailed(done(change, texts.issues(count))) : '')
    }
    for (const id of projects()) {
      refresh(client, id)
      await client.resetQueries({ queryKey: keys.issueLists(id), type: 'active' })
    }
    await client.resetQueries({ queryKey: keys.issuesOfAll, type: 'active' })
  }
}

/** All that match in one project. */
function inProject(project: () => string): AllThatMatch {
  return {
    send: async (filter, change) => ({ ...(await api.bulk(project(), { filter, change })), refused: [] }),
    projects: () => [project()]
  }
}

/** What takes issues out of all lists: a deletion for good, a merge until it is undone. */
function removals(client: QueryClient, projectOf: (issue: Pick<Changeable, 'id'>) => string) {
  function drop(project: string, ids: readonly string[]): void {
    dropIssues(client, project, ids)
    refresh(client, project, 'is gone')
  }

  /** Returns what went wrong; '' when nothing did. */
  async function merge(issues: readonly Changeable[], into: Pick<Changeable, 'id' | 'short_id'>): Promise<string> {
    const others = issues.filter(({ id }) => id !== into.id)
    const project = projectOf(into)
    if (others.some(issue => projectOf(issue) !== project)) return texts.mergeOfOne
    try {
      const { ids } = await api.bulk(project, { ids: idsOf(others), change: { merge_into: into.id } })
      drop(project, ids)
      const merged = others.filter(({ id }) => ids.includes(id))
      showUndo(texts.done.merged(subjectOf(merged), into.short_id), () => {
        void unmerge(ids, project)
      })
      return ''
    } catch (error) {
      return messageOf(error)
    }
  }

  /** Each issue out of what it was merged into, or everything out of an issue that others were merged into. */
  async function unmerge(ids: readonly string[], project = projectOf({ id: ids[0] ?? '' })): Promise<void> {
    let count = 0
    const errors: unknown[] = []
    for (const id of ids) {
      try {
        count += (await api.unmerge(id)).data.length
      } catch (error) {
        errors.push(error)
      }
    }
    if (count > 0) showToast({ text: texts.done.unmerged(count), tone: 'ok' })
    if (errors.length > 0) showError(errors[0], texts.notUnmerged(errors.length))
    refresh(client, project)
    await client.invalidateQueries({ queryKey: keys.issueLists(project) })
    await client.invalidateQueries({ queryKey: keys.issuesOfAll })
  }

  /** Returns what went wrong; '' when nothing did. */
  async function remove(issues: readonly Changeable[]): Promise<string> {
    const gone: Changeable[] = []
    const errors: unknown[] = []
    for (const [project, some] of byProject(issues, projectOf)) {
      const { failed, error } = await sendBulk(project, idsOf(some), { delete: true })
      const done = some.filter(({ id }) => !failed.includes(id))
      drop(project, idsOf(done))
      gone.push(...done)
      if (failed.length > 0) errors.push(error)
    }
    if (gone.length > 0) showToast({ text: texts.done.deleted(subjectOf(gone)) })
    return errors.length === 0 ? '' : messageOf(errors[0])
  }

  return { merge, unmerge, remove }
}
