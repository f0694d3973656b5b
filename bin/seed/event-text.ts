/** Messages with gaps: some are filled once for an issue, the others (`{n}`, `{ms}`, `{id}`) anew for every event. */
import type { Random } from './random.ts'

export type Text = (random: Random) => string

const gaps: Record<string, (random: Random) => string> = {
  n: random => String(1_000 + random.below(random.unit() < 0.5 ? 500 : 900_000)),
  ms: random => String(500 * (1 + random.below(60))),
  id: random => (random.below(0x1_0000_0000) + 0x1_0000_0000).toString(16)
}

export function createText(template: string, words: Record<string, string>): Text {
  // Words and gaps in turn: every second part is the name of a gap.
  const parts = template
    .split(/\{(\w+)\}/)
    .map((part, index) => (index % 2 === 0 ? part : (words[part] ?? gaps[part] ?? part)))
  return random => {
    let text = ''
    for (const part of parts) text += typeof part === 'string' ? part : part(random)
    return text
  }
}
