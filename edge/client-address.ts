/**
 * Finds the client at the other end of a connection, and whether it came by TLS. The headers of a proxy count only when
 * the connection comes from a proxy that the operator named; from anyone else they are the client's own claim. Every
 * address is returned in its canonical form, IPv4 as IPv4 also where a socket or a proxy writes it as IPv6. Nothing
 * here fails: a hop that is no address ends the chain, because no trusted proxy vouches for what stands before it.
 */
import parseForwarded from 'forwarded-parse'
import ipaddr from 'ipaddr.js'
import type { HttpRequest, HttpResponse } from './transport/types.ts'

export type Client = { remoteAddress: string; isSecure: boolean }

type Connection = Pick<HttpResponse, 'getRemoteAddress'>
type Headers = Pick<HttpRequest, 'forEach'>

export type ClientFinder = (res: Connection, req: Headers) => Client

type Address = ipaddr.IPv4 | ipaddr.IPv6
type IsTrusted = (address: Address) => boolean

/** `trustedProxies` are addresses and networks like 10.0.0.0/8. */
export function clientFinder(trustedProxies: readonly string[]): ClientFinder {
  const trusted = trustedProxies.map(networkOf)
  const isTrusted: IsTrusted = address => ipaddr.subnetMatch(address, { trusted }, 'none') === 'trusted'

  return (res, req) => {
    const peer = addressOf(res)
    if (peer === null || !isTrusted(peer)) return { remoteAddress: peer?.toString() ?? '', isSecure: false }
    const { hops, protocols } = forwardedIn(req)
    const { client, hop } = clientBehind(peer, hops, isTrusted)
    // What stands before the client's own hop is its own claim. Lists of other lengths were not written by one hand.
    const protocol = protocols[protocols.length === hops.length ? hop : 0]
    return { remoteAddress: client.toString(), isSecure: protocol?.toLowerCase() === 'https' }
  }
}

function networkOf(text: string): [Address, number] {
  if (text.includes('/')) return ipaddr.parseCIDR(text)
  const address = ipaddr.process(text)
  return [address, address.kind() === 'ipv4' ? 32 : 128]
}

/** The address of the connection itself; null when it has gone. */
export function addressOf(res: Connection): Address | null {
  const bytes = new Uint8Array(res.getRemoteAddress())
  return bytes.byteLength === 0 ? null : unmapped(ipaddr.fromByteArray([...bytes]))
}

/**
 * The items of the headers, over all lines of a name: a proxy may add a line of its own below the one that the client
 * sent, and `getHeader` returns only the first. `Forwarded` (RFC 7239) counts where there is no X-Forwarded-For: a
 * proxy that writes the one may pass on what a client wrote into the other.
 */
function forwardedIn(req: Headers): { hops: string[]; protocols: string[] } {
  const hops: string[] = []
  const protocols: string[] = []
  const standard: string[] = []
  req.forEach((name, value) => {
    if (name === 'x-forwarded-for') hops.push(value)
    if (name === 'x-forwarded-proto') protocols.push(value)
    if (name === 'forwarded') standard.push(value)
  })
  if (hops.length > 0 || standard.length === 0) return { hops: itemsOf(hops), protocols: itemsOf(protocols) }
  const elements = elementsOf(standard.join())
  const named = elements.map(({ proto = '' }) => proto)
  return {
    hops: elements.map(element => element.for ?? 'unknown'),
    protocols: named.some(proto => proto !== '') ? named : itemsOf(protocols)
  }
}

/** None of a header that is malformed. */
function elementsOf(text: string): Readonly<Record<string, string>>[] {
  try {
    return parseForwarded(text)
  } catch {
    return []
  }
}

function itemsOf(lines: readonly string[]): string[] {
  return lines
    .join()
    .split(',')
    .map(item => item.trim())
    .filter(item => item !== '')
}

/** Walks from the nearest hop to the first one that is not a trusted proxy, which is the client. */
function clientBehind(peer: Address, hops: readonly string[], isTrusted: IsTrusted): { client: Address; hop: number } {
  let client = peer
  let hop = hops.length
  while (hop > 0) {
    const address = addressIn(hops[hop - 1] ?? '')
    if (address === null) break
    client = address
    hop -= 1
    if (!isTrusted(address)) break
  }
  return { client, hop: Math.min(hop, hops.length - 1) }
}

/** Some proxies write a port, brackets, quotation marks or a zone around the address. Null when there is none. */
function addressIn(hop: string): Address | null {
  const unquoted = hop.replace(/^"(.*)"$/, '$1')
  const [, inBrackets, beforePort] = /^(?:\[([^\]]+)\]|([\d.]+))(?::\d{1,5})?$/.exec(unquoted) ?? []
  const text = (inBrackets ?? beforePort ?? unquoted).replace(/%[\w.-]+$/, '')
  const isAddress = ipaddr.IPv6.isValid(text) || ipaddr.IPv4.isValidFourPartDecimal(text)
  return isAddress ? unmapped(ipaddr.parse(text)) : null
}

function unmapped(address: Address): Address {
  return address instanceof ipaddr.IPv6 && address.isIPv4MappedAddress() ? address.toIPv4Address() : address
}
