/**
 * Where Mesher may send what users tell it to send: only to addresses of the public Internet, so that its users cannot
 * reach this machine, its neighbours or the metadata service of a cloud. A name is resolved once, and the connection
 * goes to the addresses that were checked, so a name that resolves differently a moment later gains nothing. A target
 * that is refused by its text throws `TargetRefused`. A name without a public address fails in one way, whether it is
 * unknown or private, so that nobody can ask which names a private network has.
 */
import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'

export class TargetRefused extends Error {
  override name = 'TargetRefused'
}

export type IpAddress = { address: string; family: 4 | 6 }
export type Resolve = (host: string) => Promise<IpAddress[]>

/** The IPv6 addresses that IANA has given out. All others are local, or stand for an IPv4 address. */
const givenOut6 = ipaddr.IPv6.parseCIDR('2000::/3')

/**
 * False for every range of IANA's special-purpose registry and for every address that stands for an IPv4 address:
 * mapped, translated, 6to4, Teredo. Node.js and ipaddr.js must agree that it is an address: ipaddr.js also reads short,
 * octal and hexadecimal forms, Node.js zones of any characters.
 */
export function isPublicAddress(address: string): boolean {
  if (isIP(address) === 0 || !ipaddr.isValid(address)) return false
  const parsed = ipaddr.parse(address)
  return parsed.range() === 'unicast' && (parsed.kind() === 'ipv4' || parsed.match(givenOut6))
}

/**
 * What is wrong with a URL by itself: a private address, or a name of this machine. Null when nothing is. The host may
 * still resolve to a private address.
 */
export function refusalOfUrl(url: URL): string | null {
  const host = hostOf(url)
  if (isIP(host) !== 0) return isPublicAddress(host) ? null : 'is not an address of the public Internet'
  return /(^|\.)(localhost|local|internal|localdomain|home\.arpa)\.?$/i.test(host)
    ? 'is not a name of the public Internet'
    : null
}

/**
 * The addresses to try, in order. Unless private ones are allowed, it throws when any address of a name is not public,
 * and with the same error when the name has none.
 */
export async function addressesOf(
  url: URL,
  { allowPrivate, resolve = resolveByDns }: { allowPrivate: boolean; resolve?: Resolve }
): Promise<[IpAddress, ...IpAddress[]]> {
  const host = hostOf(url)
  const refusal = allowPrivate ? null : refusalOfUrl(url)
  if (refusal !== null) throw new TargetRefused(`${host} ${refusal}`)
  const family = isIP(host)
  if (family !== 0) return [{ address: host, family: family === 6 ? 6 : 4 }]
  const [first, ...others] = allowPrivate ? await resolve(host) : await publicAddressesOf(host, resolve)
  if (first === undefined) throw new Error(`${host} has no address${allowPrivate ? '' : ' of the public Internet'}`)
  return [first, ...others]
}

/** None when the name is unknown, when DNS does not say, and when any of its addresses is not public. */
async function publicAddressesOf(host: string, resolve: Resolve): Promise<IpAddress[]> {
  const addresses = await resolve(host).catch((): IpAddress[] => [])
  return addresses.every(({ address }) => isPublicAddress(address)) ? addresses : []
}

async function resolveByDns(host: string): Promise<IpAddress[]> {
  const found = await lookup(host, { all: true })
  return found.map(({ address, family }) => ({ address, family: family === 6 ? 6 : 4 }))
}

/** Without the brackets of IPv6. */
function hostOf({ hostname }: URL): string {
  return hostname.startsWith('[') ? hostname.slice(1, -1) : hostname
}
