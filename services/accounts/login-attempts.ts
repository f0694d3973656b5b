/**
 * Counts attempts to log in, in the database, so that limits hold for all nodes and over restarts. Strangers are
 * counted by address, by account and by both; an open session and clients that the account knows (known-clients.ts)
 * have a limit of their own, so that strangers lock nobody out. An attempt is counted before the password is checked,
 * so many at once gain nothing; a successful one is taken back. IPv6 addresses count by their network of 64 bits, since
 * one client has all of it.
 */
import { createHash } from 'node:crypto'
import * as v from 'valibot'
import type { Queryable } from '../database/sql.ts'
import { knownAs, networkOf, type Client } from './known-clients.ts'

/** `sessionId` is that of an open session of the account, where its password is asked for once more. */
export type Attempt = Client & {
  purpose: 'login' | 'setup' | 'invite' | 'mail'
  account: string
  sessionId?: string | undefined
}

/** What an attempt was counted in. */
export type Budget = { subject: string; max: number; /** Of one client alone: a success clears it. */ isOwn: boolean }

/** `waitMs`: in how many milliseconds the next attempt may be made. */
export type Begun = { mayTry: true; budgets: Budget[] } | { mayTry: false; waitMs: number }

const windowMinutes = 15
const windowMs = windowMinutes * 60_000

/**
 * Within the window. One client may try one account a few times, so an attacker at one address locks out nobody else.
 * All strangers together may try an account more often, still too seldom to guess a password.
 */
const attemptsMax = { own: 10, account: 100, address: 100 } as const

/** Counts an attempt, and says whether it may be made. */
export async function beginAttempt(sql: Queryable, attempt: Attempt, now: number): Promise<Begun> {
  const budgets = await budgetsOf(sql, attempt)
  // One after the other: an attempt that the limit of its address stops does not use up the account's.
  for (const { subject, max } of budgets) {
    const { attempts, startedAt } = await count(sql, subject, now)
    if (attempts > max) return { mayTry: false, waitMs: Math.max(1, startedAt.getTime() + windowMs - now) }
  }
  return { mayTry: true, budgets }
}

/** For an attempt that succeeded. */
export async function takeBackAttempt(sql: Queryable, budgets: readonly Budget[]): Promise<void> {
  const subjects = (isOwn: boolean) => budgets.filter(budget => budget.isOwn === isOwn).map(({ subject }) => subject)
  await sql`delete from login_attempts where subject = any (${subjects(true)})`
  await sql`
    update login_attempts set attempts = attempts - 1
    where subject in (select subject from login_attempts where subject = any (${subjects(false)}) and attempts > 0
      order by subject for update)`
}

/** Lets a user who was locked out of an account try again; addresses with too many attempts stay blocked. */
export async function forgetAttemptsOn(sql: Queryable, account: string): Promise<void> {
  const subject = subjectOf('login', account)
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

async function budgetsOf(
  sql: Queryable,
  { purpose, account, device, remoteAddress, sessionId }: Attempt
): Promise<Budget[]> {
  const subject = subjectOf(purpose, account)
  const own = (client: string): Budget => ({ subject: `${subject} ${client}`, max: attemptsMax.own, isOwn: true })
  if (sessionId !== undefined) return [own(`session ${sessionId}`)]
  const known = purpose === 'login' ? await knownAs(sql, account, { device, remoteAddress }) : null
  if (known !== null) return [own(known)]
  const network = networkOf(remoteAddress)
  return [
    { subject: `${purpose} ${network}`, max: attemptsMax.address, isOwn: false },
    own(network),
    { subject, max: attemptsMax.account, isOwn: false }
  ]
}

function subjectOf(purpose: Attempt['purpose'], account: string): string {
  return `${purpose} ${createHash('sha256').update(account).digest('base64url')}`
}
