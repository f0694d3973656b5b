/**
 * The texts of rules that people write, a rule a line. What is wrong with a line is returned with its place and does
 * not hold up the others. Limits: the characters of a text and of a line, the number of rules and of matchers.
 *
 *     fingerprint rule   matcher+ -> part (, part)* [title="…"]
 *     stack-trace rule   ["[" matcher "]" "|"] matcher+ ["|" "[" matcher "]"] action+
 *     matcher            ["!"] name ":" (word | "quoted text")
 *     action             ["^" | "v"] ("+" | "-") ("app" | "group")   or   max-frames=NUMBER
 */
import { limits } from '../../../schema/limits.ts'
import { actionAt, isAction, type Action } from './actions.ts'
import { fingerprintValues, type FingerprintValues } from './fingerprint-values.ts'
import { addMatcher, matcherCount, noMatchers, type Matchers, type RuleKind } from './matchers.ts'
import { foundAt, isAtEnd, skipSpaces, SyntaxFault, took, type Cursor, type RuleError } from './syntax.ts'

/** `line` counts from 1; `text` is the rule as it was written. */
export type FingerprintRule = { line: number; text: string; matchers: Matchers } & FingerprintValues

/** `caller` and `callee` are of the frames beside: before and behind, as calls go. */
export type StackRule = {
  line: number
  text: string
  matchers: Matchers
  caller: Matchers | null
  callee: Matchers | null
  actions: readonly Action[]
}

export type ParsedText<Rule> = { rules: Rule[]; errors: RuleError[] }

export function parseFingerprintRules(text: string): ParsedText<FingerprintRule> {
  return parsedLines(text, (cursor, line) => {
    const matchers = matchersUntil(cursor, 'fingerprint', () => cursor.text.startsWith('->', cursor.at))
    if (!took(cursor, '->')) throw new SyntaxFault(cursor.at, '“->” and a fingerprint are expected after the matchers')
    return { line, text: cursor.text.trim(), matchers, ...fingerprintValues(cursor) }
  })
}

export function parseStackRules(text: string): ParsedText<StackRule> {
  return parsedLines(text, (cursor, line) => {
    const caller = took(cursor, '[') ? siblingMatcher(cursor) : null
    if (caller !== null) takePipe(cursor)
    const matchers = matchersUntil(cursor, 'stack', () => isAction(cursor) || cursor.text[cursor.at] === '|')
    skipSpaces(cursor)
    const callee = took(cursor, '|') ? calleeMatcher(cursor) : null
    return { line, text: cursor.text.trim(), matchers, caller, callee, actions: actionsAt(cursor) }
  })
}

function parsedLines<Rule>(text: string, parse: (cursor: Cursor, line: number) => Rule): ParsedText<Rule> {
  const { rulesCharsMax, rulesMax, ruleErrorsMax } = limits
  const found: ParsedText<Rule> = { rules: [], errors: [] }
  if (text.length > rulesCharsMax) {
    found.errors.push({ line: 1, column: 1, reason: `rules have at most ${rulesCharsMax} characters in all` })
    return found
  }
  for (const [index, lineText] of text.split(/\r\n|\r|\n/).entries()) {
    if (found.errors.length >= ruleErrorsMax) break
    const cursor: Cursor = { text: lineText.trimEnd(), at: 0 }
    skipSpaces(cursor)
    if (isAtEnd(cursor) || cursor.text[cursor.at] === '#') continue
    if (found.rules.length === rulesMax) {
      found.errors.push({ line: index + 1, column: 1, reason: `a project has at most ${rulesMax} rules of a kind` })
      break
    }
    parseLine(found, cursor, index + 1, parse)
  }
  return found
}

function parseLine<Rule>(
  { rules, errors }: ParsedText<Rule>,
  cursor: Cursor,
  line: number,
  parse: (cursor: Cursor, line: number) => Rule
): void {
  try {
    const { ruleCharsMax } = limits
    if (cursor.text.length > ruleCharsMax) {
      throw new SyntaxFault(ruleCharsMax, `a rule has at most ${ruleCharsMax} characters`)
    }
    rules.push(parse(cursor, line))
  } catch (error) {
    if (!(error instanceof SyntaxFault)) throw error
    errors.push({ line, column: error.at + 1, reason: error.message })
  }
}

/** At least one matcher, and all up to what ends them. */
function matchersUntil(cursor: Cursor, kind: RuleKind, isEnd: () => boolean): Matchers {
  const matchers = noMatchers()
  for (;;) {
    skipSpaces(cursor)
    const count = matcherCount(matchers)
    if (isAtEnd(cursor) || isEnd()) {
      if (count > 0) return matchers
      throw new SyntaxFault(cursor.at, `a matcher is expected, but there is ${foundAt(cursor)}`)
    }
    if (count === limits.ruleMatchersMax) {
      throw new SyntaxFault(cursor.at, `a rule has at most ${limits.ruleMatchersMax} matchers`)
    }
    addMatcher(matchers, cursor, kind)
  }
}

/** The rest of `[ matcher ]`. */
function siblingMatcher(cursor: Cursor): Matchers {
  const matchers = noMatchers()
  skipSpaces(cursor)
  const start = cursor.at
  addMatcher(matchers, cursor, 'stack')
  if (matchers.frame.length === 0) throw new SyntaxFault(start, 'in brackets stands a matcher of frames')
  skipSpaces(cursor)
  if (!took(cursor, ']')) {
    throw new SyntaxFault(cursor.at, `a space and “]” are expected, but there is ${foundAt(cursor)}`)
  }
  return matchers
}

function takePipe(cursor: Cursor): void {
  skipSpaces(cursor)
  if (!took(cursor, '|')) throw new SyntaxFault(cursor.at, `“|” is expected, but there is ${foundAt(cursor)}`)
}

function calleeMatcher(cursor: Cursor): Matchers {
  skipSpaces(cursor)
  if (!took(cursor, '[')) throw new SyntaxFault(cursor.at, `“[” is expected, but there is ${foundAt(cursor)}`)
  return siblingMatcher(cursor)
}

function actionsAt(cursor: Cursor): Action[] {
  const actions: Action[] = []
  do {
    skipSpaces(cursor)
    actions.push(actionAt(cursor))
    skipSpaces(cursor)
  } while (!isAtEnd(cursor))
  return actions
}
