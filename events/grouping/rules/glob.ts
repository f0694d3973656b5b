/**
 * Matching of patterns against plain text, without a regular expression: the set of places in the pattern that the text
 * so far can have come to is a row of bits, and goes through the text once. So the time is linear in the text, with one
 * step for every 32 characters of the pattern, whatever either holds. Every call says what it costs.
 */
import { limits } from '../../../schema/limits.ts'
import { GlobError, globTokens, isStar, slash, standsForFolders, type GlobOptions, type Token } from './glob-tokens.ts'

/** What an event may still cost, in steps; below zero its rules stop. */
export type Budget = { left: number }

/** Bits are numbered by token: bit n stands for "all before token n has matched". */
type Bits = Int32Array

export type Glob = {
  /** What every match begins with, ends with and holds somewhere: most texts are refused by these. */
  prefix: string
  suffix: string
  inner: string
  isExact: boolean
  length: number
  words: number
  start: Bits
  /**
   * Tokens that take the character and are done, by character; `takesOthers` for characters that the pattern does not
   * name.
   */
  takes: ReadonlyMap<number, Bits>
  takesOthers: Bits
  classes: readonly { index: number; token: Extract<Token, { kind: 'class' }> }[]
  /** Stars that stay where they are, by any character and by a slash. */
  stays: Bits
  staysAtSlash: Bits
  /** Where nothing is also a match: stars, and `**` with the slash behind it. */
  stars: Bits
  folders: Bits
  isPath: boolean
  endsDeep: boolean
}

/** Throws a GlobError where the pattern is none. More than one where it has alternatives. */
export function compileGlobs(pattern: string, options: GlobOptions): Glob[] {
  if (pattern === '') throw new GlobError(0, 'a pattern is missing')
  return globTokens(pattern, options).map(tokens => compiled(tokens, options))
}

function compiled(tokens: readonly Token[], { isPath }: GlobOptions): Glob {
  const words = (tokens.length >>> 5) + 1
  const where = (is: (token: Token, index: number) => boolean) => bitsOf(tokens, words, is)
  const isFolders = (index: number) => isPath && standsForFolders(tokens, index)
  const others = (token: Token) => token.kind === 'any'
  const codes = new Set(tokens.flatMap(token => (token.kind === 'char' ? [token.code] : [])))
  if (isPath) codes.add(slash)
  const takes = new Map(
    [...codes].map(code => [
      code,
      where(token => (token.kind === 'char' ? token.code === code : others(token) && !(isPath && code === slash)))
    ])
  )
  const runs = literalRuns(tokens, isFolders)
  return {
    ...runs,
    isExact: tokens.every(({ kind }) => kind === 'char'),
    length: tokens.length,
    words,
    start: startOf(tokens, words, isFolders),
    takes,
    takesOthers: where(others),
    classes: tokens.flatMap((token, index) => (token.kind === 'class' ? [{ index, token }] : [])),
    stays: where(isStar),
    staysAtSlash: where(({ kind }) => kind === 'deep' || (kind === 'star' && !isPath)),
    stars: where(isStar),
    folders: where((_, index) => isFolders(index)),
    isPath,
    endsDeep: tokens.at(-1)?.kind === 'deep'
  }
}

function bitsOf(tokens: readonly Token[], words: number, is: (token: Token, index: number) => boolean): Bits {
  const bits = new Int32Array(words)
  tokens.forEach((token, index) => {
    if (is(token, index)) setBit(bits, index)
  })
  return bits
}

function setBit(bits: Bits, index: number): void {
  bits[index >>> 5] = (bits[index >>> 5] ?? 0) | (1 << (index & 31))
}

function hasBit(bits: Bits, index: number): boolean {
  return (((bits[index >>> 5] ?? 0) >>> (index & 31)) & 1) === 1
}

/** The slash behind a `**` that may stand for no folder is in no run. */
function literalRuns(
  tokens: readonly Token[],
  isFolders: (index: number) => boolean
): Pick<Glob, 'prefix' | 'suffix' | 'inner'> {
  const runs = ['']
  tokens.forEach((token, index) => {
    if (token.kind !== 'char' || isFolders(index - 1)) runs.push('')
    else runs.push((runs.pop() ?? '') + String.fromCodePoint(token.code))
  })
  const [prefix = ''] = runs
  const inner = runs.slice(1, -1).reduce((longest, run) => (run.length > longest.length ? run : longest), '')
  return { prefix, suffix: runs.at(-1) ?? '', inner }
}

/** `text` must be in small letters if the pattern ignores case, and with `/` between folders if it is of paths. */
export function matchesGlob(glob: Glob, text: string, budget: Budget): boolean {
  budget.left -= 4 + (text.length >>> 4)
  const { prefix, suffix, inner } = glob
  if (glob.isExact) return text === prefix
  if (!text.startsWith(prefix) || !text.endsWith(suffix)) return false
  if (inner !== '' && !text.includes(inner)) return false
  budget.left -= text.length * (glob.words + glob.classes.length)
  return goesThrough(glob, text)
}

/** The row of bits, reused: a glob has at most as many words as the longest pattern. */
const state = new Int32Array((limits.rulePatternSizeMax >>> 5) + 1)

function goesThrough(glob: Glob, text: string): boolean {
  const { classes, takes, takesOthers, isPath, endsDeep, length } = glob
  state.set(glob.start)
  for (let at = 0; at < text.length; at++) {
    if (endsDeep && hasBit(state, length)) return true
    const code = text.codePointAt(at) ?? 0
    if (code > 0xffff) at += 1
    const known = takes.get(code) ?? takesOthers
    const taking = classes.length === 0 ? known : withClasses(known, code, glob)
    if (!step(taking, isPath && code === slash ? glob.staysAtSlash : glob.stays, glob)) return false
  }
  return hasBit(state, length)
}

/**
 * Takes one character. Then adds the places that are reached without one: behind a star, and behind folders that are
 * none, if the text has just come there. No star stands before folders, so one pass is enough. False when nothing can
 * match any more.
 */
function step(taking: Bits, staying: Bits, { words, stars, folders }: Glob): boolean {
  let carry = 0
  let carryFolders = 0
  let carryStars = 0
  let alive = 0
  for (let word = 0; word < words; word++) {
    const before = state[word] ?? 0
    const taken = before & (taking[word] ?? 0)
    const arrived = (taken << 1) | carry
    const skipsFolders = arrived & (folders[word] ?? 0)
    const bits = arrived | (before & (staying[word] ?? 0)) | (skipsFolders << 2) | carryFolders | carryStars
    const skipsStar = bits & (stars[word] ?? 0)
    carry = taken >>> 31
    carryFolders = skipsFolders >>> 30
    carryStars = skipsStar >>> 31
    const after = bits | (skipsStar << 1)
    state[word] = after
    alive |= after
  }
  return alive !== 0
}

/** Before the first character: the same without one, at the first token. */
function startOf(tokens: readonly Token[], words: number, isFolders: (index: number) => boolean): Bits {
  const bits = new Int32Array(words)
  setBit(bits, 0)
  const behindFolders = isFolders(0) ? 2 : 0
  if (behindFolders > 0) setBit(bits, behindFolders)
  for (const index of [0, behindFolders]) {
    const token = tokens[index]
    if (token !== undefined && isStar(token)) setBit(bits, index + 1)
  }
  return bits
}

function withClasses(known: Bits, code: number, { classes, isPath }: Glob): Bits {
  const bits = known.slice()
  for (const { index, token } of classes) {
    const isIn = token.ranges.some(([from, to]) => code >= from && code <= to)
    if (token.isNegated ? !isIn && !(isPath && code === slash) : isIn) setBit(bits, index)
  }
  return bits
}
