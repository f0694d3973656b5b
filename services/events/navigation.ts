/**
 * The neighbours of an event within its issue; merged issues count as one. Ids sort by time, so a neighbour is the next
 * entry of the index (issue_id, id). It is looked for in windows of days that grow, between the issue's first and last
 * event.
 */
import * as v from 'valibot'
import { receivedAtOf } from '../../events/event-ids.ts'
import { eachClass } from '../search/event-windows.ts'
import { familyOf } from '../search/issue-roots.ts'
import type { Sql } from '../database/sql.ts'
import type { IssueLife } from './of-issue.ts'

/** Ids of events; null where there is none. `previous` is older. */
export type Navigation = { previous: string | null; next: string | null; first: string; latest: string }

/** `classes` are the retention classes that the project's events may be in. */
type LifeInProject = IssueLife & { projectId: number; classes: readonly number[] }

type Direction = 'older' | 'newer'

const dayMs = 86_400_000
const windowDays = { first: 2, growth: 4 } as const
const leastId = '00000000-0000-0000-0000-000000000000'
const greatestId = 'ffffffff-ffff-ffff-ffff-ffffffffffff'

export async function navigate(sql: Sql, life: LifeInProject, eventId: string): Promise<Navigation> {
  const family = await familyOf(sql, life.projectId, life.rootId)
  const bounds = await boundsOf(sql, life, family)
  const find = (id: string, direction: Direction): Promise<string | null> =>
    neighbour(sql, { ...life, ...bounds }, family, id, direction)
  const [previous, next, first, latest] = await Promise.all([
    find(eventId, 'older'),
    find(eventId, 'newer'),
    find(leastId, 'newer'),
    find(greatestId, 'older')
  ])
  return { previous, next, first: first ?? eventId, latest: latest ?? eventId }
}

const boundsRow = v.strictObject({ first: v.nullable(v.date()), last: v.nullable(v.date()) })

/** First and last event of the whole family: a merged issue may have been seen before its root, and after. */
async function boundsOf(
  sql: Sql,
  { projectId, firstSeen, lastSeen }: LifeInProject,
  family: readonly string[]
): Promise<Pick<IssueLife, 'firstSeen' | 'lastSeen'>> {
  if (family.length === 1) return { firstSeen, lastSeen }
  const [row] = await sql.rows(boundsRow)`
    select min(first_seen) as first, max(last_seen) as last from issues where project_id = ${projectId}
      and id = any (${family})`
  return { firstSeen: row?.first?.getTime() ?? firstSeen, lastSeen: row?.last?.getTime() ?? lastSeen }
}

async function neighbour(
  sql: Sql,
  life: LifeInProject,
  family: readonly string[],
  id: string,
  direction: Direction
): Promise<string | null> {
  for (const [from, to] of windows(life, id, direction)) {
    const found = await firstBeyond(sql, life, family, { id, direction, from, to })
    if (found !== null) return found
  }
  return null
}

/** From the event to the issue's first or last event; both ends belong to a window. */
function* windows(
  { firstSeen, lastSeen }: IssueLife,
  id: string,
  direction: Direction
): Generator<[from: number, to: number]> {
  let days: number = windowDays.first
  if (direction === 'older') {
    for (let to = Math.min(lastSeen, receivedAtOf(id)); to >= firstSeen; days *= windowDays.growth) {
      const from = Math.floor(to / dayMs) * dayMs - (days - 1) * dayMs
      yield [Math.max(from, firstSeen), to]
      to = from - 1
    }
  } else {
    for (let from = Math.max(firstSeen, receivedAtOf(id)); from <= lastSeen; days *= windowDays.growth) {
      const to = Math.floor(from / dayMs) * dayMs + days * dayMs - 1
      yield [from, Math.min(to, lastSeen)]
      from = to + 1
    }
  }
}

type Beyond = { id: string; direction: Direction; from: number; to: number }

const idRow = v.strictObject({ id: v.string() })

async function firstBeyond(
  sql: Sql,
  { projectId, classes }: LifeInProject,
  family: readonly string[],
  { id, direction, from, to }: Beyond
): Promise<string | null> {
  const order = direction === 'older' ? sql`order by id desc limit 1` : sql`order by id limit 1`
  const beyond = eachClass(
    sql,
    classes,
    retentionDays => sql`
    select found.id from unnest(${family}::uuid[]) as issue, lateral (
      select e.id from events e
      where e.issue_id = issue and e.project_id = ${projectId} and e.retention_days = ${retentionDays}
        and e.received_at >= ${new Date(from)} and e.received_at <= ${new Date(to)}
        and ${direction === 'older' ? sql`e.id < ${id}` : sql`e.id > ${id}`} ${order}
    ) found ${order}`
  )
  const [row] = await sql.rows(idRow)`select id from (${beyond}) found ${order}`
  return row?.id ?? null
}
