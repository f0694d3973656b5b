/** What the page of an issue says of the rules that had a part in its grouping, beside the components. */
import { cut } from '../../text.ts'
import type { Ruled } from './apply.ts'
import type { FingerprintRule } from './parse.ts'

const textCharsMax = 500
const framesShownMax = 5
const rulesShownMax = 10

/** Both begin with the text of the rule. */
export function withRules(
  components: readonly string[],
  matched: FingerprintRule | null | undefined,
  { changes }: Ruled
): string[] {
  const fingerprint = matched == null ? [] : [`rule ${cut(matched.text, textCharsMax)}`]
  const stack = [...changes]
    .sort(([a], [b]) => a.line - b.line)
    .slice(0, rulesShownMax)
    .map(([{ text }, frames]) => `stack rule ${cut(text, textCharsMax)} : ${framesShown(frames)}`)
  return [...fingerprint, ...components, ...stack]
}

function framesShown(frames: readonly string[]): string {
  const distinct = [...new Set(frames)]
  const more = distinct.length - framesShownMax
  const shown = distinct.slice(0, framesShownMax).join(', ')
  return more > 0 ? `${shown} and ${more} more` : shown
}
