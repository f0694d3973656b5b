/**
 * Secrets inside texts of `name=value` pairs: the query of a URL, a form, a query alone; and the password before a
 * URL's host.
 */
import { filtered, type IsSecret } from './names.ts'

/** `https://user:password@host/path?token=abc#part` without the password and the token. */
export function withoutUrlSecrets(url: string, isSecret: IsSecret): string {
  const question = url.indexOf('?')
  const place = question === -1 ? url : url.slice(0, question)
  const shown = isSecret('password') ? withoutPassword(place) : place
  if (question === -1) return shown

  const hash = url.indexOf('#', question)
  const query = hash === -1 ? url.slice(question + 1) : url.slice(question + 1, hash)
  const kept = withoutPairSecrets(query, isSecret)
  return kept === query && shown === place ? url : `${shown}?${kept}${hash === -1 ? '' : url.slice(hash)}`
}

/** `a=1&token=abc` without the token; a leading question mark stays. */
export function withoutPairSecrets(text: string, isSecret: IsSecret): string {
  if (!text.includes('=')) return text
  return text
    .split('&')
    .map(pair => {
      const equals = pair.indexOf('=')
      if (equals === -1 || equals === pair.length - 1) return pair
      return isSecret(decodedName(pair.slice(0, equals))) ? `${pair.slice(0, equals)}=${filtered}` : pair
    })
    .join('&')
}

/**
 * Escapes of ASCII are enough: the words that secrets are known by are ASCII, and broken escapes stay what they are.
 */
export function decodedName(name: string): string {
  const plain = name.startsWith('?') ? name.slice(1) : name
  if (!plain.includes('%')) return plain
  return plain.replaceAll(/%([0-7][0-9a-f])/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
}

/** What stands between a scheme's slashes and the last `@` before the path is user and password. */
function withoutPassword(place: string): string {
  const slashes = place.indexOf('://')
  if (slashes === -1) return place
  const start = slashes + 3
  const path = place.indexOf('/', start)
  const host = path === -1 ? place.slice(start) : place.slice(start, path)
  const at = host.lastIndexOf('@')
  const colon = host.indexOf(':')
  if (at === -1 || colon === -1 || colon > at) return place
  const rest = path === -1 ? '' : place.slice(path)
  return `${place.slice(0, start)}${host.slice(0, colon)}:${filtered}${host.slice(at)}${rest}`
}
