/**
 * Leases: who of the cluster's nodes does what only one may do. A lease is a row (name, holder, epoch, expires_at) on
 * the database's clock, which nobody's own clock can contradict. Its epoch grows with every holder, and every effect of
 * a holder checks it in the transaction that writes the effect: one that was paused for however long and wakes up can
 * write nothing.
 */
import type { Sql, TransactionSql } from './sql.ts'

export type Lease = { name: string; holder: string; epoch: number }

export type LeaseRequest = {
  name: string
  /** Names one run of one process; nobody else ever uses it. */
  holder: string
  validMs: number
}

/** Somebody else has the lease by now: what was to be written was rolled back. */
export class LeaseLost extends Error {
  override name = 'LeaseLost'

  constructor({ name, epoch }: Lease) {
    super(`the lease ${name} of epoch ${epoch} is no longer held`)
  }
}

/**
 * Takes the lease when nobody holds it; null otherwise. One's own earlier lease is taken over at once, with a new
 * epoch.
 */
export async function takeLease(sql: Sql, { name, holder, validMs }: LeaseRequest): Promise<Lease | null> {
  // Those who wait ask often: reading first spares a lock and a write every time.
  const [row] = await sql<{ epoch: number }[]>`
    insert into leases as l (name, holder, epoch, expires_at)
    select ${name}, ${holder}, 1, clock_timestamp() + ${validMs} * interval '1 ms'
    where not exists (select from leases where name = ${name} and holder <> ${holder} and expires_at >= clock_timestamp())
    on conflict (name) do update set holder = excluded.holder, epoch = l.epoch + 1, expires_at = excluded.expires_at
      where l.holder = excluded.holder or l.expires_at < clock_timestamp()
    returning epoch`
  return row === undefined ? null : { name, holder, epoch: row.epoch }
}

/** False when somebody else has taken it. A lease that expired unnoticed is good again: nobody has acted in between. */
export async function renewLease(sql: Sql, { name, holder, epoch }: Lease, validMs: number): Promise<boolean> {
  const { count } = await sql`
    update leases set expires_at = clock_timestamp() + ${validMs} * interval '1 ms'
    where name = ${name} and holder = ${holder} and epoch = ${epoch}`
  return count === 1
}

/** Lets others take it at once. */
export async function releaseLease(sql: Sql, { name, holder, epoch }: Lease): Promise<void> {
  await sql`update leases set expires_at = '-infinity' where name = ${name} and holder = ${holder} and epoch = ${epoch}`
}

export async function holdsLease(sql: Sql, { name, epoch }: Lease): Promise<boolean> {
  const rows = await sql`select from leases where name = ${name} and epoch = ${epoch}`
  return rows.length === 1
}

/**
 * One transaction of a holder: commits only while the lease is of this epoch, throws `LeaseLost` otherwise. The check
 * comes last and keeps others from taking the lease until the commit; a holder that is paused in between is thrown out
 * by the server after a moment.
 */
export async function withLease<Result>(
  sql: Sql,
  { name, epoch, holder }: Lease,
  work: (sql: TransactionSql) => Promise<Result>
): Promise<Result> {
  return await sql.begin(async sql => {
    await sql`set local idle_in_transaction_session_timeout = '3s'`
    const result = await work(sql)
    const held = await sql`select from leases where name = ${name} and epoch = ${epoch} for share`
    if (held.length === 0) throw new LeaseLost({ name, holder, epoch })
    return result
  })
}
