/**
 * What people do to issues: status, assignee, discard, delete. One or many at once, all or none: with an id that is not
 * of the project nothing is changed. Returned are the ids of the issues that changed; an issue that had the values
 * already is left alone, and no activity is written.
 */
import * as v from 'valibot'
import type { ArchivedUntil } from '../../schema/api/archive-until.ts'
import { compareReleases, hasVersion, latestReleases, orderedRelease } from '../../events/releases.ts'
import type { Status } from '../../events/search/query.ts'
import { requestErasure } from '../deletions/requests.ts'
import { noteActivity, type Deed } from './activity.ts'
import { archivedOtherwise, forgetArchives, rememberArchives } from './archives.ts'
import { withIssues, type LockedIssue } from './locks.ts'
import { releaseWith } from './resolved-commits.ts'
import { knownReleases, newestReleases } from './project-releases.ts'
import type { Sql, TransactionSql } from '../database/sql.ts'

/**
 * Who changes issues of which project. `onClosed` is called in the transaction with issues that are resolved, archived
 * or discarded.
 */
export type IssueChanger = {
  projectId: number
  organizationId: string
  userId: string
  onClosed?: (sql: TransactionSql, issueIds: readonly string[], now: number) => Promise<void>
}

/**
 * What is not named stays. `resolveIn` goes with `resolved`; without it events of releases before the latest one do not
 * make an issue regress, others do.
 */
export type IssueChange = {
  status?: Status | undefined
  resolveIn?: ResolveIn | undefined
  /** Goes with `archived`; without it an issue stays archived until it escalates. */
  archiveUntil?: ArchivedUntil | undefined
  assigneeId?: string | null | undefined
}

/**
 * `next`: only events of releases that are later than all known ones make it regress. In a release: only events of it
 * and of later ones. Events without a release do so in neither. In a commit: no event, until a release holds it; then
 * as in that release.
 */
export type ResolveIn = 'current_release' | 'next_release' | { release: string } | { commit: string }

/**
 * `missing`: an issue is not in the project. `no_member`: the assignee does not belong to the organization.
 * `no_release`: the project has none. `unknown_release`: no event named it, and it says no version.
 */
export type ChangeRefusal = 'missing' | 'no_member' | 'no_release' | 'unknown_release'

/** `status` and `assignee` are the issues that have another one now. */
export type Changed = { status: string[]; assignee: string[] }

/** `now` is when it was asked for, in milliseconds: events received until then do not make an issue regress. */
export async function changeIssues(
  sql: Sql,
  changer: IssueChanger,
  ids: readonly string[],
  change: IssueChange,
  now: number
): Promise<Changed | ChangeRefusal> {
  const { projectId } = changer
  const resolution = change.status === 'resolved' ? await resolutionOf(sql, projectId, change.resolveIn, now) : open
  if (typeof resolution === 'string') return resolution
  const changed = await withIssues(sql, projectId, ids, { families: false }, async (sql, locked) => {
    const assignee = await assigneeOf(sql, changer, change.assigneeId)
    if (assignee === 'no_member') return 'no_member'
    const status = change.status === undefined ? [] : await setStatus(sql, changer, locked, change, { resolution, now })
    const assigned = assignee === undefined ? [] : await assign(sql, changer, locked, assignee)
    return { status, assignee: assigned }
  })
  return changed ?? 'missing'
}

/**
 * As it is stored: what was known when it waits for the next release, the latest of each package, the release and the
 * commit named.
 */
type Resolution = {
  known: string[] | null
  latest: string[] | null
  inRelease: string | null
  inCommit: string | null
}

const open: Resolution = { known: null, latest: null, inRelease: null, inCommit: null }

async function resolutionOf(
  sql: Sql,
  projectId: number,
  resolveIn: ResolveIn | undefined,
  now: number
): Promise<Resolution | 'no_release' | 'unknown_release'> {
  const releases = await newestReleases(sql, projectId)
  const latest = latestReleases(releases)
  if (resolveIn === undefined) return { ...open, latest: latest.length === 0 ? null : latest }
  if (resolveIn === 'next_release') return { ...open, known: await knownReleases(sql, projectId, now), latest }
  if (resolveIn === 'current_release') {
    const current = releases.sort(compareReleases).at(-1)
    return current === undefined ? 'no_release' : { ...open, latest, inRelease: current.version }
  }
  if ('commit' in resolveIn) {
    const { commit } = resolveIn
    const holding = await releaseWith(sql, projectId, commit)
    const latest = holding === null ? null : [orderedRelease(holding)]
    return { ...open, latest, inRelease: holding, inCommit: commit }
  }
  const { release } = resolveIn
  return hasVersion(release) || releases.some(({ version }) => version === release)
    ? { ...open, latest: [orderedRelease(release)], inRelease: release }
    : 'unknown_release'
}

const assigneeRow = v.strictObject({ id: v.string(), name: v.string(), email: v.string() })
type Assignee = v.InferOutput<typeof assigneeRow>

/** Undefined when the change names no assignee. The membership is locked until the change is committed. */
async function assigneeOf(
  sql: TransactionSql,
  { organizationId }: IssueChanger,
  assigneeId: string | null | undefined
): Promise<Assignee | null | undefined | 'no_member'> {
  if (assigneeId === undefined || assigneeId === null) return assigneeId
  const [member] = await sql.rows(assigneeRow)`
    select u.id, u.name, u.email from memberships m join users u on u.id = m.user_id
    where m.organization_id = ${organizationId} and m.user_id = ${assigneeId} for key share of m`
  return member ?? 'no_member'
}

async function setStatus(
  sql: TransactionSql,
  changer: IssueChanger,
  locked: readonly LockedIssue[],
  { status = 'unresolved', archiveUntil }: IssueChange,
  { resolution, now }: { resolution: Resolution; now: number }
): Promise<string[]> {
  const { projectId } = changer
  const otherwise =
    status === 'archived' && archiveUntil !== undefined
      ? await archivedOtherwise(sql, projectId, locked, archiveUntil)
      : new Set<string>()
  const ids = locked
    .filter(
      issue =>
        issue.status !== status ||
        (status === 'resolved' && isResolvedOtherwise(issue, resolution)) ||
        otherwise.has(issue.id)
    )
    .map(({ id }) => id)
  if (ids.length === 0) return []
  await sql`
    update issues set status = ${status}, substatus = ${status === 'unresolved' ? 'ongoing' : ''},
      status_changed_at = now(), regressed_by = null,
      resolved_at = ${status === 'resolved' ? new Date(now) : null}::timestamptz,
      resolved_releases = ${resolution.known}::text[],
      resolved_highest = ${resolution.latest}::text[], resolved_in_release = ${resolution.inRelease}::text,
      resolved_in_commit = ${resolution.inCommit}::text
    where project_id = ${projectId} and id = any (${ids}::uuid[])`
  const until = archiveUntil ?? 'escalating'
  if (status === 'archived') await rememberArchives(sql, projectId, ids, { until, now })
  else await forgetArchives(sql, projectId, ids)
  const data = status === 'archived' ? { until } : resolvedData(resolution)
  if (status !== 'unresolved') await changer.onClosed?.(sql, ids, now)
  await noteActivity(
    sql,
    changer,
    ids.map(issueId => ({ issueId, kind: status, data }))
  )
  return ids
}

function isResolvedOtherwise(issue: LockedIssue, { known, inRelease, inCommit }: Resolution): boolean {
  return (
    issue.waits_for_release !== (known !== null) ||
    issue.resolved_in_release !== inRelease ||
    issue.resolved_in_commit !== inCommit
  )
}

function resolvedData({ known, inRelease, inCommit }: Resolution): object {
  if (known !== null) return { in_next_release: true }
  return {
    ...(inCommit === null ? {} : { in_commit: inCommit }),
    ...(inRelease === null ? {} : { in_release: inRelease })
  }
}

async function assign(
  sql: TransactionSql,
  changer: IssueChanger,
  locked: readonly LockedIssue[],
  assignee: Assignee | null
): Promise<string[]> {
  const assigneeId = assignee?.id ?? null
  const ids = locked.filter(issue => issue.assignee_id !== assigneeId).map(({ id }) => id)
  if (ids.length === 0) return []
  await sql`update issues set assignee_id = ${assigneeId}::uuid where project_id = ${changer.projectId}
    and id = any (${ids}::uuid[])`
  await noteActivity(
    sql,
    changer,
    ids.map((issueId): Deed =>
      assignee === null ? { issueId, kind: 'unassigned' } : { issueId, kind: 'assigned', data: { assignee } }
    )
  )
  return ids
}

/**
 * Issues that were merged into a deleted one are deleted too. They are gone at once, and the next event makes a new
 * issue; their data is erased in the background.
 */
export async function deleteIssues(
  sql: Sql,
  { projectId, userId }: IssueChanger,
  ids: readonly string[]
): Promise<string[] | 'missing'> {
  const deleted = await withIssues(sql, projectId, ids, { families: true }, async (sql, locked) => {
    const all = locked.map(({ id }) => id)
    await sql`delete from issues where project_id = ${projectId} and id = any (${all}::uuid[])`
    await requestErasure(sql, { kind: 'issue', projectId, issueIds: all, requestedBy: userId })
    return locked.filter(issue => issue.merged_into === null).map(({ id }) => id)
  })
  return deleted ?? 'missing'
}
