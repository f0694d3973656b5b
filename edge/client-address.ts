/**
 * Who is at the other end of a connection, and whether by TLS. Behind a proxy that is known by its address, what the
 * proxy says of its client counts; the same headers from anybody else are a client's own words, and are not looked at.
 */
import { BlockList, isIP } from 'node:net'
import type { HttpRequest, HttpResponse } from './uws.ts'

export type Client = { remoteAddress: string; isSecure: boolean }

export type ClientFinder = (res: HttpResponse, req: HttpRequest) => Client

/** `trustedProxies` are addresses and networks like 10.0.0.0/8. */
export function clientFinder(trustedProxies: readonly string[]): ClientFinder {
  const trusted = blockListOf(trustedProxies)

  return (res, req) => {
    const peer = addressOf(res)
    if (!isIn(trusted, peer)) return { remoteAddress: peer, isSecure: false }
    const hops = req
      .getHeader('x-forwarded-for')
      .split(',')
      .map(text => plainAddress(text.trim()))
      .filter(text => isIP(text) !== 0)
    const proto = req.getHeader('x-forwarded-proto').split(',').at(-1)?.trim().toLowerCase()
    return { remoteAddress: hops.findLast(hop => !isIn(trusted, hop)) ?? hops[0] ?? peer, isSecure: proto === 'https' }
  }
}

/** The address of the connection itself; IPv4 in its own form, also where the socket says it as IPv6. */
export function addressOf(res: HttpResponse): string {
  return plainAddress(Buffer.from(res.getRemoteAddressAsText()).toString())
}

function plainAddress(address: string): string {
  const [, high, low] = /^(?:0{4}:){5}ffff:([0-9a-f]{4}):([0-9a-f]{4})$/.exec(address) ?? []
  if (high === undefined || low === undefined) return address.replace(/^::ffff:(?=\d+\.)/i, '')
  return [high.slice(0, 2), high.slice(2), low.slice(0, 2), low.slice(2)]
    .map(byte => Number.parseInt(byte, 16))
    .join('.')
}

function blockListOf(networks: readonly string[]): BlockList {
  const list = new BlockList()
  for (const network of networks) {
    const [address = '', prefix] = network.split('/')
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4'
    if (prefix === undefined) list.addAddress(address, family)
    else list.addSubnet(address, Number(prefix), family)
  }
  return list
}

function isIn(list: BlockList, address: string): boolean {
  const version = isIP(address)
  return version !== 0 && list.check(address, version === 6 ? 'ipv6' : 'ipv4')
}
