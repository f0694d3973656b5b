/**
 * Patterns of rules as tokens: `*`, `**`, `?`, `[a-z]`, `[!a-z]`, `{a,b}`, and `\` before a character that stands for
 * itself. A pattern with alternatives becomes one list of tokens for each way through it. What is wrong is thrown with
 * its place in the pattern. In paths `*` and `?` stop at `/`, and `**` does not.
 */
import { limits } from '../../../schema/limits.ts'

/** First and last code point of each range. */
type Ranges = readonly (readonly [from: number, to: number])[]

/** `star` stops at `/`, `deep` does not. */
export type Token =
  | { kind: 'char'; code: number }
  | { kind: 'any' | 'star' | 'deep' }
  | { kind: 'class'; isNegated: boolean; ranges: Ranges }

export type GlobOptions = { isPath: boolean; ignoresCase: boolean }

/** `at` counts code units from the start of the pattern. */
export class GlobError extends Error {
  readonly at: number

  constructor(at: number, reason: string) {
    super(reason)
    this.at = at
  }
}

export const slash = 0x2f

type Parsing = { text: string; at: number; options: GlobOptions }

/** Throws a GlobError where the pattern is none. */
export function globTokens(text: string, options: GlobOptions): Token[][] {
  const parsing: Parsing = { text, at: 0, options }
  let ways: Token[][] = [[]]
  while (parsing.at < text.length) {
    const start = parsing.at
    const char = text[parsing.at]
    if (char === '}') throw new GlobError(start, 'this } closes nothing: write \\} for the character')
    if (char === '{') {
      const alternatives = alternativesAt(parsing)
      ways = ways.flatMap(way => alternatives.map(tokens => appended([...way], tokens, options)))
    } else {
      const next = tokensAt(parsing)
      for (const way of ways) appended(way, next, options)
    }
    checkSize(ways, start)
  }
  return ways
}

function checkSize(ways: readonly Token[][], at: number): void {
  const size = ways.reduce((sum, way) => sum + way.length, 0)
  if (size <= limits.rulePatternSizeMax) return
  throw new GlobError(at, `the alternatives come to more than ${limits.rulePatternSizeMax} characters`)
}

function alternativesAt(parsing: Parsing): Token[][] {
  const { text, options } = parsing
  const start = parsing.at
  let last: Token[] = []
  const found = [last]
  parsing.at += 1
  for (;;) {
    const char = text[parsing.at]
    if (char === undefined) throw new GlobError(start, 'this { is never closed: write \\{ for the character')
    if (char === '{') throw new GlobError(parsing.at, 'alternatives cannot stand within others')
    if (char === '}') break
    if (char === ',') {
      parsing.at += 1
      last = []
      found.push(last)
    } else appended(last, tokensAt(parsing), options)
  }
  parsing.at += 1
  return found
}

/** What stands at this place, and goes on behind it. Several tokens where the small letter of one is several. */
function tokensAt(parsing: Parsing): Token[] {
  const { text, options } = parsing
  const char = text[parsing.at]
  if (char === '*') return [starAt(parsing)]
  if (char === '[') return [classAt(parsing)]
  if (char === ']') throw new GlobError(parsing.at, 'this ] closes nothing: write \\] for the character')
  if (char !== '?') return charAt(parsing).map(code => ({ kind: 'char', code: inPath(code, options) }))
  parsing.at += 1
  return [{ kind: 'any' }]
}

/** A run of stars is one. */
function starAt(parsing: Parsing): Token {
  const start = parsing.at
  while (parsing.text[parsing.at] === '*') parsing.at += 1
  return { kind: parsing.options.isPath && parsing.at === start + 1 ? 'star' : 'deep' }
}

/** The code points of one character, in small letters where case does not matter. */
function charAt(parsing: Parsing): number[] {
  const { text, options } = parsing
  if (text[parsing.at] === '\\') {
    parsing.at += 1
    if (parsing.at === text.length) throw new GlobError(parsing.at - 1, 'a \\ stands before a character')
  }
  const char = String.fromCodePoint(text.codePointAt(parsing.at) ?? 0)
  parsing.at += char.length
  return Array.from(options.ignoresCase ? char.toLowerCase() : char, one => one.codePointAt(0) ?? 0)
}

/** Backslashes of paths are slashes, as in the texts that they are compared with. */
function inPath(code: number, { isPath }: GlobOptions): number {
  return isPath && code === 0x5c ? slash : code
}

function classAt(parsing: Parsing): Token {
  const { text } = parsing
  const start = parsing.at
  parsing.at += 1
  const isNegated = text[parsing.at] === '!' || text[parsing.at] === '^'
  if (isNegated) parsing.at += 1
  const ranges: [number, number][] = []
  while (text[parsing.at] !== ']') {
    if (parsing.at >= text.length) throw new GlobError(start, 'this [ is never closed: write \\[ for the character')
    ranges.push(rangeAt(parsing))
  }
  parsing.at += 1
  if (ranges.length === 0) throw new GlobError(start, 'there is nothing between these brackets')
  return { kind: 'class', isNegated, ranges }
}

function rangeAt(parsing: Parsing): [number, number] {
  const { text } = parsing
  const start = parsing.at
  const [from = 0] = charAt(parsing)
  if (text[parsing.at] !== '-' || text[parsing.at + 1] === ']' || parsing.at + 1 >= text.length) return [from, from]
  parsing.at += 1
  const [to = 0] = charAt(parsing)
  if (to < from) throw new GlobError(start, 'this range goes backwards')
  return [from, to]
}

/** The same list. Two stars side by side are the greater of them; `**` in a path is the same twice as once. */
function appended(tokens: Token[], next: readonly Token[], { isPath }: GlobOptions): Token[] {
  for (const token of next) {
    const last = tokens.at(-1)
    if (isStar(token) && last !== undefined && isStar(last)) {
      if (token.kind === 'deep') tokens[tokens.length - 1] = token
    } else tokens.push(token)
    if (isPath && endsInTwoFolders(tokens)) tokens.splice(-2)
  }
  return tokens
}

export function isStar({ kind }: Token): boolean {
  return kind === 'star' || kind === 'deep'
}

function isSlash(token: Token | undefined): boolean {
  return token?.kind === 'char' && token.code === slash
}

/** Whether a `**` stands for whole folders, also for none: between slashes, or before one at the start. */
export function standsForFolders(tokens: readonly Token[], index: number): boolean {
  return tokens[index]?.kind === 'deep' && isSlash(tokens[index + 1]) && (index === 0 || isSlash(tokens[index - 1]))
}

function endsInTwoFolders(tokens: readonly Token[]): boolean {
  return standsForFolders(tokens, tokens.length - 2) && standsForFolders(tokens, tokens.length - 4)
}
