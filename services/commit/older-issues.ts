/**
 * Issues that an older version of grouping made. An event whose fingerprint is unknown is looked up by the older one
 * too, so that an upgrade splits no issue: what is found adopts the new fingerprint in the commit. Only events of
 * projects that have such issues are hashed again. An event whose payload cannot be read has no older fingerprint, nor
 * has one that a rule of its project groups: version 1 had no rules, and what they tell apart is to stay apart.
 */
import * as v from 'valibot'
import { fingerprintOfVersion1, version } from '../../events/grouping/v1/group.ts'
import { storedEvent } from '../../events/stored-event.ts'
import type { PreparedEvent } from '../../schema/pipeline.ts'
import type { Sql } from '../database/sql.ts'
import { findIssues, knownIssues } from './known-issues.ts'
import { issueKey } from './plan.ts'

/** Remembers the issues that these events, of which none is known, belong to by their older fingerprints. */
export async function learnOlderIssues(sql: Sql, events: readonly PreparedEvent[]): Promise<void> {
  const projects = await projectsWithOlderIssues(sql, events)
  const older = events
    .filter(({ projectId, grouping }) => projects.has(projectId) && grouping.rule !== 'custom_rule')
    .map(event => ({ event, projectId: event.projectId, fingerprint: olderFingerprint(event) }))
  const keys = older.flatMap(({ projectId, fingerprint }) => (fingerprint === null ? [] : [{ projectId, fingerprint }]))
  if (keys.length === 0) return
  const found = new Map((await findIssues(sql, keys)).map(issue => [issueKey(issue), issue]))
  const known = knownIssues(sql)
  for (const { event, projectId, fingerprint } of older) {
    const issue = fingerprint === null ? undefined : found.get(issueKey({ projectId, fingerprint }))
    if (issue === undefined) continue
    const { issueId, rootId, discarded } = issue
    known.set(projectId, event.fingerprint, { issueId, rootId, discarded, adopts: true })
  }
}

const projectRow = v.strictObject({ project_id: v.number() })

async function projectsWithOlderIssues(sql: Sql, events: readonly PreparedEvent[]): Promise<Set<number>> {
  const projects = [
    ...new Set(events.filter(event => event.grouping.version !== version).map(event => event.projectId))
  ]
  if (projects.length === 0) return new Set()
  // The version stands there as text, not as a parameter, so that the index of its issues can be used.
  const rows = await sql.rows(projectRow)`
    select project as project_id from unnest(${projects}::bigint[]) project
    where exists (select from issue_groupings where project_id = project and version = 'mesher:1')`
  return new Set(rows.map(row => row.project_id))
}

function olderFingerprint({ payload, receivedAt }: PreparedEvent): string | null {
  const event = storedEvent(payload, receivedAt)
  return event === null ? null : fingerprintOfVersion1(event)
}
