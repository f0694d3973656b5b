/**
 * Leases decide which node of the cluster does what only one may do. A lease is a row (name, holder, epoch, expires_at)
 * on the clock of the database, so the clocks of nodes do not matter. The epoch grows with every holder, and every
 * effect of a holder checks it in the transaction that writes the effect: a node that was paused for however long
 * cannot write anything when it wakes up.
 */
import * as v from 'valibot'
import type { Sql, TransactionSql } from './sql.ts'

export type Lease = { name: string; holder: string; epoch: number }

export type LeaseRequest = {
  name: string
  /** Names one run of one process; it is never used again. */
  holder: string
  validMs: number
}

/** Another node has the lease by now: what was to be written was rolled back. */
export class LeaseLost extends Error {
  override name = 'LeaseLost'

  constructor({ name, epoch }: Lease) {
    super(`the lease ${name} of epoch ${epoch} is no longer held`)
  }
}

const epochRow = v.strictObject({ epoch: v.number() })

/**
 * Takes the lease when it is free; null otherwise. An earlier lease of the same holder is taken over at once, with a
 * new epoch.
 */
export async function takeLease(sql: Sql, { name, holder, validMs }: LeaseRequest): Promise<Lease | null> {
  // Waiting nodes call this often: reading first saves a lock and a write every time.
  const [row] = await sql.rows(epochRow)`
    insert into leases as l (name, holder, epoch, expires_at)
    select ${name}, ${holder}, 1, clock_timestamp() + ${validMs} * interval '1 ms'
    where not exists (select from leases where name = ${name} and holder <> ${holder}
      and expires_at >= clock_timestamp())
    on conflict (name) do update set holder = excluded.holder, epoch = l.epoch + 1, expires_at = excluded.expires_at
      where l.holder = excluded.holder or l.expires_at < clock_timestamp()
    returning epoch`
  return row === undefined ? null : { name, holder, epoch: row.epoch }
}

/**
 * False when another node has taken it. A lease that expired unnoticed is valid again, because no other node has acted
 * in between.
 */
export async function renewLease(sql: Sql, { name, holder, epoch }: Lease, validMs: number): Promise<boolean> {
  const { count } = await sql`
    update leases set expires_at = clock_timestamp() + ${validMs} * interval '1 ms'
    where name = ${name} and holder = ${holder} and epoch = ${epoch}`
  return count === 1
}

/** Lets another node take it at once. */
export async function releaseLease(sql: Sql, { name, holder, epoch }: Lease): Promise<void> {
  await sql`update leases set expires_at = '-infinity' where name = ${name} and holder = ${holder} and epoch = ${epoch}`
}

export async function holdsLease(sql: Sql, { name, epoch }: Lease): Promise<boolean> {
  const rows = await sql`select from leases where name = ${name} and epoch = ${epoch}`
  return rows.length === 1
}

/**
 * One transaction of a holder. It commits only while the lease has this epoch, and throws `LeaseLost` otherwise. The
 * check comes last and keeps other nodes from taking the lease until the commit; the server disconnects a holder that
 * is paused in between after a moment.
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
