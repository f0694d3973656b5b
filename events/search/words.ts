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

const camelForm = /\w*[a-z0-9][A-Z]\w*/g

/** The names in camel case of a text, taken apart; '' when there are none. */
export function camelParts(text: string): string {
  const names = text.match(camelForm)
  return names === null ? '' : names.join(' ').replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2')
}
