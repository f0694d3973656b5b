/**
 * The `request` of an event: beside names of members, secrets hide in headers given as pairs, in queries and in bodies
 * of forms or JSON.
 */
import { keepObject, type Keeping } from './free-values.ts'
import { parseJson } from './json.ts'
import { filtered, type IsSecret } from './scrubbing/names.ts'
import { withoutPairSecrets } from './scrubbing/urls.ts'

const addressNames = new Set([
  'xforwardedfor',
  'xrealip',
  'forwarded',
  'xclientip',
  'clientip',
  'truclientip',
  'trueclientip',
  'cfconnectingip',
  'fastlyclientip',
  'xclusterclientip',
  'remoteaddr',
  'httpxforwardedfor',
  'httpxrealip',
  'httpclientip',
  'httpforwarded'
])

/** `dropAddresses` takes away what names the client's address. */
export function keepRequest(
  request: Record<string, unknown>,
  keeping: Keeping,
  dropAddresses: boolean
): Record<string, unknown> {
  const { isSecret } = keeping.scrubber
  const kept = { ...keepObject(request, 'request', keeping) }
  for (const part of ['headers', 'cookies', 'env', 'query_string'] as const) {
    const value = kept[part]
    if (Array.isArray(value)) kept[part] = value.map(pair => withoutPairSecret(pair, isSecret))
    else if (typeof value === 'string') kept[part] = withoutPairSecrets(value, isSecret)
    if (dropAddresses) kept[part] = withoutAddresses(kept[part])
  }
  if (typeof kept.data === 'string') kept.data = withoutBodySecrets(kept.data, keeping)
  return kept
}

function withoutPairSecret(pair: unknown, isSecret: IsSecret): unknown {
  if (!Array.isArray(pair) || pair.length !== 2) return pair
  const [name] = pair
  return typeof name === 'string' && isSecret(name) ? [name, filtered] : pair
}

/** A body that is no JSON after all, or that the client cut off, is read as a form. */
function withoutBodySecrets(data: string, keeping: Keeping): string {
  const json = /^\s*[[{]/.test(data) ? parseJson(data) : null
  if (json === null || !json.ok) return withoutPairSecrets(data, keeping.scrubber.isSecret)
  const { kept } = keepObject({ kept: json.value }, 'request.data', keeping)
  return kept === json.value ? data : JSON.stringify(kept)
}

function withoutAddresses(value: unknown): unknown {
  if (Array.isArray(value)) return value.filter(pair => !(Array.isArray(pair) && isAddressName(pair[0])))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).filter(([name]) => !isAddressName(name)))
}

export function isAddressName(name: unknown): boolean {
  return typeof name === 'string' && addressNames.has(name.toLowerCase().replaceAll(/[-_]/g, ''))
}
