/**
 * How much alike two issues are, by what they are grouped by: the frames that both went through, the type of what was
 * thrown, and the words of their titles. Frames near the crash tell most. 0 is nothing, 1 all of it.
 */
export type Compared = { title: string; components: readonly string[] }
export type Similarity = { score: number; frames: string[]; words: string[] }

/** Frames that both have tell more than words, where both have any. */
const weights = { frames: 0.6, type: 0.15, words: 0.25 } as const
const withoutFrames = { type: 0.25, words: 0.75 } as const
const wordForm = /[\p{L}_][\p{L}\p{N}_]*/gu
const wordsMax = 60

export function similarity(one: Compared, other: Compared): Similarity {
  const [a, b] = [partsOf(one), partsOf(other)]
  const frames = a.frames.filter(frame => b.frames.includes(frame))
  const words = [...a.words].filter(word => b.words.has(word))
  const wordShare = a.words.size + b.words.size === 0 ? 0 : (2 * words.length) / (a.words.size + b.words.size)
  const typeShare = a.type !== '' && a.type === b.type ? 1 : 0
  const score =
    a.frames.length > 0 && b.frames.length > 0
      ? weights.frames * frameShare(a.frames, b.frames) + weights.type * typeShare + weights.words * wordShare
      : withoutFrames.type * typeShare + withoutFrames.words * wordShare
  return { score, frames: [...new Set(frames)], words }
}

type Parts = { type: string; frames: string[]; words: Set<string> }

/** Rules of the project are no part of what happened. */
function partsOf({ title, components }: Compared): Parts {
  const types = components.filter(component => component.startsWith('type '))
  return {
    type: types.at(-1) ?? '',
    frames: components.filter(component => !/^(?:type|value|rule|stack rule|default) /.test(component)),
    words: wordsOf(title)
  }
}

/** What is told by a number alone, or is a letter, tells nothing. */
export function wordsOf(title: string): Set<string> {
  const words = (title.match(wordForm) ?? []).map(word => word.toLowerCase()).filter(word => word.length > 1)
  return new Set(words.slice(0, wordsMax))
}

/** Components have the crash last. */
function frameShare(a: readonly string[], b: readonly string[]): number {
  const weightOf = (frames: readonly string[]) => (index: number) => 1 / (frames.length - index)
  const weigh = (frames: readonly string[], others: ReadonlySet<string>): [shared: number, all: number] => {
    const weight = weightOf(frames)
    return frames.reduce<[number, number]>(
      ([shared, all], frame, index) => [shared + (others.has(frame) ? weight(index) : 0), all + weight(index)],
      [0, 0]
    )
  }
  const [sharedA, allA] = weigh(a, new Set(b))
  const [sharedB, allB] = weigh(b, new Set(a))
  return (sharedA + sharedB) / (allA + allB)
}
