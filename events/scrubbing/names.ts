/**
 * Which names stand for secrets: a name, in lower case and without separators, that contains one of a list of words,
 * has one of the short ones as a part of its own, or ends in `auth`. `author`, `tokenizer` and `session_count` are
 * none. A project adds words of its own and names that are safe; nobody adds expressions. What was decided about a name
 * is remembered, within bounds.
 */
import { nameTable } from './name-table.ts'

export const filtered = '[Filtered]'

export type IsSecret = (name: string) => boolean

const words = new RegExp(
  [
    ...nameTable.flatMap(({ anywhere = [] }) => anywhere.map(plain)),
    ...nameTable.flatMap(({ forms = [] }) => forms)
  ].join('|')
)
const wholeNames = new Set(nameTable.flatMap(({ whole = [] }) => whole.map(plain)))
const parts = new Set(nameTable.flatMap(row => row.parts ?? []))
const lastParts = new Set(nameTable.flatMap(row => row.lastParts ?? []))
/** What stands before `pass` where a pass is no password. */
const passes = new Set([
  'first',
  'second',
  'third',
  'one',
  'two',
  'single',
  'multi',
  'boarding',
  'season',
  'render',
  'low',
  'high',
  'did',
  'test'
])
/** Words that contain one of the above and mean something else. */
const harmless =
  /tokeni[sz]|tokens?(?:count|limit|used|usage|max)|(?:max|prompt|completion|input|output|total)tokens?$/g

const nameCharsMax = 64
const namesRemembered = 2_000
const listsRemembered = 100

const deciders = new Map<string, IsSecret>()

/** Decides by these words and the project's own; `safe` names, compared whole, never are secrets. */
export function secretNames(fields: readonly string[], safe: readonly string[]): IsSecret {
  if (fields.length === 0 && safe.length === 0) return defaultSecrets
  const key = JSON.stringify([fields, safe])
  const known = deciders.get(key)
  if (known !== undefined) return known
  if (deciders.size >= listsRemembered) deciders.clear()
  const decider = remembering(
    fields.map(plain).filter(field => field !== ''),
    safeNames(safe)
  )
  deciders.set(key, decider)
  return decider
}

/** Whether a name is one of the project's safe ones; they are compared as secret names are. */
export function safeNames(safe: readonly string[]): IsSecret {
  if (safe.length === 0) return nothing
  const names = new Set(safe.map(plain))
  return name => names.has(plain(name))
}

const defaultSecrets = remembering([], nothing)

export function nothing(): boolean {
  return false
}

function remembering(fields: readonly string[], isSafe: IsSecret): IsSecret {
  const known = new Map<string, boolean>()
  return name => {
    const remembered = known.get(name)
    if (remembered !== undefined) return remembered
    const decided = !isSafe(name) && isSecret(name, fields)
    if (name.length <= nameCharsMax) {
      if (known.size >= namesRemembered) known.clear()
      known.set(name, decided)
    }
    return decided
  }
}

function isSecret(name: string, fields: readonly string[]): boolean {
  const whole = plain(name)
  if (fields.some(field => whole.includes(field))) return true
  const rest = whole.replaceAll(harmless, '')
  return wholeNames.has(rest) || words.test(rest) || hasSecretPart(name)
}

function hasSecretPart(name: string): boolean {
  if (name.length > nameCharsMax) return false
  const all = name
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .split(/[-_\s.]+/)
    .filter(part => part !== '')
  if (all.some(part => parts.has(part))) return true
  const [before = '', last = ''] = all.slice(-2)
  return all.length > 1 && lastParts.has(last) && !passes.has(before)
}

/** `tokens: 512` and `"max_tokens": 4096` count what language models read and write. */
export function isCount(name: string, value: unknown): boolean {
  return /tokens$/i.test(name) && (typeof value === 'number' || (typeof value === 'string' && /^\d{1,9}$/.test(value)))
}

/** `PWD=/srv/app` is a working directory, not a password. */
export function isFolder(name: string, value: string): boolean {
  return /^(?:old)?pwd$/i.test(name) && /^(?:[/~]|[A-Za-z]:[\\/])/.test(value)
}

function plain(name: string): string {
  return name.toLowerCase().replaceAll(/[-_\s.]/g, '')
}
