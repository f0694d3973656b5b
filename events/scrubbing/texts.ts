/**
 * Secrets by value: what a text holds, whatever name it has. Finders run only where the text shows their sign, each
 * once; what they replace becomes `[Filtered]`, and what stands around it stays. The same text without its secrets
 * comes back unchanged, so scrubbing twice is scrubbing once. Linear in the text, whatever is in it.
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

export function withoutSecrets(text: string, isSecret: IsSecret): string {
  if (text.length < charsMin) return text
  const found = signsOf(text)
  if (found === 0) return text

  let kept = text
  // Frames first: the lines of a key look like other things. Pairs last but for numbers: they keep what was replaced.
  if ((found & signs.frame) !== 0) kept = withoutPemKeys(kept, filtered)
  if ((found & signs.login) !== 0) kept = withoutLogins(kept, filtered)
  if ((found & signs.longRun) !== 0) kept = withoutKnownKeys(withoutJsonWebTokens(kept, filtered), filtered)
  if ((found & signs.pair) !== 0) kept = withoutPairs(kept, isSecret, filtered)
  if ((found & signs.scheme) !== 0) kept = withoutSchemeCredentials(kept, filtered)
  if ((found & signs.option) !== 0) kept = withoutOptions(kept, isSecret, filtered)
  if ((found & signs.card) !== 0) kept = withoutCards(kept, filtered)
  if ((found & signs.dashedDigits) !== 0) kept = withoutSocialSecurityNumbers(kept, filtered)
  if ((found & signs.account) !== 0) kept = withoutAccounts(kept, filtered)
  return kept
}
