/**
 * How the texts of settings become values: one valibot schema for each kind. What is allowed in words stands with the
 * setting.
 */
import { statSync } from 'node:fs'
import { isIP } from 'node:net'
import path from 'node:path'
import ipaddr from 'ipaddr.js'
import * as v from 'valibot'

export function wholeNumber(least: number, greatest: number) {
  return v.pipe(v.string(), v.regex(/^\d{1,15}$/), v.transform(Number), v.minValue(least), v.maxValue(greatest))
}

const unitBytes: Readonly<Record<string, number>> = {
  '': 1,
  b: 1,
  kib: 1024,
  mib: 1024 ** 2,
  gib: 1024 ** 3,
  tib: 1024 ** 4
}

/** `1073741824`, `1GiB` and `1 gib` are the same. */
export function byteSize(least: number, greatest: number) {
  return v.pipe(
    v.string(),
    v.regex(/^\d{1,15} ?(?:[KMGT]i)?B?$/i),
    v.transform(text => {
      const unit = text.replace(/^\d+ ?/, '').toLowerCase()
      return Number.parseInt(text, 10) * (unitBytes[unit] ?? NaN)
    }),
    v.minValue(least),
    v.maxValue(greatest)
  )
}

const unitMs: Readonly<Record<string, number>> = { h: 3_600_000, d: 86_400_000 }

/** `6h` and `1d`, in milliseconds. */
export function duration(leastMs: number, greatestMs: number) {
  return v.pipe(
    v.string(),
    v.regex(/^\d{1,6}[hd]$/),
    v.transform(text => Number.parseInt(text, 10) * (unitMs[text.slice(-1)] ?? NaN)),
    v.minValue(leastMs),
    v.maxValue(greatestMs)
  )
}

export const hostName = v.pipe(
  v.string(),
  v.maxLength(253),
  v.check(text => isIP(text) !== 0 || /^(?!-)[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})*$/.test(text))
)

const answers: Readonly<Record<string, boolean>> = {
  true: true,
  1: true,
  yes: true,
  on: true,
  false: false,
  0: false,
  no: false,
  off: false
}

export const yesOrNo = v.pipe(
  v.string(),
  v.toLowerCase(),
  v.check(text => Object.hasOwn(answers, text)),
  v.transform(text => answers[text] === true)
)

/** `5%` and `5` are the same; comes out as 0.05. */
export function share(greatest: number) {
  return v.pipe(
    v.string(),
    v.regex(/^\d{1,3}(?:\.\d{1,3})?%?$/),
    v.transform(text => Number.parseFloat(text) / 100),
    v.maxValue(greatest)
  )
}

export const filePath = v.pipe(
  v.string(),
  v.minLength(1),
  v.transform(text => path.resolve(text))
)

/** Of another node: "host:port", an IPv6 address in brackets. */
export const nodeAddress = v.pipe(v.string(), v.maxLength(253), v.check(isNodeAddress))

export const addresses = v.pipe(
  v.string(),
  v.transform(text =>
    text
      .split(',')
      .map(part => part.trim())
      .filter(part => part !== '')
  ),
  v.maxLength(64),
  v.check(list => list.every(isNodeAddress))
)

function isNodeAddress(text: string): boolean {
  const [, host = '', port = ''] = /^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+):(\d{1,5})$/.exec(text) ?? []
  return host !== '' && Number(port) > 0 && Number(port) <= 65_535
}

/** A file that `ca` names must be there. */
export const smtpUrl = v.pipe(
  v.string(),
  v.regex(/^smtps?:\/\/\S+$/),
  v.check(text => URL.canParse(text) && new URL(text).hostname !== ''),
  v.check(text => {
    const ca = URL.canParse(text) ? new URL(text).searchParams.get('ca') : null
    return ca === null || statSync(ca, { throwIfNoEntry: false })?.isFile() === true
  })
)

/** Only what it begins with: services/database/url.ts reads it, and says what it cannot use. */
export const postgresUrl = v.pipe(v.string(), v.regex(/^postgres(?:ql)?:\/\/\S+$/))

/** A path that a browser and every proxy leave as it is. The first part may not be that of a route of Mesher's own. */
const plainPath = /^(?:\/(?!(?:api|assets|healthz|ingest|metrics|otlp|readyz|v1)(?:\/|$))[\w.~-]+(?:\/[\w.~-]+)*)?\/?$/

/** Scheme, host, port and perhaps a path; slashes at the end are taken off. */
export const httpAddress = v.pipe(
  v.string(),
  v.maxLength(500),
  v.check(text => URL.canParse(text)),
  v.transform(text => new URL(text)),
  v.check(
    url =>
      ['http:', 'https:'].includes(url.protocol) &&
      plainPath.test(url.pathname) &&
      `${url.search}${url.hash}${url.username}${url.password}` === ''
  ),
  v.transform(url => `${url.origin}${url.pathname.replace(/\/$/, '')}`)
)

/** Without a scheme it is http. */
export const proxyUrl = v.pipe(
  v.string(),
  v.transform(text => (text.includes('://') ? text : `http://${text}`)),
  v.regex(/^https?:\/\/\S+$/),
  v.check(text => URL.canParse(text) && `${new URL(text).pathname}${new URL(text).search}` === '/')
)

/** Hosts with an optional port: a name stands for all names that end in it, `*` for every host. */
export const exceptedHosts = v.pipe(
  v.string(),
  v.transform(text =>
    text
      .split(/[\s,]+/)
      .filter(part => part !== '')
      .map(part => part.toLowerCase())
  ),
  v.maxLength(200),
  v.check(list =>
    list.every(part => /^(?:\*|\*?\.?[a-z0-9_.-]+(?::\d{1,5})?|\[?[0-9a-f:.]+\]?|[0-9a-f:.]+\/\d{1,3})$/.test(part))
  )
)

/** Addresses and networks, as they are written; '' is none. */
export const networks = v.pipe(
  v.string(),
  v.transform(text =>
    text
      .split(',')
      .map(part => part.trim())
      .filter(part => part !== '')
  ),
  v.maxLength(100),
  v.check(list => list.every(isNetwork))
)

function isNetwork(text: string): boolean {
  const { IPv4, IPv6 } = ipaddr
  return text.includes('/')
    ? IPv4.isValidCIDRFourPartDecimal(text) || IPv6.isValidCIDR(text)
    : IPv4.isValidFourPartDecimal(text) || IPv6.isValid(text)
}
