/** Alert rules of projects. `actions` holds secrets in plain text: code that shows actions to users masks them. */
import { isDeepStrictEqual } from 'node:util'
import { v7 as uuidv7 } from 'uuid'
import * as v from 'valibot'
import { alertKinds, type Action, type Condition, type Filters, filters, action } from '../../schema/alerts.ts'
import { dropDeliveries, lockWaiting } from './deliveries.ts'
import { ruleFilter } from './rule-filter.ts'
import type { PendingQuery, Queryable, Sql } from '../database/sql.ts'

export type RuleFields = {
  name: string
  isEnabled: boolean
  condition: Condition
  filters: Filters
  actions: Action[]
  cooldownMinutes: number
}

export type StoredRule = RuleFields & {
  id: string
  createdAt: Date
  updatedAt: Date
  lastFiredAt: Date | null
  /** The newest failure among the targets whose last delivery failed. */
  deliveryError: { at: string; action: Action; detail: string; isGivenUp: boolean } | null
}

const rowSchema = v.strictObject({
  id: v.string(),
  name: v.string(),
  is_enabled: v.boolean(),
  kind: v.picklist(alertKinds),
  threshold: v.nullable(v.number()),
  window_minutes: v.nullable(v.number()),
  scope: v.nullable(v.picklist(['project', 'issue'])),
  includes_archived: v.boolean(),
  counts_users: v.boolean(),
  increase_percent: v.nullable(v.number()),
  filters,
  actions: v.array(action),
  cooldown_minutes: v.number(),
  created_at: v.date(),
  updated_at: v.date(),
  last_fired_at: v.nullable(v.date()),
  failing: v.nullable(
    v.strictObject({
      action,
      is_given_up: v.boolean(),
      attempt: v.strictObject({ at: v.string(), ok: v.boolean(), detail: v.string() })
    })
  )
})
type Row = v.InferOutput<typeof rowSchema>

const rulesMax = 100

/** Newest first; `after` is the id that the last page ended with. */
export async function listRules(
  sql: Queryable,
  { projectId, after, limit }: { projectId: number; after: string | null; limit: number }
): Promise<StoredRule[]> {
  return await selectRules(
    sql,
    projectId,
    sql`${after === null ? sql`` : sql`and r.id < ${after}`} order by r.id desc limit ${limit}`
  )
}

export async function findRule(sql: Queryable, projectId: number, id: string): Promise<StoredRule | null> {
  const [rule] = await selectRules(sql, projectId, sql`and r.id = ${id}`)
  return rule ?? null
}

/** Null when the project has as many rules as it may have. `tags` are those of the query, see `ruleTags`. */
export async function createRule(
  sql: Sql,
  projectId: number,
  fields: RuleFields,
  now: number,
  tags: ReadonlySet<string> = new Set()
): Promise<StoredRule | null> {
  return await sql.begin(async sql => {
    await sql`select from projects where id = ${projectId} for update`
    const id = await insertRule(sql, projectId, fields, now, tags)
    return id === null ? null : await findRule(sql, projectId, id)
  })
}

/** For a transaction that holds the project. Null when it has as many rules as it may have. */
export async function insertRule(
  sql: Queryable,
  projectId: number,
  fields: RuleFields,
  now: number,
  tags: ReadonlySet<string> = new Set()
): Promise<string | null> {
  const id = uuidv7()
  const columns = columnsOf(fields)
  const filter = filterOf(projectId, fields.filters, tags)
  const { count } = await sql`
      insert into alert_rules (project_id, id, name, is_enabled, kind, threshold, window_minutes, scope,
        includes_archived, counts_users, increase_percent, issue_older_than_minutes, filters, filter, actions,
        cooldown_minutes, created_at, updated_at)
      select ${projectId}, ${id}, ${fields.name}, ${fields.isEnabled}, ${columns.kind}, ${columns.threshold},
        ${columns.window_minutes}, ${columns.scope}, ${columns.includes_archived}, ${columns.counts_users},
        ${columns.increase_percent}, ${columns.issue_older_than_minutes}, ${sql.json(fields.filters)},
        ${filter}::text::tsquery, ${sql.json(fields.actions)}, ${fields.cooldownMinutes}, ${new Date(now)},
        ${new Date(now)}
      where (select count(*) from alert_rules where project_id = ${projectId}) < ${rulesMax}`
  return count === 0 ? null : id
}

/** Of several projects, by project; of each the newest first. */
export async function rulesOfProjects(
  sql: Queryable,
  projectIds: readonly number[]
): Promise<Map<number, StoredRule[]>> {
  const found = new Map<number, StoredRule[]>()
  for (const projectId of projectIds) {
    found.set(projectId, await selectRules(sql, projectId, sql`order by r.id desc limit ${rulesMax}`))
  }
  return found
}

/**
 * `change` gets the rule as it is at that moment and returns its new fields. Null when the rule is gone. The rule's
 * events are counted anew. What waits to be sent is dropped when the rule is off now, or asks for something else, and
 * what waits for an action that it no longer has.
 */
export async function changeRule(
  sql: Sql,
  projectId: number,
  id: string,
  change: (rule: StoredRule) => RuleFields,
  now: number,
  tags: ReadonlySet<string> = new Set()
): Promise<StoredRule | null> {
  return await sql.begin(async sql => {
    await lockWaiting(sql, projectId, id)
    await sql`select from alert_rules where project_id = ${projectId} and id = ${id} for update`
    const rule = await findRule(sql, projectId, id)
    if (rule === null) return null
    const fields = change(rule)
    const columns = columnsOf(fields)
    // An unchanged query means what it meant, whatever tags have gone since.
    const filter = isDeepStrictEqual(fields.filters, rule.filters)
      ? sql`filter`
      : sql`${filterOf(projectId, fields.filters, tags)}::text::tsquery`
    await sql`
      update alert_rules set name = ${fields.name}, is_enabled = ${fields.isEnabled}, kind = ${columns.kind},
        threshold = ${columns.threshold}, window_minutes = ${columns.window_minutes}, scope = ${columns.scope},
        includes_archived = ${columns.includes_archived}, counts_users = ${columns.counts_users},
        increase_percent = ${columns.increase_percent},
        issue_older_than_minutes = ${columns.issue_older_than_minutes}, filters = ${sql.json(fields.filters)},
        filter = ${filter}, actions = ${sql.json(fields.actions)},
        cooldown_minutes = ${fields.cooldownMinutes}, counted_until = null, updated_at = ${new Date(now)}
      where project_id = ${projectId} and id = ${id}`
    await sql`delete from alert_rule_minutes where project_id = ${projectId} and rule_id = ${id}`
    await sql`delete from alert_rule_users where project_id = ${projectId} and rule_id = ${id}`
    const isSame = fields.isEnabled && asksTheSame(rule, fields)
    await dropDeliveries(sql, { projectId, ruleId: id, kept: isSame ? fields.actions : [] }, now)
    return await findRule(sql, projectId, id)
  })
}

function asksTheSame(before: RuleFields, after: RuleFields): boolean {
  return isDeepStrictEqual(before.condition, after.condition) && isDeepStrictEqual(before.filters, after.filters)
}

/** Its alerts stay; open deliveries are dropped. False when it is gone already. */
export async function deleteRule(sql: Sql, projectId: number, id: string, now: number): Promise<boolean> {
  return await sql.begin(async sql => {
    await lockWaiting(sql, projectId, id)
    const { count } = await sql`delete from alert_rules where project_id = ${projectId} and id = ${id}`
    await sql`delete from alert_rule_minutes where project_id = ${projectId} and rule_id = ${id}`
    await sql`delete from alert_rule_users where project_id = ${projectId} and rule_id = ${id}`
    await sql`delete from alert_firings where project_id = ${projectId} and rule_id = ${id}`
    await dropDeliveries(sql, { projectId, ruleId: id }, now)
    return count > 0
  })
}

/** Whether a test of this rule may be sent now: at most one every `pauseMs`. */
export async function beginTest(
  sql: Sql,
  projectId: number,
  id: string,
  { now, pauseMs }: { now: number; pauseMs: number }
): Promise<boolean> {
  const { count } = await sql`
    update alert_rules set tested_at = ${new Date(now)}
    where project_id = ${projectId} and id = ${id}
      and (tested_at is null or tested_at <= ${new Date(now - pauseMs)} or tested_at > ${new Date(now)})`
  return count > 0
}

function filterOf(projectId: number, filters: Filters, tags: ReadonlySet<string>): string | null {
  const result = ruleFilter(projectId, filters, tags)
  if (!result.ok) throw new Error(`the query of a rule was not checked: ${result.message}`)
  return result.filter
}

function columnsOf({ condition, filters }: RuleFields) {
  const threshold = condition.type === 'threshold' ? condition : null
  return {
    kind: condition.type,
    threshold: threshold?.count ?? null,
    window_minutes: threshold?.window_minutes ?? null,
    scope: threshold?.scope ?? null,
    includes_archived: threshold?.include_archived ?? false,
    counts_users: threshold?.of === 'users',
    increase_percent: threshold?.increase_percent ?? null,
    issue_older_than_minutes: filters.issue_older_than_minutes ?? null
  }
}

async function selectRules(
  sql: Queryable,
  projectId: number,
  which: PendingQuery<Record<string, unknown>>
): Promise<StoredRule[]> {
  const rows = await sql.rows(rowSchema)`
    select r.id, r.name, r.is_enabled, r.kind, r.threshold, r.window_minutes, r.scope, r.includes_archived,
      r.counts_users, r.increase_percent, r.filters, r.actions, r.cooldown_minutes, r.created_at, r.updated_at,
      (select max(fired_at) from alert_firings f where f.project_id = r.project_id
        and f.rule_id = r.id) as last_fired_at, failing.failing
    from alert_rules r left join lateral (
      select json_build_object('action', a.action, 'is_given_up', d.state = 'failed', 'attempt', d.attempt) as failing
      from jsonb_array_elements(r.actions) a (action) cross join lateral (
        select state, log->-1 as attempt from alert_deliveries d
        where d.project_id = r.project_id and d.rule_id = r.id and d.action = a.action and d.log <> '[]'
          and d.state <> 'dropped'
          order by created_at desc limit 1) d
      where not (d.attempt->>'ok')::boolean order by d.attempt->>'at' desc limit 1) failing on true
    where r.project_id = ${projectId} ${which}`
  return rows.map(row => ({
    id: row.id,
    name: row.name,
    isEnabled: row.is_enabled,
    condition: conditionOf(row),
    filters: row.filters,
    actions: row.actions,
    cooldownMinutes: row.cooldown_minutes,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    lastFiredAt: row.last_fired_at,
    deliveryError:
      row.failing === null
        ? null
        : {
            at: row.failing.attempt.at,
            action: row.failing.action,
            detail: row.failing.attempt.detail,
            isGivenUp: row.failing.is_given_up
          }
  }))
}

function conditionOf({ kind, threshold, increase_percent: increase, ...row }: Row): Condition {
  if (kind !== 'threshold') return { type: kind }
  return {
    type: 'threshold',
    count: threshold ?? 0,
    ...(row.counts_users ? { of: 'users' as const } : {}),
    window_minutes: row.window_minutes ?? 1,
    scope: row.scope ?? 'project',
    ...(increase === null ? {} : { increase_percent: increase }),
    include_archived: row.includes_archived
  }
}
