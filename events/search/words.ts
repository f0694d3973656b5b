/**
 * What words are, the same for what is stored and for what is asked: runs of letters, digits and underscores, in lower
 * case. Names in camel case are also known by their parts: `timeout` finds `ReadTimeoutError`.
 */
import type { Pattern } from './query.ts'

/** Longer words are cut and later ones not indexed, both far below what tsvector refuses. */
export const wordCharsMax = 64
const wordsMax = 1_000

const wordForm = /[\p{L}\p{N}_]+/gu
const starredForm = /[\p{L}\p{N}_*]+/gu

/** The words of a text as the index has them. */
export function wordsOf(text: string): string[] {
  const words = text.toLowerCase().match(wordForm) ?? []
  return words.slice(0, wordsMax).map(shortened)
}

/** The words of a text in which stars stand for anything: `conn*` is ['conn', '']. Stars alone are no words. */
export function wordPatternsOf(text: string): Pattern[] {
  const words = text.toLowerCase().match(starredForm) ?? []
  return words.flatMap(word => {
    const [first = '', ...others] = word.split(/\*+/).map(shortened)
    return first === '' && others.every(part => part === '') ? [] : [[first, ...others] as const]
  })
}

function shortened(word: string): string {
  return word.length > wordCharsMax ? [...word].slice(0, wordCharsMax).join('') : word
}

/** What a character is in a name in camel case. */
const kind = { none: 0, underscore: 1, small: 2, capital: 3 } as const
const kinds = Uint8Array.from({ length: 128 }, (_, code) => {
  const char = String.fromCharCode(code)
  if (/[a-z0-9]/.test(char)) return kind.small
  return /[A-Z]/.test(char) ? kind.capital : char === '_' ? kind.underscore : kind.none
})

/**
 * The names in camel case of a text, taken apart; '' when there are none. One pass over the characters, because every
 * event has a title: an expression takes half as long again, and a cache of titles three times as long.
 */
export function camelParts(text: string): string {
  let parts = ''
  let start = 0
  let taken = -1
  let before: number = kind.none
  for (let index = 0; index <= text.length; index++) {
    const code = text.charCodeAt(index)
    const meaning = code < kinds.length ? (kinds[code] ?? kind.none) : kind.none
    if (meaning === kind.capital && before === kind.small) {
      parts += (parts === '' ? '' : ' ') + text.slice(taken === -1 ? start : taken, index)
      taken = index
    } else if (meaning === kind.none) {
      if (taken !== -1) parts += ` ${text.slice(taken, index)}`
      taken = -1
      start = index + 1
    }
    before = meaning
  }
  return parts
}
