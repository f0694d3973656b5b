/**
 * Where the frames of an event are in the repository, and which commits of the release in which its issue began changed
 * their files. Links lead to the newest commit of the event's release, else to the branch of the mapping.
 */
import * as v from 'valibot'
import { linkOf } from '../../schema/link-templates.ts'
import { mappedPath } from '../../events/sources/code-mappings.ts'
import { suspectsAmong, type SuspectFrame } from '../../events/sources/suspects.ts'
import type { EventSources } from '../../schema/api/release-pages.ts'
import type { EventView } from '../../events/event-view.ts'
import { other } from '../rollups/bounds.ts'
import { familyOf } from '../search/issue-roots.ts'
import type { Queryable, Sql } from '../database/sql.ts'
import { readSources, type Sources } from './code-mappings.ts'
import { commitItemOf, repositoryOf } from './commit-items.ts'
import { listCommits, type Commit } from './commits.ts'

/** Of the release in which the issue began, the newest. */
const commitsLooked = 200
const suspectsShown = 20
/** Of an event: the newest of the last exceptions. */
const framesMax = 200

export async function eventSourcesOf(
  sql: Sql,
  { projectId, rootId, release }: { projectId: number; rootId: string; release: string },
  view: EventView
): Promise<EventSources> {
  const [sources, began, heads] = await Promise.all([
    readSources(sql, projectId),
    beganWith(sql, projectId, rootId),
    release === '' ? [] : headsOf(sql, projectId, release)
  ])
  const frames = framesOf(view)
  const commits = began === null ? [] : await listCommits(sql, projectId, began, { limit: commitsLooked })
  return {
    links: linksOf(frames, sources, heads),
    suspects: { release: began, looked: commits.length, ...suspectsOf(commits, frames, sources, began) }
  }
}

const beganRow = v.strictObject({ release: v.string() })

/** The first release that the events of an issue named, with what was merged into it. */
async function beganWith(sql: Queryable, projectId: number, rootId: string): Promise<string | null> {
  const family = await familyOf(sql, projectId, rootId)
  const [row] = await sql.rows(beganRow)`
    select release from issue_begins where project_id = ${projectId} and issue_id = any (${family}::uuid[])
      and release <> ${other} order by first_seen, release limit 1`
  return row?.release ?? null
}

const headRow = v.strictObject({ repository: v.string(), sha: v.string() })
type Head = v.InferOutput<typeof headRow>

/** The newest commit of each repository. */
async function headsOf(sql: Queryable, projectId: number, release: string): Promise<Head[]> {
  return await sql.rows(headRow)`
    select distinct on (repository) repository, sha from release_commits where project_id = ${projectId}
      and release = ${release} order by repository, position limit 100`
}

/** Frames of the application, where it happened first; all of them where none says that it is. */
function framesOf(view: EventView): SuspectFrame[] {
  const traces = [...(view.exception?.values ?? []).map(({ stacktrace }) => stacktrace).reverse(), view.stacktrace]
  const all = traces.flatMap(trace => (trace?.frames ?? []).toReversed())
  const own = all.filter(frame => frame.in_app === true)
  return (own.length === 0 ? all : own).slice(0, framesMax).map(frame => ({
    filename: textOf(frame.filename),
    absPath: textOf(frame.abs_path),
    module: textOf(frame.module),
    platform: textOf(frame.platform) || view.platform,
    line: typeof frame.lineno === 'number' && frame.lineno > 0 ? frame.lineno : null
  }))
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

/** What the dashboard knows a frame's file by. */
function fileOf({ filename, absPath, module }: SuspectFrame): string {
  return filename || absPath || module
}

function linksOf(frames: readonly SuspectFrame[], sources: Sources, heads: readonly Head[]): EventSources['links'] {
  const links = new Map<string, EventSources['links'][number]>()
  for (const frame of frames) {
    const link = lineLink(frame, sources, heads)
    if (link !== null) links.set(`${link.file}:${link.line}`, link)
  }
  return [...links.values()]
}

function lineLink(
  frame: SuspectFrame,
  { sourceUrl, mappings }: Sources,
  heads: readonly Head[]
): EventSources['links'][number] | null {
  const mapped = mappedPath(frame, mappings)
  if (mapped === null) return null
  const { repository, branch } = mapped.mapping
  const head = heads.length === 1 ? heads[0] : heads.find(one => one.repository === repository)
  const url = linkOf(sourceUrl, 'source', {
    repo: repository || (head?.repository ?? ''),
    sha: head?.sha ?? branch,
    path: mapped.path,
    line: String(frame.line ?? 1)
  })
  if (url === null) return null
  return { file: fileOf(frame), line: frame.line, path: mapped.path, url, at_commit: head !== undefined }
}

function suspectsOf(
  commits: readonly Commit[],
  frames: readonly SuspectFrame[],
  sources: Sources,
  began: string | null
): Pick<EventSources['suspects'], 'why' | 'data'> {
  if (began === null) return { why: 'no_release', data: [] }
  if (commits.length === 0) return { why: 'no_commits', data: [] }
  if (frames.length === 0) return { why: 'no_frames', data: [] }
  const found = suspectsAmong(commits, frames, sources.mappings).slice(0, suspectsShown)
  return {
    why: found.length === 0 ? 'no_match' : '',
    data: found.map(({ commit, files }) => ({
      ...commitItemOf(commit, sources),
      files: files.map(({ path, type, frame: index }) => {
        const frame = frames[index]
        return {
          path,
          type,
          frame: frame === undefined ? '' : [fileOf(frame), frame.line].filter(part => part !== null).join(':'),
          url: linkOf(sources.sourceUrl, 'source', {
            repo: repositoryOf(commit, sources),
            sha: commit.sha,
            path,
            line: String(frame?.line ?? 1)
          })
        }
      })
    }))
  }
}
