/**
 * What other rules for grouping would do to the last events of a project. It reads at most `eventsMax` events,
 * `bytesMax` of payload and for `budgetMs`, and says which of these ended it. It works in slices, so that the event
 * loop goes on, and at most `atOnceMax` run at once on a node: more are refused.
 */
import { setImmediate } from 'node:timers/promises'
import pLimit from 'p-limit'
import { lookAt, startPreview, type GroupNow, type Preview } from '../../events/grouping/rules/preview.ts'
import { parseRules, type ProjectRules } from '../../events/grouping/rules/project-rules.ts'
import { storedEvent } from '../../events/stored-event.ts'
import type { GroupingPreview, PreviewedGroup } from '../../schema/api/grouping.ts'
import type { GroupingTexts } from '../../schema/pipeline.ts'
import { readSettings } from '../accounts/settings.ts'
import type { Sql } from '../database/sql.ts'
import { newestPayloads, type StoredPayload } from '../events/newest-payloads.ts'
import { rootsOf } from '../search/issue-roots.ts'

export type PreviewLimits = { eventsMax: number; bytesMax: number; budgetMs: number }

const usual: PreviewLimits = { eventsMax: 1_000, bytesMax: 64 * 1024 * 1024, budgetMs: 10_000 }
const sliceMs = 8
const atOnceMax = 2
const groupsShownMax = 50
const intoShownMax = 10

const limit = pLimit(atOnceMax)

/** Null when as many as may are under way. `texts` have been found to be rules. */
export async function previewGrouping(
  sql: Sql,
  projectId: number,
  texts: Omit<GroupingTexts, 'revision'>,
  { now, limits = usual }: { now: number; limits?: PreviewLimits }
): Promise<GroupingPreview | null> {
  if (limit.activeCount >= atOnceMax) return null
  return await limit(async () => {
    const { grouping } = await readSettings(sql, projectId)
    const rules = { now: parseRules(grouping), then: parseRules({ ...texts, revision: 0 }) }
    const preview = startPreview(rules.then)
    const endedBy = await lookAtAll(sql, projectId, { preview, rules, now, limits })
    return await resultOf(sql, projectId, preview, endedBy)
  })
}

type Work = { preview: Preview; rules: { now: ProjectRules; then: ProjectRules }; now: number; limits: PreviewLimits }

async function lookAtAll(sql: Sql, projectId: number, work: Work): Promise<GroupingPreview['ended_by']> {
  const { preview, now, limits } = work
  const deadline = performance.now() + limits.budgetMs
  let bytes = 0
  for await (const page of newestPayloads(sql, projectId, { now, eventsMax: limits.eventsMax })) {
    await lookAtPage(page, work)
    bytes += page.reduce((sum, { payload }) => sum + payload.length, 0)
    if (bytes >= limits.bytesMax) return 'bytes'
    if (performance.now() >= deadline) return 'time'
  }
  return preview.events >= limits.eventsMax ? 'events' : null
}

async function lookAtPage(page: readonly StoredPayload[], { preview, rules }: Work): Promise<void> {
  let sliceEnd = performance.now() + sliceMs
  for (const { payload, received_at: receivedAt, issue_id: issueId } of page) {
    const event = storedEvent(payload, receivedAt.getTime())
    if (event !== null) lookAt(preview, { event, issueId }, rules)
    if (performance.now() < sliceEnd) continue
    await setImmediate()
    sliceEnd = performance.now() + sliceMs
  }
}

async function resultOf(
  sql: Sql,
  projectId: number,
  preview: Preview,
  endedBy: GroupingPreview['ended_by']
): Promise<GroupingPreview> {
  const affected = [...preview.now]
    .map(([fingerprint, group]) => ({ fingerprint, group, ...effectOn(group, preview) }))
    .filter(({ group, joined }) => joined || group.changed > 0)
    .sort((a, b) => b.group.events - a.group.events)
  const shown = affected.slice(0, groupsShownMax)
  const roots = await rootsOf(
    sql,
    projectId,
    shown.map(({ group }) => group.issueId)
  )
  return {
    events: preview.events,
    ended_by: endedBy,
    events_changed: preview.changed,
    issues_now: preview.now.size,
    issues_then: preview.then.size,
    issues_split: affected.filter(({ split }) => split).length,
    issues_joined: affected.filter(({ joined }) => joined).length,
    fingerprint_rules: linesOf(preview.fingerprintRules),
    stack_rules: linesOf(preview.stackRules),
    issues: shown.map(({ group, split, joined }) => ({
      issue_id: roots.get(group.issueId)?.rootId ?? null,
      title: group.title,
      events: group.events,
      events_changed: group.changed,
      split,
      joined,
      groups_count: group.into.size,
      groups: groupsOf(group, preview)
    }))
  }
}

function effectOn({ into }: GroupNow, { then }: Preview): { split: boolean; joined: boolean } {
  const fromSeveral = [...into.keys()].some(fingerprint => (then.get(fingerprint)?.from.size ?? 0) > 1)
  return { split: into.size > 1, joined: fromSeveral }
}

/** The largest first. */
function groupsOf({ into }: GroupNow, { now, then }: Preview): PreviewedGroup[] {
  return [...into]
    .sort(([, a], [, b]) => b - a)
    .slice(0, intoShownMax)
    .map(([fingerprint, events]) => {
      const group = then.get(fingerprint)
      return {
        title: group?.title ?? '',
        events,
        events_in_all: group?.events ?? events,
        issues_joined: group?.from.size ?? 1,
        is_new: !now.has(fingerprint)
      }
    })
}

function linesOf(counts: ReadonlyMap<number, number>): { line: number; events: number }[] {
  return Array.from(counts, ([line, events]) => ({ line, events }))
}
