/** Releases between what build tools say of them and what is stored, over the projects that a request means. */
import type { CommitGiven, RefGiven, ToolRelease, ToolReleaseChange } from '../../schema/api/build-tools.ts'
import { projectNamesOf, type NamedProject } from '../../services/accounts/visible.ts'
import { deleteBundles } from '../../services/artifacts/bundles.ts'
import type { Sql } from '../../services/database/sql.ts'
import { setCommits, type Commit } from '../../services/releases/commits.ts'
import { readReleases, type ReleaseRow } from '../../services/releases/list.ts'
import { issueCounts } from '../../services/releases/issue-counts.ts'
import { deleteRelease, putRelease } from '../../services/releases/registered.ts'
import { notFound, problem } from '../problems.ts'

const hourMs = 3_600_000

export function idsOf(projects: readonly { id: number }[]): number[] {
  return projects.map(({ id }) => id)
}

/** The projects of an organization that know a release. */
export async function knowing(sql: Sql, organizationId: string, release: string): Promise<NamedProject[]> {
  const all = await projectNamesOf(sql, { organizationId })
  const known = new Set((await readReleases(sql, idsOf(all), release)).map(row => row.project_id))
  return all.filter(({ id }) => known.has(id))
}

/** Makes or changes the release in each of the projects; 409 where there are too many. */
export async function putReleases(
  sql: Sql,
  projects: readonly NamedProject[],
  release: string,
  change: ToolReleaseChange
): Promise<ToolRelease> {
  const { status, url, dateStarted: startedAt, dateReleased: releasedAt } = change
  const commits = commitsOf(change)
  for (const { id: projectId } of projects) {
    const isThere =
      (await putRelease(sql, projectId, release, { status: status ?? undefined, url, startedAt, releasedAt })) &&
      (commits === null || (await setCommits(sql, projectId, release, commits)))
    if (!isThere) throw problem(409, 'This project has as many releases as one may have: delete some.')
  }
  return await releaseNow(sql, projects, release)
}

/** Null when none are named. With `refs` only the newest commit of each repository is known. */
function commitsOf({ commits, refs }: ToolReleaseChange): Commit[] | null {
  if (commits !== null && commits !== undefined) return commits.map(commitOf)
  return refs === null || refs === undefined ? null : refs.map(commitOfRef)
}

function commitOf(given: CommitGiven): Commit {
  return {
    sha: given.id,
    repository: plainText(given.repository, 200),
    message: plainText(given.message, 2_000),
    authorName: plainText(given.author_name, 200),
    authorEmail: plainText(given.author_email, 200),
    committedAt: given.timestamp ?? null,
    files: given.patch_set ?? []
  }
}

function commitOfRef({ repository, commit: sha }: RefGiven): Commit {
  return { sha, repository, message: '', authorName: '', authorEmail: '', committedAt: null, files: [] }
}

function plainText(given: string | null | undefined, charsMax: number): string {
  return (given ?? '').slice(0, charsMax)
}

/** 404 where no project is left. */
export async function eraseRelease(sql: Sql, projects: readonly { id: number }[], release: string): Promise<void> {
  if (projects.length === 0) throw notFound()
  for (const { id: projectId } of projects) {
    await deleteRelease(sql, projectId, release)
    await deleteBundles(sql, projectId, { release })
  }
}

/** The release over these projects; 404 where none knows it. */
export async function releaseNow(sql: Sql, projects: readonly NamedProject[], release: string): Promise<ToolRelease> {
  const rows = await readReleases(sql, idsOf(projects), release)
  if (rows.length === 0) throw notFound()
  let count = 0
  for (const row of rows) count += await newIssues(sql, row.project_id, release)
  return releaseOf(rows, projects, count)
}

async function newIssues(sql: Sql, projectId: number, release: string): Promise<number> {
  return (await issueCounts(sql, projectId, 'new', [release])).get(release) ?? 0
}

/** The rows of a list, together where they are of one version. */
export function byVersion(rows: readonly ReleaseRow[]): ReleaseRow[][] {
  const versions = new Map<string, ReleaseRow[]>()
  for (const row of rows) versions.set(row.release, [...(versions.get(row.release) ?? []), row])
  return [...versions.values()]
}

function earliest(times: readonly number[]): number | null {
  return times.length === 0 ? null : Math.min(...times)
}

function latest(times: readonly number[]): number | null {
  return times.length === 0 ? null : Math.max(...times)
}

function shown(time: number | null): string | null {
  return time === null ? null : new Date(time).toISOString()
}

/** `rows` are of one release, one for each project that knows it; at least one. */
export function releaseOf(
  rows: readonly ReleaseRow[],
  projects: readonly NamedProject[],
  newGroups: number
): ToolRelease {
  const release = rows[0]?.release ?? ''
  const times = (of: (row: ReleaseRow) => Date | null): number[] =>
    rows
      .map(of)
      .filter(time => time !== null)
      .map(time => time.getTime())
  const first = earliest(times(row => row.first_event))
  const last = latest(times(row => row.last_event))
  return {
    id: `${rows[0]?.project_id ?? 0}-${release}`,
    version: release,
    shortVersion: release.slice(release.lastIndexOf('@') + 1),
    url: rows.find(row => row.url !== '')?.url ?? null,
    status: rows.every(row => row.status === 'archived') ? 'archived' : 'open',
    dateCreated: new Date(Math.min(...times(row => row.created_at))).toISOString(),
    dateStarted: shown(earliest(times(row => row.started_at))),
    dateReleased: shown(latest(times(row => row.released_at))),
    newGroups,
    commitCount: Math.max(...rows.map(row => row.commit_count)),
    deployCount: rows.reduce((sum, row) => sum + row.deploy_count, 0),
    lastCommit:
      rows
        .map(row => row.last_commit)
        .filter(sha => sha !== null)
        .map(id => ({ id }))[0] ?? null,
    firstEvent: shown(first),
    // Only the hour of the last event is known.
    lastEvent: shown(last === null ? null : Math.max(last, Math.min(first ?? last, last + hourMs))),
    projects: rows.flatMap(row => projects.filter(({ id }) => id === row.project_id))
  }
}
