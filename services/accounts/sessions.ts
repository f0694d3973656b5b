/** Sessions of browsers. A login starts one; a logout, a changed password, or a long time without use ends it. */
import { v7 as uuidv7 } from 'uuid'
import * as v from 'valibot'
import { sessionTimes } from './callers.ts'
import { hashSecret, newSecret } from '../machine/secrets.ts'
import type { Queryable } from '../database/sql.ts'

const sessionRow = v.strictObject({
  id: v.string(),
  remote_address: v.string(),
  user_agent: v.string(),
  created_at: v.date(),
  last_used_at: v.date(),
  expires_at: v.date()
})
export type Session = v.InferOutput<typeof sessionRow>

export type SessionStart = { userId: string; remoteAddress: string; userAgent: string; now: number }

/** Of one user; the oldest end when there are more. */
const sessionsMax = 50

/** Returns the secret for the cookie; only its hash is kept. */
export async function startSession(
  sql: Queryable,
  { userId, remoteAddress, userAgent, now }: SessionStart
): Promise<string> {
  const secret = newSecret()
  const at = new Date(now)
  await sql`
    insert into sessions (id, secret_hash, user_id, remote_address, user_agent, created_at, last_used_at, expires_at)
    values (${uuidv7()}, ${hashSecret(secret)}, ${userId}, ${remoteAddress}, ${userAgent.replaceAll('\0', '')}, ${at},
      ${at}, ${at}::timestamptz + make_interval(days => ${sessionTimes.idleDays}))`
  await sql`
    delete from sessions where id in (
      select id from sessions where user_id = ${userId} order by last_used_at desc, id desc offset ${sessionsMax})`
  return secret
}

/** The user of the session has given their password just now. */
export async function confirmSession(sql: Queryable, id: string, now: number): Promise<void> {
  await sql`update sessions set confirmed_at = ${new Date(now)} where id = ${id}`
}

/** Newest first; `after` is the id that the last page ended with. */
export async function listSessions(
  sql: Queryable,
  { userId, after, limit, now }: { userId: string; after: string | null; limit: number; now: number }
): Promise<Session[]> {
  return await sql.rows(sessionRow)`
    select id, remote_address, user_agent, created_at, last_used_at, expires_at from sessions
    where user_id = ${userId} and expires_at > ${new Date(now)} ${after === null ? sql`` : sql`and id < ${after}`}
    order by id desc limit ${limit}`
}

/** True when it was there, and this user's. */
export async function endSession(sql: Queryable, userId: string, id: string): Promise<boolean> {
  const { count } = await sql`delete from sessions where user_id = ${userId} and id = ${id}`
  return count > 0
}

/** Ends all sessions of a user but one. */
export async function endOtherSessions(sql: Queryable, userId: string, keptId: string | null): Promise<void> {
  await sql`delete from sessions where user_id = ${userId} ${keptId === null ? sql`` : sql`and id <> ${keptId}`}`
}

/** Removes sessions that have ended, in steps. */
export async function forgetSessions(
  sql: Queryable,
  { now, rowsMax }: { now: number; rowsMax: number }
): Promise<number> {
  const { count } = await sql`
    delete from sessions where id in (select id from sessions where expires_at < ${new Date(now)} order by expires_at
      limit ${rowsMax})`
  return count
}
