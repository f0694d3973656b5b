/**
 * A line of source as a component: spaces folded, at most `charsMax` characters. Lines that an SDK has cut around the
 * column (`{snip}`), and very long ones, are of minified code, which every build writes anew: they say nothing.
 */
import { ownText } from '../text.ts'

const charsMax = 120
const readCharsMax = 300
const rememberedMax = 10_000
const remembered = new Map<string, string>()

export function sourceLine(line: string): string {
  if (line.length > readCharsMax) return ''
  const known = remembered.get(line)
  if (known !== undefined) return known
  const own = ownText(line)
  const made = own.includes('{snip}') ? '' : own.replace(/\s+/g, ' ').trim().slice(0, charsMax).trimEnd()
  if (remembered.size >= rememberedMax) remembered.clear()
  remembered.set(own, made)
  return made
}
