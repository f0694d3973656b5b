/** How the texts of settings become values: one valibot schema for each kind. What is allowed in words stands with the setting. */
import { isIP, isIPv4 } from 'node:net'
import * as v from 'valibot'

export function wholeNumber (least: number, greatest: number) {
  return v.pipe(v.string(), v.regex(/^\d{1,15}$/), v.transform(Number), v.minValue(least), v.maxValue(greatest))
}

const unitBytes: Readonly<Record<string, number>> = { '': 1, b: 1, kib: 1024, mib: 1024 ** 2, gib: 1024 ** 3, tib: 1024 ** 4 }

/** `1073741824`, `1GiB` and `1 gib` are the same. */
export function byteSize (least: number, greatest: number) {
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

export const hostName = v.pipe(
  v.string(),
  v.maxLength(253),
  v.check(text => isIP(text) !== 0 || /^(?!-)[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})*$/.test(text))
)

/** Loose on purpose: PostgreSQL's URLs may name several hosts or a socket's folder, which `URL` does not know. */
export const postgresUrl = v.pipe(v.string(), v.regex(/^postgres(?:ql)?:\/\/\S+$/))

/** Scheme, host and port; a trailing slash is taken off. */
export const httpOrigin = v.pipe(
  v.string(),
  v.check(text => URL.canParse(text)),
  v.transform(text => new URL(text)),
  v.check(url => ['http:', 'https:'].includes(url.protocol) && `${url.pathname}${url.search}${url.hash}${url.username}` === '/'),
  v.transform(url => url.origin)
)

/** An address, or a range of them like 10.0.0.0/8. */
export const addressRange = v.pipe(v.string(), v.check(text => {
  const [address = '', bits, ...more] = text.split('/')
  if (isIP(address) === 0 || more.length > 0) return false
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (isIPv4(address) ? 32 : 128))
}))

/** Values separated by commas; an empty text is an empty list. */
export function list<Output> (schema: v.GenericSchema<string, Output>) {
  return v.pipe(
    v.string(),
    v.transform(text => text.split(',').map(part => part.trim()).filter(part => part !== '')),
    v.array(schema)
  )
}
