/**
 * The name of a node belongs to one process at a time. Its row in the list of nodes is the lease: the node renews it
 * every few seconds, and it ends `leaseMs` after the last renewal. A start that finds its name taken waits until the
 * holder renews, which refuses the start, or until the lease has ended. A holder that is known to have ended, because
 * it was a process of this machine, is not waited for.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import * as v from 'valibot'
import type { Queryable, Sql } from '../database/sql.ts'
import { startError } from '../database/start-error.ts'
import { hasEnded, type ProcessIdentity } from '../machine/this-process.ts'

export type NameClaim = { name: string; incarnation: number; version: string; process: ProcessIdentity }

type WaitHooks = { onProgress: (text: string) => void; leaseMs?: number }

/** Three renewals that did not come. */
export const nameLeaseMs = 15_000
const pollMs = 250

const holderRow = v.strictObject({
  incarnation: v.number(),
  address: v.nullable(v.string()),
  host: v.nullable(v.string()),
  pid: v.nullable(v.number()),
  boot: v.nullable(v.string()),
  seen_at_ms: v.number(),
  seen_ms_ago: v.number()
})
type Holder = v.InferOutput<typeof holderRow>

/** Resolves when this node has the name. Rejects with a StartError when another one has it and lives. */
export async function takeName(sql: Sql, claim: NameClaim, hooks: WaitHooks): Promise<void> {
  while (!(await claimName(sql, claim, hooks))) await waitForName(sql, claim, hooks)
}

/** Resolves when the name is free, without taking it. */
export async function waitForName(
  sql: Queryable,
  { name, process }: Pick<NameClaim, 'name' | 'process'>,
  { onProgress, leaseMs = nameLeaseMs }: WaitHooks
): Promise<void> {
  let first: Holder | null = null
  for (;;) {
    const holder = await holderOf(sql, name, leaseMs)
    if (holder === null) return
    if (holder.pid !== null && hasEnded({ pid: holder.pid, boot: holder.boot }, process)) {
      await endLease(sql, name, holder)
      continue
    }
    if (first !== null && holder.seen_at_ms > first.seen_at_ms) throw taken(name, holder)
    if (first === null) onProgress(`${sentence(name, holder)}: waiting to see whether it still runs`)
    first ??= holder
    await sleep(pollMs)
  }
}

/** For the only process that can reach a database: the nodes that have these names have ended. */
export async function freeNames(sql: Queryable, names: readonly string[]): Promise<void> {
  await sql`delete from nodes where name = any(${names})`
}

/** Writes the first row of a node, unless another one has the name. One at a time for each name. */
async function claimName(
  sql: Sql,
  { name, incarnation, version, process: { host, pid, boot } }: NameClaim,
  { leaseMs = nameLeaseMs }: WaitHooks
): Promise<boolean> {
  return await sql.begin(async sql => {
    await sql`select pg_advisory_xact_lock(hashtextextended(${name}, 0))`
    if ((await holderOf(sql, name, leaseMs)) !== null) return false
    await sql`
      insert into nodes (name, incarnation, address, version, started_at, seen_at, load, links, routes, host, pid, boot)
      values (${name}, ${incarnation}, null, ${version}, clock_timestamp(), clock_timestamp(), 0, '{}', '[]', ${host},
        ${pid}, ${boot})`
    return true
  })
}

async function holderOf(sql: Queryable, name: string, leaseMs: number): Promise<Holder | null> {
  const [holder] = await sql.rows(holderRow)`
    select incarnation::float8 as incarnation, address, host, pid, boot,
      (extract(epoch from seen_at) * 1000)::float8 as seen_at_ms,
      (extract(epoch from clock_timestamp() - seen_at) * 1000)::float8 as seen_ms_ago
    from nodes where name = ${name} and seen_at > clock_timestamp() - make_interval(secs => ${leaseMs / 1000})
    order by seen_at desc limit 1`
  return holder ?? null
}

/** Not when it was renewed since: then that process lives after all. */
async function endLease(sql: Queryable, name: string, { incarnation, seen_at_ms: seenAt }: Holder): Promise<void> {
  await sql`
    delete from nodes where name = ${name} and incarnation = ${incarnation}
      and (extract(epoch from seen_at) * 1000)::float8 = ${seenAt}`
}

function taken(name: string, holder: Holder): Error {
  return startError(
    'name_taken',
    `${sentence(name, holder)}.`,
    'Give this one a name of its own with --node-name or MESHER_NODE_NAME, or stop the other one.'
  )
}

function sentence(name: string, { host, pid, address, seen_ms_ago: agoMs }: Holder): string {
  const what = host === null || pid === null ? 'a process of an earlier version' : `process ${pid} on ${host}`
  const where = address === null ? '' : ` at ${address}`
  return `a node called ${name} works on this database: ${what}${where}, seen ${Math.round(agoMs / 1_000)} s ago`
}
