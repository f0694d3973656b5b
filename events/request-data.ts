/**
 * The `request` of an event: beside names of members, secrets hide in headers given as pairs, in queries and in bodies
 * of forms or JSON.
 */
import { keepObject, type Keeping } from './free-values.ts'
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

function withoutBodySecrets(data: string, keeping: Keeping): string {
  if (!/^\s*[[{]/.test(data)) return withoutPairSecrets(data, keeping.scrubber.isSecret)
  try {
    const body: unknown = JSON.parse(data)
    const { kept } = keepObject({ kept: body }, 'request.data', keeping)
    return kept === body ? data : JSON.stringify(kept)
  } catch (error) {
    // No JSON after all, or cut off by the client.
    if (error instanceof SyntaxError) return withoutPairSecrets(data, keeping.scrubber.isSecret)
    throw error
  }
}

function withoutAddresses(value: unknown): unknown {
  if (Array.isArray(value)) return value.filter(pair => !(Array.isArray(pair) && isAddressName(pair[0])))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).filter(([name]) => !isAddressName(name)))
}

function isAddressName(name: unknown): boolean {
  return typeof name === 'string' && addressNames.has(name.toLowerCase().replaceAll(/[-_]/g, ''))
}
