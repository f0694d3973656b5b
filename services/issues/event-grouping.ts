/**
 * Why one event is in its issue. Events do not keep their fingerprint, so the event is grouped once more as it would be
 * today, and compared with the fingerprints that lead to its issue: where none of them is the same, the version, the
 * rules of the project or a merge was another when the event came.
 */
import * as v from 'valibot'
import { explain } from '../../events/grouping/explain/explain.ts'
import { applyRules, withoutRules } from '../../events/grouping/rules/apply.ts'
import { rulesOf } from '../../events/grouping/rules/project-rules.ts'
import { fingerprintOfVersion1 } from '../../events/grouping/v1/group.ts'
import { storedEvent } from '../../events/stored-event.ts'
import type { EventGroupingBody, Explanation } from '../../schema/api/event-grouping.ts'
import type { NormalisedEvent } from '../../schema/event.ts'
import type { GroupingTexts } from '../../schema/pipeline.ts'
import type { Queryable, Sql } from '../database/sql.ts'
import { loadEvent } from '../events/load.ts'
import type { EventKey } from '../events/visible.ts'
import { rootsOf } from '../search/issue-roots.ts'
import { shownTitles } from '../search/issue-titles.ts'

type Relation = EventGroupingBody['relation']

/** `texts` are the rules of the project. Null when the event or its issue is gone, or the event cannot be read. */
export async function explainEvent(
  sql: Sql,
  { key, slug, texts }: { key: EventKey; slug: string; texts: GroupingTexts }
): Promise<EventGroupingBody | null> {
  const { projectId, issueId, receivedAt } = key
  const [row, roots] = await Promise.all([loadEvent(sql, key), rootsOf(sql, projectId, [issueId])])
  const rootId = roots.get(issueId)?.rootId
  const event = row === null ? null : storedEvent(row.payload, receivedAt.getTime())
  if (event === null || rootId === undefined) return null

  const asSent = withoutRules(event)
  const today = explainedByRules(asSent, projectId, texts)
  const plain = explain(asSent, null)
  const older = fingerprintOfVersion1(asSent)
  const owners = await ownersOf(sql, projectId, [today.fingerprint, plain.fingerprint, older])
  const has = (fingerprint: string): boolean => owners.get(fingerprint)?.rootId === rootId
  if (has(today.fingerprint)) return { ...today, relation: knownRelation(owners.get(today.fingerprint), slug) }
  if (has(plain.fingerprint)) return { ...plain, relation: texted('rules_changed') }
  if (has(older)) return { ...today, relation: texted('older_version') }
  const other = owners.get(today.fingerprint)
  return { ...today, relation: other === undefined ? texted('unknown') : texted('elsewhere', shown(other, slug)) }
}

function explainedByRules(event: NormalisedEvent, projectId: number, texts: GroupingTexts): Explanation {
  const { event: changed, ruled } = applyRules(event, rulesOf(projectId, texts))
  return explain(changed, ruled)
}

const ownerRow = v.strictObject({
  fingerprint: v.string(),
  adopted: v.boolean(),
  id: v.string(),
  root_id: v.string(),
  number: v.number(),
  title: v.string()
})

/** An issue that a fingerprint leads to; `isAdopted` when an older version made it. */
type Owner = { id: string; rootId: string; number: number; title: string; isAdopted: boolean }

async function ownersOf(
  sql: Queryable,
  projectId: number,
  fingerprints: readonly string[]
): Promise<Map<string, Owner>> {
  const wanted = [...new Set(fingerprints)]
  const rows = await sql.rows(ownerRow)`
    select encode(f.fingerprint, 'hex') as fingerprint, f.adopted, i.id, coalesce(i.merged_into, i.id) as root_id,
      i.number, ${shownTitles(sql).title} as title
    from (
      select id, fingerprint, false as adopted from issues
      where project_id = ${projectId} and fingerprint = any (select decode(f, 'hex') from unnest(${wanted}::text[]) f)
      union all
      select issue_id, fingerprint, true from issue_fingerprints
      where project_id = ${projectId} and fingerprint = any (select decode(f, 'hex') from unnest(${wanted}::text[]) f)
    ) f join issues i on i.project_id = ${projectId} and i.id = f.id`
  return new Map(
    rows.map(({ fingerprint, adopted: isAdopted, root_id: rootId, ...row }) => [
      fingerprint,
      { ...row, rootId, isAdopted }
    ])
  )
}

function knownRelation(owner: Owner | undefined, slug: string): Relation {
  if (owner === undefined) return texted('same')
  if (owner.id !== owner.rootId) return texted('merged', shown(owner, slug))
  return texted(owner.isAdopted ? 'adopted' : 'same')
}

function shown({ id, number, title }: Owner, slug: string): NonNullable<Relation['issue']> {
  return { id, short_id: `${slug.toUpperCase()}-${number}`, title }
}

const texts: Record<Relation['kind'], (issue: string) => string> = {
  same: () => 'All events with this fingerprint are in this issue.',
  merged: issue => `Events with this fingerprint are those of ${issue}, which was merged into this issue.`,
  adopted: () =>
    'Version 1 of grouping made this issue. Its events have the fingerprint below since the upgrade, and stay here.',
  older_version: () =>
    'Version 1 of grouping put this event here. An event like it would be grouped as below, and stay in this issue.',
  rules_changed: () =>
    'The rules of the project have changed since this event came: without them it has the fingerprint of this issue.',
  elsewhere: issue =>
    `Events like this one go to ${issue} today. When this one came, that issue was merged into this one, ` +
    'or the rules of the project were others.',
  unknown: () =>
    'Events like this one would make a new issue today: the rules of the project, or the version of grouping, ' +
    'were others when this one came.'
}

function texted(kind: Relation['kind'], issue: Relation['issue'] = null): Relation {
  return { kind, text: texts[kind](issue?.short_id ?? ''), issue }
}
