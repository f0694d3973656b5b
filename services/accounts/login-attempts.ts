/**
 * Counts attempts to log in, in the database, so that limits hold for all nodes and over restarts: by client address,
 * by account and by both. An attempt is counted before the password is checked, so many at once gain nothing; a
 * successful one is taken back. IPv6 addresses count by their network of 64 bits, since one client has all of it.
 */
import { createHash } from 'node:crypto'
import ipaddr from 'ipaddr.js'
import * as v from 'valibot'
import type { Queryable } from '../database/sql.ts'

export type Attempt = { purpose: 'login' | 'setup' | 'invite'; account: string; remoteAddress: string }

const windowMinutes = 15
const windowMs = windowMinutes * 60_000

/**
 * Within the window. One address may try one account a few times, so an attacker at one address locks out nobody else.
 * All addresses together may try it more often, still too seldom to guess a password.
 */
const attemptsMax = { both: 10, account: 100, address: 100 } as const

/** Counts an attempt. Returns null when it may be made, otherwise in how many milliseconds the next may. */
export async function beginAttempt(sql: Queryable, attempt: Attempt, now: number): Promise<number | null> {
  const subjects = subjectsOf(attempt)
  // One after the other: an attempt that the limit of its address stops does not use up the account's.
  for (const kind of ['address', 'both', 'account'] as const) {
    const { attempts, startedAt } = await count(sql, subjects[kind], now)
    if (attempts > attemptsMax[kind]) return Math.max(1, startedAt.getTime() + windowMs - now)
  }
  return null
}

/** For an attempt that succeeded. */
export async function takeBackAttempt(sql: Queryable, attempt: Attempt): Promise<void> {
  const { both, account, address } = subjectsOf(attempt)
  await sql`delete from login_attempts where subject = ${both}`
  await sql`
    update login_attempts set attempts = attempts - 1
    where subject in (select subject from login_attempts where subject = any (${[account, address]}) and attempts > 0
      order by subject for update)`
}

/** Lets a user who was locked out of an account try again; addresses with too many attempts stay blocked. */
export async function forgetAttemptsOn(sql: Queryable, account: string): Promise<void> {
  const { account: subject } = subjectsOf({ purpose: 'login', account, remoteAddress: '' })
  await sql`delete from login_attempts where subject = ${subject} or starts_with(subject, ${`${subject} `})`
}

export async function forgetAttempts(
  sql: Queryable,
  { now, rowsMax }: { now: number; rowsMax: number }
): Promise<number> {
  const { count } = await sql`
    delete from login_attempts where subject in (
      select subject from login_attempts where window_started_at < ${new Date(now - windowMs)} order by subject
        limit ${rowsMax} for update skip locked)`
  return count
}

const attemptsRow = v.strictObject({ attempts: v.number(), window_started_at: v.date() })

async function count(sql: Queryable, subject: string, now: number): Promise<{ attempts: number; startedAt: Date }> {
  const at = new Date(now)
  const since = new Date(now - windowMs)
  const [row] = await sql.rows(attemptsRow)`
    insert into login_attempts as a (subject, attempts, window_started_at) values (${subject}, 1, ${at})
    on conflict (subject) do update set
      attempts = case when a.window_started_at > ${since} then a.attempts + 1 else 1 end,
      window_started_at = case when a.window_started_at > ${since} then a.window_started_at else ${at} end
    returning attempts, window_started_at`
  if (row === undefined) throw new Error('an attempt was not counted')
  return { attempts: row.attempts, startedAt: row.window_started_at }
}

function subjectsOf({ purpose, account, remoteAddress }: Attempt): Record<keyof typeof attemptsMax, string> {
  const address = networkOf(remoteAddress)
  const hashed = createHash('sha256').update(account).digest('base64url')
  return { both: `${purpose} ${hashed} ${address}`, account: `${purpose} ${hashed}`, address: `${purpose} ${address}` }
}

/** A client of IPv6 has a whole network of 64 bits, so its first four groups count as one address. */
function networkOf(address: string): string {
  if (!ipaddr.IPv6.isValid(address)) return address
  const { parts } = ipaddr.IPv6.parse(address)
  return parts
    .slice(0, 4)
    .map(part => part.toString(16))
    .join(':')
}
