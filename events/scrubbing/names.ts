/**
 * Which names stand for secrets: a name, in lower case and without separators, that contains one of a list of words, is
 * one of the short ones, or ends in `auth`. `author`, `tokenizer` and `session_count` are none. A project adds words of
 * its own; nobody adds expressions. What was decided about a name is remembered, within bounds.
 */
import type { ProjectSettings } from '../../schema/pipeline.ts'

export const filtered = '[Filtered]'

export type IsSecret = (name: string) => boolean

const words = new RegExp(
  [
    'password',
    'passwd',
    'passphrase',
    'passcode',
    'secret',
    'apikey',
    'accesskey',
    'privatekey',
    'signingkey',
    'encryptionkey',
    'authorization',
    'authorisation',
    'authkey',
    'credential',
    'token',
    'cookie',
    'sessionid',
    'sessionkey',
    'sessid',
    'csrf',
    'xsrf',
    'bearer',
    'jwt',
    'creditcard',
    'cardnumber',
    'socialsecurity',
    'mesherkey',
    'sentrykey',
    '(?:auth|pwd)$'
  ].join('|')
)
/** Too short to look for inside other words. */
const wholeNames = new Set([
  'session',
  'sid',
  'connectsid',
  'ssn',
  'pwd',
  'pass',
  'pin',
  'cvv',
  'cvc',
  'ccnumber',
  'iban'
])
/** Words that contain one of the above and mean something else. */
const harmless = /tokeni[sz]/g

const nameCharsMax = 64
const namesRemembered = 2_000
const listsRemembered = 100

const deciders = new Map<string, IsSecret>()

/** The rule of a project. Projects with the same list share what is remembered. */
export function secretsOf({ enabled, fields }: ProjectSettings['scrub']): IsSecret {
  if (!enabled) return nothing
  if (fields.length === 0) return defaultSecrets
  const key = JSON.stringify(fields)
  const known = deciders.get(key)
  if (known !== undefined) return known
  if (deciders.size >= listsRemembered) deciders.clear()
  const decider = remembering(fields.map(plain).filter(field => field !== ''))
  deciders.set(key, decider)
  return decider
}

const defaultSecrets = remembering([])

function nothing(): boolean {
  return false
}

function remembering(fields: readonly string[]): IsSecret {
  const known = new Map<string, boolean>()
  return name => {
    const remembered = known.get(name)
    if (remembered !== undefined) return remembered
    const decided = isSecret(plain(name), fields)
    if (name.length <= nameCharsMax) {
      if (known.size >= namesRemembered) known.clear()
      known.set(name, decided)
    }
    return decided
  }
}

function isSecret(name: string, fields: readonly string[]): boolean {
  if (fields.some(field => name.includes(field))) return true
  const rest = name.replaceAll(harmless, '')
  return wholeNames.has(rest) || words.test(rest)
}

function plain(name: string): string {
  return name.toLowerCase().replaceAll(/[-_\s.]/g, '')
}
