/**
 * Secrets by value: what a text holds, whatever name it has. Finders run only where the text shows their sign; what
 * they replace becomes `[Filtered]`, and what stands around it stays. They run again over what they have changed, since
 * one can leave what another one finds. So scrubbing twice is scrubbing once. Linear in the text, whatever is in it.
 */
import {
  withoutJsonWebTokens,
  withoutKnownKeys,
  withoutLogins,
  withoutPemKeys,
  withoutSchemeCredentials
} from './credentials.ts'
import { filtered, type IsSecret } from './names.ts'
import { withoutAccounts, withoutCards, withoutSocialSecurityNumbers } from './numbers.ts'
import { withoutOptions, withoutPairs } from './pairs.ts'
import { signs, signsOf } from './signs.ts'

/** The shortest text that can hold a secret and say so. */
const charsMin = 6

/**
 * What one kind of secret is, as people are told of it, and how it is recognised; `sign` is what a text with one shows.
 */
type Finder = {
  what: string
  how: string
  sign: number
  remove: (text: string, isSecret: IsSecret) => string
}

/**
 * In the order in which they run. Frames first: the lines of a key look like other things. Pairs last but for numbers:
 * they keep what was replaced.
 */
const finders: readonly Finder[] = [
  {
    what: 'keys in PEM form',
    how: 'everything between `-----BEGIN … KEY-----` and its end',
    sign: signs.frame,
    remove: text => withoutPemKeys(text, filtered)
  },
  {
    what: 'passwords in addresses',
    how: '`scheme://user:password@host`; the user stays',
    sign: signs.login,
    remove: text => withoutLogins(text, filtered)
  },
  {
    what: 'JSON Web Tokens',
    how: 'three parts, the first of which begins with `eyJ`',
    sign: signs.longRun,
    remove: text => withoutJsonWebTokens(text, filtered)
  },
  {
    what: 'keys of well-known services',
    how: 'by their first letters: GitHub, GitLab, npm, Slack, Stripe, Google, AWS and others',
    sign: signs.longRun,
    remove: text => withoutKnownKeys(text, filtered)
  },
  {
    what: 'names with values',
    how: '`password=x`, `"token": "x"`, queries and fragments of addresses, lines of headers and of an environment',
    sign: signs.pair,
    remove: (text, isSecret) => withoutPairs(text, isSecret, filtered)
  },
  {
    what: 'credentials of HTTP',
    how: '`Bearer`, `Basic`, `Token`, `Digest`, `ApiKey` and what follows',
    sign: signs.scheme,
    remove: text => withoutSchemeCredentials(text, filtered)
  },
  {
    what: 'options of commands',
    how: '`--password x`, `curl -u user:password`, `mysql -ppassword`, lists of arguments',
    sign: signs.option,
    remove: (text, isSecret) => withoutOptions(text, isSecret, filtered)
  },
  {
    what: 'card numbers',
    how: '13 to 19 digits of a known network with a right check digit (Luhn)',
    sign: signs.card,
    remove: text => withoutCards(text, filtered)
  },
  {
    what: 'US social security numbers',
    how: '`123-45-6789`, in the ranges that are issued',
    sign: signs.dashedDigits,
    remove: text => withoutSocialSecurityNumbers(text, filtered)
  },
  {
    what: 'bank accounts',
    how: 'an IBAN with a right check number',
    sign: signs.account,
    remove: text => withoutAccounts(text, filtered)
  }
]

/** What texts are searched for, as people are told of it. */
export const valueTable = finders.map(({ what, how }) => ({ what, how }))

/** The second time hardly anything is found, and the third time nothing. */
const timesMax = 4

export function withoutSecrets(text: string, isSecret: IsSecret): string {
  let kept = text
  for (let times = 0; times < timesMax; times++) {
    const before = kept
    kept = withoutFound(before, isSecret)
    if (kept === before) break
  }
  return kept
}

function withoutFound(text: string, isSecret: IsSecret): string {
  if (text.length < charsMin) return text
  const found = signsOf(text)
  if (found === 0) return text
  let kept = text
  for (const { sign, remove } of finders) if ((found & sign) !== 0) kept = remove(kept, isSecret)
  return kept
}

/** The kinds of secrets that a text holds, by what they are called. */
export function secretsIn(text: string, isSecret: IsSecret): string[] {
  const found = text.length < charsMin ? 0 : signsOf(text)
  const kinds: string[] = []
  let kept = text
  for (const { what, sign, remove } of finders) {
    if ((found & sign) === 0) continue
    const next = remove(kept, isSecret)
    if (next !== kept) kinds.push(what)
    kept = next
  }
  return kinds
}
