/**
 * How far time has certainly passed. Everything that expires goes by this and not by a clock alone, because a clock
 * that is wrong for a minute would take everything with it. It follows the database's clock as long as it is asked at
 * least once a day. After a longer gap nobody can tell a pause from a wrong clock:
 * - While the newest event is from before the gap, it stays where it is.
 * - Once events are received at the time that the clock shows, it catches up, one day every `stepMs`.
 * - An operator who knows that the clock is right confirms it (`mesher retention confirm`).
 */
import * as v from 'valibot'
import { newestEventDay } from '../database/partitions.ts'
import type { Queryable, Sql } from '../database/sql.ts'

export type PassedTime = {
  /** The database's clock. */
  now: number
  /** What is due by then may go; never later than `now`. */
  until: number
  /** Why it is more than a day behind the clock. */
  waitsFor: 'nothing' | 'next_step' | 'events'
}

const dayMs = 86_400_000
/** A pause of two weeks is made up for within three days, and a wrong clock leaves that long to notice. */
const stepMs = 4 * 60 * 60 * 1_000

/** Moves it on as far as the rules above allow. Safe to call from several nodes at once. */
export async function passTime(sql: Sql): Promise<PassedTime> {
  return await sql.begin(async sql => {
    const { now, until: before, steppedAt } = await read(sql, { forUpdate: true })
    if (before !== null && now <= before + dayMs) return await moved(sql, now, Math.max(now, before))

    const newest = await newestEventDay(sql, { now })
    // Without an event there is none to lose.
    if (newest === null) return await moved(sql, now, now)
    if (before === null) return await moved(sql, now, Math.min(now, newest + dayMs))
    if (newest + 2 * dayMs <= now) return { now, until: before, waitsFor: 'events' }
    if (steppedAt !== null && Math.abs(now - steppedAt) < stepMs) return { now, until: before, waitsFor: 'next_step' }
    await sql`update passed_time set stepped_at = ${new Date(now)}`
    return await moved(sql, now, before + dayMs)
  })
}

/** As it is, without moving it. */
export async function passedTime(sql: Sql): Promise<PassedTime> {
  const { now, until } = await read(sql, { forUpdate: false })
  if (until === null) return { now, until: now, waitsFor: 'nothing' }
  if (now <= until + dayMs) return { now, until: Math.min(now, until), waitsFor: 'nothing' }
  const newest = await newestEventDay(sql, { now })
  return { now, until, waitsFor: newest !== null && newest + 2 * dayMs <= now ? 'events' : 'next_step' }
}

/** An operator says that the database's clock is right: everything that is due by it goes at the next run. */
export async function confirmPassedTime(sql: Sql): Promise<void> {
  await sql`update passed_time set until = clock_timestamp(), stepped_at = null`
}

const passedRow = v.strictObject({
  now: v.date(),
  until: v.nullable(v.date()),
  stepped_at: v.nullable(v.date())
})

async function read(sql: Queryable, { forUpdate }: { forUpdate: boolean }) {
  const [row] = await sql.rows(passedRow)`
    select clock_timestamp() as now, until, stepped_at from passed_time ${forUpdate ? sql`for update` : sql``}`
  if (row === undefined) throw new Error('the row of passed_time is missing')
  return {
    now: row.now.getTime(),
    until: row.until === null ? null : row.until.getTime(),
    steppedAt: row.stepped_at === null ? null : row.stepped_at.getTime()
  }
}

/** A clock that was put back takes nothing away: what it had reached counts again when it gets there. */
async function moved(sql: Queryable, now: number, until: number): Promise<PassedTime> {
  await sql`update passed_time set until = ${new Date(until)}`
  return { now, until: Math.min(now, until), waitsFor: now - until > dayMs ? 'next_step' : 'nothing' }
}
