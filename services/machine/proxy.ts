/**
 * The way to https addresses through a proxy: a tunnel that the proxy is asked for with CONNECT. The proxy is the
 * operator's, so it may have any address. A proxy that refuses, or says nothing in time, fails the request; nothing
 * goes around it.
 */
import http from 'node:http'
import https from 'node:https'
import { isIP, type Socket } from 'node:net'
import ipaddr from 'ipaddr.js'

/** `except` are the hosts that are reached directly, as NO_PROXY has them. */
export type Proxy = { url: string; except: readonly string[] }

/** The proxy for this address; null to go there directly. */
export function proxyFor(url: URL, proxy: Proxy | null): URL | null {
  if (proxy === null || url.protocol !== 'https:') return null
  const host = url.hostname.replaceAll(/[[\]]/g, '')
  const port = url.port === '' ? '443' : url.port
  return proxy.except.some(entry => isMeant(entry, host, port)) ? null : new URL(proxy.url)
}

function isMeant(entry: string, host: string, port: string): boolean {
  if (entry === '*') return true
  if (entry.includes('/')) return isIP(host) !== 0 && isWithin(host, entry)
  const bare = entry.replaceAll(/[[\]]/g, '')
  if (isIP(bare) !== 0) return bare === host
  const [name = '', onlyPort = port] = bare.split(':')
  const end = name.replace(/^\*?\./, '')
  return onlyPort === port && (host === end || host.endsWith(`.${end}`))
}

function isWithin(host: string, network: string): boolean {
  if (!ipaddr.isValidCIDR(network)) return false
  const [base, bits] = ipaddr.parseCIDR(network)
  const address = ipaddr.parse(host)
  return address.kind() === base.kind() && address.match(base, bits)
}

/** A connection to `target` ("host:port", an IPv6 address in brackets). */
export function tunnelTo(target: string, proxy: URL, signal: AbortSignal): Promise<Socket> {
  const { request } = proxy.protocol === 'https:' ? https : http
  const user = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`
  return new Promise((resolve, reject) => {
    const asked = request({
      host: proxy.hostname.replaceAll(/[[\]]/g, ''),
      port: proxy.port === '' ? (proxy.protocol === 'https:' ? 443 : 80) : proxy.port,
      method: 'CONNECT',
      path: target,
      headers: {
        Host: target,
        ...(user === ':' ? {} : { 'Proxy-Authorization': `Basic ${Buffer.from(user).toString('base64')}` })
      },
      agent: false,
      signal
    })
    asked.on('error', error => reject(new Error(`the proxy cannot be reached: ${error.message}`)))
    // Of a refusal too: what follows a status that is not 2xx is its body.
    asked.on('connect', (response, socket) => {
      // Later errors are those of the request in the tunnel, which reports them.
      socket.on('error', reject)
      const status = response.statusCode ?? 0
      if (status >= 200 && status < 300) return resolve(socket)
      socket.destroy()
      reject(new Error(`the proxy answered ${status}`))
    })
    asked.end()
  })
}
