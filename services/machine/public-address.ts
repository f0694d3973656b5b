/**
 * Where Mesher may send what users ask it to send: addresses of the public Internet only, so that nobody reaches this
 * machine, its neighbours or a cloud's metadata through it. A name is resolved once, and the connection goes to the
 * very addresses that were judged: a name that resolves differently a moment later gains nothing.
 */
import { lookup } from 'node:dns/promises'
import { BlockList, isIP } from 'node:net'

export class TargetRefused extends Error {
  override name = 'TargetRefused'
}

export type Address = { address: string; family: 4 | 6 }
export type Resolve = (host: string) => Promise<Address[]>

/**
 * IANA's special-purpose registry: this network, private, shared (carriers), loopback, link-local, protocols, examples,
 * 6to4 relays, benchmarks, multicast, reserved.
 */
const notPublic4 = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4]
] as const
/** Within 2000::/3: protocols (Teredo among them), examples, 6to4. They may stand for any IPv4 address. */
const notPublic6 = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20]
] as const

const refused4 = new BlockList()
for (const [network, prefix] of notPublic4) refused4.addSubnet(network, prefix, 'ipv4')
const refused6 = new BlockList()
for (const [network, prefix] of notPublic6) refused6.addSubnet(network, prefix, 'ipv6')
/** All of IPv6 that is given out; mapped, translated, local and multicast addresses are outside. */
const global6 = new BlockList()
global6.addSubnet('2000::', 3, 'ipv6')

export function isPublicAddress(address: string): boolean {
  switch (isIP(address)) {
    case 4:
      return !refused4.check(address, 'ipv4')
    case 6:
      return !isMapped(address) && global6.check(address, 'ipv6') && !refused6.check(address, 'ipv6')
    default:
      return false
  }
}

/** Node.js judges `::ffff:8.8.8.8` by the rules of IPv4. */
function isMapped(address: string): boolean {
  return /^[0:]*:ffff:/i.test(address)
}

/**
 * What can be said of a URL without asking anybody: that it names a private address or a name of this machine. Null
 * when nothing is wrong.
 */
export function refusalOfUrl(url: URL): string | null {
  const host = hostOf(url)
  if (isIP(host) !== 0) return isPublicAddress(host) ? null : 'is not an address of the public Internet'
  return /(^|\.)(localhost|local|internal|localdomain|home\.arpa)\.?$/i.test(host)
    ? 'is not a name of the public Internet'
    : null
}

/**
 * The addresses to connect to, whichever answers. Throws `TargetRefused` when any address of the name is not public,
 * unless those are allowed.
 */
export async function addressesOf(
  url: URL,
  { allowPrivate, resolve = resolveByDns }: { allowPrivate: boolean; resolve?: Resolve }
): Promise<[Address, ...Address[]]> {
  const host = hostOf(url)
  const refusal = allowPrivate ? null : refusalOfUrl(url)
  if (refusal !== null) throw new TargetRefused(`${host} ${refusal}`)
  const family = isIP(host)
  const addresses: Address[] = family === 0 ? await resolve(host) : [{ address: host, family: family === 6 ? 6 : 4 }]
  const [first, ...others] = addresses
  if (first === undefined) throw new Error(`${host} has no address`)
  if (!allowPrivate && !addresses.every(({ address }) => isPublicAddress(address))) {
    throw new TargetRefused(`${host} leads to an address that is not of the public Internet`)
  }
  return [first, ...others]
}

async function resolveByDns(host: string): Promise<Address[]> {
  const found = await lookup(host, { all: true })
  return found.map(({ address, family }) => ({ address, family: family === 6 ? 6 : 4 }))
}

/** Without the brackets of IPv6. */
function hostOf({ hostname }: URL): string {
  return hostname.startsWith('[') ? hostname.slice(1, -1) : hostname
}
