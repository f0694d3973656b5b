/**
 * The commits of a release, newest first, each with the files that it changed. Naming them again replaces them. Issues
 * that are resolved in one of them are resolved in the release.
 */
import * as v from 'valibot'
import type { Queryable, Sql } from '../database/sql.ts'
import { putRelease } from './registered.ts'
import { resolveWaiting } from '../issues/resolved-commits.ts'

export type ChangedFile = { path: string; type: string }

export type Commit = {
  sha: string
  repository: string
  message: string
  authorName: string
  authorEmail: string
  committedAt: Date | null
  files: readonly ChangedFile[]
}

/** Of one release; the newest are kept. */
export const commitsMax = 1_000
/** Of one commit. */
export const filesMax = 1_000

/** False where the project has as many releases as one may have. */
export async function setCommits(
  sql: Sql,
  projectId: number,
  release: string,
  commits: readonly Commit[]
): Promise<boolean> {
  return await sql.begin(async sql => {
    if (!(await putRelease(sql, projectId, release))) return false
    await sql`delete from release_commits where project_id = ${projectId} and release = ${release}`
    const rows = commits.slice(0, commitsMax).map((commit, position) => ({
      position,
      sha: commit.sha,
      repository: commit.repository,
      message: commit.message,
      author_name: commit.authorName,
      author_email: commit.authorEmail,
      committed_at: commit.committedAt?.toISOString() ?? null,
      files: commit.files.slice(0, filesMax)
    }))
    await sql`
      insert into release_commits (project_id, release, position, sha, repository, message, author_name, author_email,
        committed_at, files)
      select ${projectId}, ${release}, c.position, c.sha, c.repository, c.message, c.author_name, c.author_email,
        c.committed_at, c.files
      from json_to_recordset(${sql.json(rows)}) as c (position integer, sha text, repository text, message text,
        author_name text, author_email text, committed_at timestamptz, files json)`
    await resolveWaiting(sql, projectId, release)
    return true
  })
}

const commitRow = v.strictObject({
  sha: v.string(),
  repository: v.string(),
  message: v.string(),
  author_name: v.string(),
  author_email: v.string(),
  committed_at: v.nullable(v.date()),
  files: v.array(v.object({ path: v.string(), type: v.string() }))
})

/** Newest first. */
export async function listCommits(
  sql: Queryable,
  projectId: number,
  release: string,
  { limit, after = -1 }: { limit: number; after?: number }
): Promise<Commit[]> {
  const rows = await sql.rows(commitRow)`
    select sha, repository, message, author_name, author_email, committed_at, files from release_commits
    where project_id = ${projectId} and release = ${release} and position > ${after} order by position limit ${limit}`
  return rows.map(commitOf)
}

function commitOf(row: v.InferOutput<typeof commitRow>): Commit {
  return {
    sha: row.sha,
    repository: row.repository,
    message: row.message,
    authorName: row.author_name,
    authorEmail: row.author_email,
    committedAt: row.committed_at,
    files: row.files
  }
}
