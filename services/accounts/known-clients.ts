/**
 * Clients that a user has logged in from: browsers, by the secret of a cookie that each keeps, and networks. They have
 * attempts to log in of their own (login-attempts.ts), and nothing else. A user has a few of them, and one that was not
 * used for long is forgotten.
 */
import ipaddr from 'ipaddr.js'
import * as v from 'valibot'
import type { Queryable } from '../database/sql.ts'
import { hashSecret, newSecret } from '../machine/secrets.ts'

/** `device` is the secret of the browser's cookie, null without one. */
export type Client = { device: string | null; remoteAddress: string }

export const deviceDays = 90
/** Of one user; the oldest are forgotten when there are more. */
const clientsMax = 20

const knownRow = v.strictObject({ client: v.string() })

/**
 * How the user with this address (in lower case) knows the client: by its browser, else by its network; null for a
 * stranger, and where there is no such user.
 */
export async function knownAs(sql: Queryable, email: string, client: Client): Promise<string | null> {
  const names = namesOf(client)
  const rows = await sql.rows(knownRow)`
    select k.client from users u join known_clients k on k.user_id = u.id
    where u.email = ${email} and k.client = any (${names})`
  const known = new Set(rows.map(row => row.client))
  return names.find(name => known.has(name)) ?? null
}

/** Returns the secret for the browser's cookie: the one that it has sent, if any user is known by it, or a new one. */
export async function rememberClient(
  sql: Queryable,
  userId: string,
  { device, remoteAddress }: Client,
  now: number
): Promise<string> {
  const at = new Date(now)
  const isKnown =
    device !== null && (await sql`select from known_clients where client = ${deviceName(device)} limit 1`).length > 0
  const secret = isKnown ? device : newSecret()
  await sql`
    insert into known_clients (user_id, client, last_used_at)
    select ${userId}, client, ${at} from unnest(${namesOf({ device: secret, remoteAddress })}::text[]) client
    order by client
    on conflict (user_id, client) do update set last_used_at = excluded.last_used_at`
  await sql`
    delete from known_clients where user_id = ${userId} and client in (
      select client from known_clients where user_id = ${userId}
      order by last_used_at desc, client offset ${clientsMax})`
  return secret
}

/** All of a user; their next login comes from a stranger. */
export async function forgetClientsOf(sql: Queryable, userId: string): Promise<void> {
  await sql`delete from known_clients where user_id = ${userId}`
}

/** Those that were not used for long, in steps. */
export async function forgetClients(
  sql: Queryable,
  { now, rowsMax }: { now: number; rowsMax: number }
): Promise<number> {
  const { count } = await sql`
    delete from known_clients where ctid = any (array(
      select ctid from known_clients
        where last_used_at < ${new Date(now)}::timestamptz - make_interval(days => ${deviceDays})
        order by last_used_at limit ${rowsMax}))`
  return count
}

/** A client of IPv6 has a whole network of 64 bits, so its first four groups count as one address. */
export function networkOf(address: string): string {
  if (!ipaddr.IPv6.isValid(address)) return address
  const { parts } = ipaddr.IPv6.parse(address)
  return parts
    .slice(0, 4)
    .map(part => part.toString(16))
    .join(':')
}

/** The browser first: it tells people apart who share an address. */
function namesOf({ device, remoteAddress }: Client): string[] {
  const network = `network ${networkOf(remoteAddress)}`
  return device === null ? [network] : [deviceName(device), network]
}

function deviceName(secret: string): string {
  return `device ${hashSecret(secret).toString('base64url')}`
}
