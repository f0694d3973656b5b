/** Deploys: when which release went where. A project keeps its newest ones. */
import { v7 as uuidv7 } from 'uuid'
import * as v from 'valibot'
import type { Queryable, Sql } from '../database/sql.ts'
import { putRelease } from './registered.ts'

const deployRow = v.strictObject({
  id: v.string(),
  release: v.string(),
  environment: v.string(),
  name: v.string(),
  url: v.string(),
  started_at: v.nullable(v.date()),
  finished_at: v.date()
})
export type Deploy = v.InferOutput<typeof deployRow>

export type NewDeploy = {
  environment: string
  name: string
  url: string
  startedAt: Date | null
  finishedAt: Date
}

/** Of one project. */
const deploysMax = 20_000

/** Null where the project has as many releases as one may have. */
export async function addDeploy(
  sql: Sql,
  projectId: number,
  release: string,
  { environment, name, url, startedAt, finishedAt }: NewDeploy
): Promise<Deploy | null> {
  return await sql.begin(async sql => {
    if (!(await putRelease(sql, projectId, release))) return null
    const [deploy] = await sql.rows(deployRow)`
      insert into deploys (project_id, id, release, environment, name, url, started_at, finished_at)
      values (${projectId}, ${uuidv7()}, ${release}, ${environment}, ${name}, ${url}, ${startedAt}, ${finishedAt})
      returning id, release, environment, name, url, started_at, finished_at`
    await sql`
      delete from deploys where project_id = ${projectId} and id = any (array(
        select id from deploys where project_id = ${projectId}
        order by finished_at desc offset ${deploysMax} limit 100))`
    return deploy ?? null
  })
}

export type DeploysAsked = {
  release?: string | null
  /** Empty for all. */
  environments?: readonly string[]
  from?: Date | null
  to?: Date | null
  /** Where the page before ended. */
  before?: { at: Date; id: string } | null
  limit: number
}

/** Newest first, of one release or of all, and of a range of time. */
export async function listDeploys(
  sql: Queryable,
  projectId: number,
  { release = null, environments = [], from = null, to = null, before = null, limit }: DeploysAsked
): Promise<Deploy[]> {
  return await sql.rows(deployRow)`
    select id, release, environment, name, url, started_at, finished_at from deploys where project_id = ${projectId}
      ${release === null ? sql`` : sql`and release = ${release}`}
      ${environments.length === 0 ? sql`` : sql`and environment = any (${environments})`}
      ${from === null ? sql`` : sql`and finished_at >= ${from}`} ${to === null ? sql`` : sql`and finished_at < ${to}`}
      ${before === null ? sql`` : sql`and (finished_at, id) < (${before.at}::timestamptz, ${before.id}::uuid)`}
    order by finished_at desc, id desc limit ${limit}`
}
