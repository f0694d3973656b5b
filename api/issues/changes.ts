/**
 * What people do to issues: status, assignee, discard, delete, merge; one or many at once. Every change is written into
 * the issue's activity in its transaction, and dashboards are told once it is committed. The id of a merged issue means
 * the issue that it was merged into.
 */
import { statuses } from '../../events/search/query.ts'
import type { ArchivedUntil, ArchiveUntil } from '../../schema/api/archive-until.ts'
import {
  bulkAnswer,
  bulkBody,
  bulkIssuesMax,
  issueChange,
  issueItem,
  mergeBody,
  unmergeAnswer,
  type IssueChangeBody
} from '../../schema/api/issues.ts'
import { mailAssignee } from '../../services/alerts/assignment-mail.ts'
import { resolveAlertsOf } from '../../services/alerts/fired.ts'
import {
  changeIssues,
  deleteIssues,
  type Changed,
  type ChangeRefusal,
  type IssueChange,
  type IssueChanger
} from '../../services/issues/changes.ts'
import { issueItems } from '../../services/issues/items.ts'
import { listIssueIds } from '../../services/issues/list.ts'
import { rootsIn } from '../../services/issues/locks.ts'
import { mergeIssues, unmergeIssue, type Merged, type MergeRefusal } from '../../services/issues/merges.ts'
import { familyMax } from '../../services/search/issue-roots.ts'
import type { IssueItem } from '../../schema/api/issues.ts'
import { issueQueryOf, type IssueFilters } from './queries.ts'
import { operation, plain, type Operation } from '../operation.ts'
import type { ApiContext, Caller } from '../types.ts'
import { invalidField, notFound, problem, type Problem } from '../problems.ts'
import { issueTarget, projectTarget } from '../targets.ts'

const facts = { ...plain, tag: 'Issues', access: { who: 'role', role: 'member', scope: 'write' } } as const

const change = operation({
  ...facts,
  id: 'changeIssue',
  method: 'patch',
  path: '/api/v1/issues/:issue',
  summary: 'Change the status or the assignee of an issue',
  description:
    'A resolved issue regresses with the first event that is received after it was resolved, unless ' +
    'its release is older than the latest of its package at that time; with `resolve_in` ' +
    '`current_release` or `{"release"}` only by one of that release or a later one; with ' +
    '`next_release` only by one of a later release: one that no event has named until ' +
    'now, and whose version, if it has one, no known release of the same package is higher than; with ' +
    '`{"commit"}` by none until a release holds that commit, and then as with this release. ' +
    'An archived issue comes back when `archive_until` is reached, within about a minute: when it ' +
    'escalates (the default: more than 10 events in an hour, and more than 10 times the mean hour of ' +
    'the 7 days before it was archived), at a date, after so many more events (within so many minutes), ' +
    'or after so many more users. Only what comes after the archiving counts. ' +
    '`unresolved` also ends a discard.',
  target: issueTarget,
  body: issueChange,
  responses: { 200: { description: 'The issue as it is now', schema: issueItem } },
  handle: async ({ context, caller, target, body }) => {
    await apply(context, changerOf(caller, target), [target.rootId], changeOf(body, context.now()))
    return { status: 200, body: await itemNow(context, target.projectId, target.rootId) }
  }
})

const discard = operation({
  ...facts,
  id: 'discardIssue',
  method: 'post',
  path: '/api/v1/issues/:issue/discard',
  summary: 'Discard an issue: from now on its events are counted as discarded, and not stored',
  target: issueTarget,
  responses: { 200: { description: 'The issue as it is now', schema: issueItem } },
  handle: async ({ context, caller, target }) => {
    await apply(context, changerOf(caller, target), [target.rootId], { status: 'discarded' })
    return { status: 200, body: await itemNow(context, target.projectId, target.rootId) }
  }
})

const remove = operation({
  ...facts,
  id: 'deleteIssue',
  method: 'delete',
  path: '/api/v1/issues/:issue',
  summary: 'Delete an issue, its events and what was merged into it; the next event makes a new issue',
  description: 'It is gone at once; its data is removed in the background.',
  target: issueTarget,
  responses: { 204: { description: 'Gone' } },
  handle: async ({ sql, context, caller, target }) => {
    const deleted = await deleteIssues(sql, changerOf(caller, target), [target.rootId])
    if (deleted === 'missing') throw notFound()
    context.issuesChanged(target.projectId, 'deleted', deleted)
    return { status: 204 }
  }
})

const merge = operation({
  ...facts,
  id: 'mergeIssue',
  method: 'post',
  path: '/api/v1/issues/:issue/merge',
  summary: 'Merge an issue into another of the project: a mapping, which `unmerge` takes back',
  target: issueTarget,
  body: mergeBody,
  responses: { 200: { description: 'The issue that it was merged into, with the sums of both', schema: issueItem } },
  refusals: { 409: 'One of both is discarded, or there would be too many merged into one' },
  handle: async ({ context, caller, target, body: { into } }) => {
    const { into: root } = await applyMerge(context, changerOf(caller, target), [target.rootId], into, 'into')
    return { status: 200, body: await itemNow(context, target.projectId, root) }
  }
})

const unmerge = operation({
  ...facts,
  id: 'unmergeIssue',
  method: 'post',
  path: '/api/v1/issues/:issue/unmerge',
  summary: 'Take an issue out of the one it was merged into, or everything out of one that others were merged into',
  description: 'What had been merged into it before goes along with it.',
  target: issueTarget,
  responses: {
    200: {
      description: 'The issues that are separate again, with what came for them meanwhile',
      schema: unmergeAnswer
    }
  },
  refusals: { 409: 'Nothing is merged here' },
  handle: async ({ sql, context, caller, target }) => {
    const done = await unmergeIssue(sql, changerOf(caller, target), target.issueId)
    if (done === 'missing') throw notFound()
    if (done === 'nothing_merged') throw problem(409, 'This issue was not merged, and nothing was merged into it.')
    const data = await itemsNow(context, target.projectId, done.unmerged)
    context.issuesChanged(target.projectId, 'updated', [done.from])
    for (const status of statuses) {
      context.issuesChanged(
        target.projectId,
        status,
        data.filter(item => item.status === status).map(item => item.id)
      )
    }
    return { status: 200, body: { data } }
  }
})

const bulk = operation({
  ...facts,
  id: 'changeIssues',
  method: 'post',
  path: '/api/v1/projects/:project/issues/bulk',
  summary:
    `Change up to ${bulkIssuesMax} issues at once, all or none: the issues of a list of ids, ` +
    'or the issues that a filter finds, seen last first',
  description:
    'The filter takes what the list of issues takes. With `more` in the answer there are more than ' +
    'were taken: ask again. A filter whose answer would be sampled takes what it finds.',
  target: projectTarget,
  body: bulkBody,
  responses: { 200: { description: 'What was changed', schema: bulkAnswer } },
  refusals: { 409: 'Of a merge: one of the issues is discarded, or there are too many' },
  handle: async ({ context, caller, target, body: { ids, filter, change } }) => {
    const changer = changerOf(caller, target)
    const found =
      ids === undefined
        ? await filtered(context, { ...target, callerId: caller.userId }, filter ?? {})
        : { ids: await named(context, target.projectId, ids), more: false }
    const changed = found.ids.length === 0 ? [] : await applyTo(context, changer, found.ids, change)
    return { status: 200, body: { matched: found.ids.length, changed: changed.length, ids: changed, more: found.more } }
  }
})

export type Changer = { projectId: number; organizationId: string; userId: string }

export function changerOf(
  { userId }: Caller,
  { projectId, organizationId }: { projectId: number; organizationId: string }
): Changer {
  return { projectId, organizationId, userId }
}

function changeOf(
  { status, assignee, resolve_in: resolveIn, archive_until: until }: IssueChangeBody,
  now: number
): IssueChange {
  return {
    status: status ?? (resolveIn !== undefined ? 'resolved' : until !== undefined ? 'archived' : undefined),
    resolveIn,
    archiveUntil: until === undefined ? undefined : archivedUntilOf(until, now),
    assigneeId: assignee
  }
}

function archivedUntilOf(until: ArchiveUntil, now: number): ArchivedUntil {
  if (until === 'escalating' || !('date' in until)) return until
  if (until.date.getTime() <= now) throw invalidField('archive_until', 'must be in the future')
  return { date: until.date.toISOString() }
}

/** Changes status or assignee, and tells dashboards and the assignee; throws the refusal. */
export async function apply(
  context: ApiContext,
  changer: Changer,
  ids: readonly string[],
  change: IssueChange
): Promise<Changed> {
  const { projectId, userId } = changer
  const onClosed: IssueChanger['onClosed'] = (sql, closed, now) =>
    resolveAlertsOf(sql, projectId, closed, { userId, now })
  const changed = await changeIssues(context.sql, { ...changer, onClosed }, ids, change, context.now())
  if (typeof changed === 'string') throw refusalOf(changed)
  const { status, assignee } = changed
  if (change.status !== undefined && status.length > 0) context.issuesChanged(changer.projectId, change.status, status)
  if (assignee.length > 0) {
    context.issuesChanged(changer.projectId, 'assigned', assignee)
    if (change.assigneeId) tellAssignee(context, changer, change.assigneeId, assignee)
  }
  return changed
}

/** Nobody waits for it. The mail goes to somebody else, so its links are not to the host that the request names. */
function tellAssignee(
  { sql, now, log, alerting: { sendMail, publicUrl } }: ApiContext,
  { projectId, organizationId, userId }: Changer,
  assigneeId: string,
  issueIds: string[]
): void {
  if (sendMail === null) return
  const assignment = { projectId, organizationId, userId, assigneeId, issueIds }
  mailAssignee(sql, assignment, { sendMail, publicUrl, now: now() }).then(
    failure => {
      if (failure !== null) log.warn({ projectId, failure }, 'the mail about assigned issues was not sent')
    },
    (error: unknown) => log.error({ err: error, projectId }, 'the mail about assigned issues could not be made')
  )
}

async function applyMerge(
  context: ApiContext,
  changer: Changer,
  ids: readonly string[],
  into: string,
  field: string
): Promise<Merged> {
  const merged = await mergeIssues(context.sql, changer, ids, into)
  if (typeof merged === 'string') throw mergeRefusalOf(merged, field)
  context.issuesChanged(changer.projectId, 'merged', merged.merged)
  context.issuesChanged(changer.projectId, 'updated', [merged.into])
  return merged
}

export type BulkChange = IssueChangeBody & {
  discard?: true | undefined
  delete?: true | undefined
  merge_into?: string | undefined
}

/** Returns the issues that have changed. */
export async function applyTo(
  context: ApiContext,
  changer: Changer,
  ids: readonly string[],
  { discard, delete: isDeletion, merge_into: into, ...change }: BulkChange
): Promise<string[]> {
  if (isDeletion === true) {
    const deleted = await deleteIssues(context.sql, changer, ids)
    if (deleted === 'missing') throw refusalOf('missing')
    context.issuesChanged(changer.projectId, 'deleted', deleted)
    return deleted
  }
  if (into !== undefined) return (await applyMerge(context, changer, ids, into, 'change.merge_into')).merged
  const { status, assignee } = await apply(
    context,
    changer,
    ids,
    discard === true ? { status: 'discarded' } : changeOf(change, context.now())
  )
  return [...new Set([...status, ...assignee])]
}

type Found = { ids: string[]; more: boolean }

async function filtered(
  { sql, now }: ApiContext,
  scope: Parameters<typeof issueQueryOf>[0],
  filter: IssueFilters
): Promise<Found> {
  const query = issueQueryOf(scope, filter, now())
  const { ids, next } = await listIssueIds(sql, {
    ...query,
    filter: null,
    sort: 'last_seen',
    after: null,
    limit: bulkIssuesMax
  })
  return { ids, more: next !== null }
}

async function named({ sql }: ApiContext, projectId: number, ids: readonly string[]): Promise<string[]> {
  const roots = await rootsIn(sql, projectId, ids)
  if (roots === null) throw refusalOf('missing')
  return roots
}

async function itemNow(context: ApiContext, projectId: number, id: string): Promise<IssueItem> {
  const [item] = await itemsNow(context, projectId, [id])
  if (item === undefined) throw notFound()
  return item
}

function itemsNow({ sql, now }: ApiContext, projectId: number, ids: readonly string[]): Promise<IssueItem[]> {
  return issueItems(sql, projectId, ids, { filter: null, now: now() })
}

function refusalOf(refusal: ChangeRefusal): Problem {
  switch (refusal) {
    case 'missing':
      return invalidField('ids', 'names an issue that this project does not have')
    case 'no_member':
      return invalidField('assignee', 'is no member of the organization')
    case 'no_release':
      return invalidField('resolve_in', 'needs a release, and no event has named one')
    case 'unknown_release':
      return invalidField('resolve_in', 'names a release that no event has named and that says no version')
  }
}

function mergeRefusalOf(refusal: MergeRefusal, field: string): Problem {
  switch (refusal) {
    case 'missing':
      return notFound()
    case 'missing_into':
      return invalidField(field, 'is no issue of this project')
    case 'same':
      return invalidField(field, 'is the same issue')
    case 'discarded':
      return problem(409, 'A discarded issue can neither be merged nor be merged into.')
    case 'too_many':
      return problem(409, `One issue can be made of at most ${familyMax}.`)
  }
}

export const issueChangeOperations: Operation[] = [change, discard, remove, merge, unmerge, bulk]
