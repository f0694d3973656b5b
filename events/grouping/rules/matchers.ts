/**
 * The matchers of rules: which part of an event each looks at, and how. Matchers of one rule that look at exceptions
 * must hold for the same exception, those of frames for the same frame; a part that the event does not have fulfils
 * none, but for a matcher with `!`.
 */
import type { Exception, NormalisedEvent } from '../../../schema/event.ts'
import { limits } from '../../../schema/limits.ts'
import { nearest } from '../../../schema/nearest.ts'
import { languageOfPlatform } from '../languages/languages.ts'
import { tagOf } from '../variables.ts'
import {
  families,
  familyOf,
  familyOfFrame,
  functionsOf,
  modulesOf,
  packagesOf,
  pathsOf,
  type FrameSubject
} from './frame-subject.ts'
import { GlobError, type GlobOptions } from './glob-tokens.ts'
import { compileGlobs, matchesGlob, type Budget } from './glob.ts'
import { argument, foundAt, name, SyntaxFault, took, type Argument, type Cursor } from './syntax.ts'

export type Test<Subject> = (subject: Subject, budget: Budget) => boolean

/** `words` are a message, or the value of an exception. */
export type Matchers = {
  event: Test<NormalisedEvent>[]
  exception: Test<Exception>[]
  words: Test<string>[]
  frame: Test<FrameSubject>[]
}

export type RuleKind = 'fingerprint' | 'stack'

/** How an argument is compared with what is read: as a pattern, or as one of few words. */
type Reading<Subject> =
  | { as: 'pattern'; options: GlobOptions; read: (subject: Subject) => readonly string[] }
  | { as: 'patterns'; read: (subject: Subject) => readonly string[] }
  | { as: 'family'; read: (subject: Subject) => string }
  | { as: 'flag'; read: (subject: Subject) => boolean }

const exact: GlobOptions = { isPath: false, ignoresCase: false }
const anyCase: GlobOptions = { isPath: false, ignoresCase: true }
const path: GlobOptions = { isPath: true, ignoresCase: true }

function pattern<Subject>(
  options: GlobOptions,
  read: (subject: Subject) => string | null | undefined
): Reading<Subject> {
  return {
    as: 'pattern',
    options,
    read: subject => {
      const text = read(subject)
      return text ? [options.ignoresCase ? text.toLowerCase() : text] : []
    }
  }
}

const ofEvent = new Map<string, Reading<NormalisedEvent>>([
  ['logger', pattern(exact, event => event.logger)],
  ['level', pattern(anyCase, event => event.level)],
  ['release', pattern(anyCase, event => event.release)],
  ['dist', pattern(exact, event => event.dist)],
  ['environment', pattern(exact, event => event.environment)],
  ['transaction', pattern(exact, event => event.transaction)],
  ['server_name', pattern(exact, event => event.server_name)],
  ['platform', pattern(exact, event => event.platform)],
  ['sdk', { as: 'patterns', read: event => (typeof event.sdk?.name === 'string' ? [event.sdk.name] : []) }],
  ['family', { as: 'family', read: event => familyOf(languageOfPlatform(event.platform ?? '')) }]
])

const ofException = new Map<string, Reading<Exception>>([
  ['error.type', pattern(exact, exception => exception.type)],
  ['error.value', pattern(anyCase, exception => exception.value?.trim())],
  [
    'error.mechanism',
    pattern(exact, ({ mechanism }) => (typeof mechanism?.type === 'string' ? mechanism.type : undefined))
  ]
])

const ofWords = new Map<string, Reading<string>>([['message', pattern(anyCase, words => words.trim())]])

const ofFrame = new Map<string, Reading<FrameSubject>>([
  ['stack.function', { as: 'pattern', options: exact, read: functionsOf }],
  ['stack.module', { as: 'pattern', options: exact, read: modulesOf }],
  ['stack.abs_path', { as: 'pattern', options: path, read: pathsOf }],
  ['stack.package', { as: 'pattern', options: path, read: packagesOf }],
  ['app', { as: 'flag', read: subject => subject.inApp }]
])

/** In stack-trace rules, where frames of several languages stand in one trace. */
const familyOfFrames: Reading<FrameSubject> = { as: 'family', read: familyOfFrame }

const shortForms = new Map([
  ['type', 'error.type'],
  ['value', 'error.value'],
  ['mechanism', 'error.mechanism'],
  ['function', 'stack.function'],
  ['module', 'stack.module'],
  ['path', 'stack.abs_path'],
  ['stack.path', 'stack.abs_path'],
  ['package', 'stack.package']
])

/** Without `tags.…`. */
export const matcherNames: readonly string[] = [
  ...[ofException, ofWords, ofFrame, ofEvent].flatMap(map => [...map.keys()]),
  ...shortForms.keys()
]

export function noMatchers(): Matchers {
  return { event: [], exception: [], words: [], frame: [] }
}

export function matcherCount({ event, exception, words, frame }: Matchers): number {
  return event.length + exception.length + words.length + frame.length
}

/** `!name:pattern` at the cursor, added to the others. */
export function addMatcher(matchers: Matchers, cursor: Cursor, kind: RuleKind): void {
  const isNegated = took(cursor, '!')
  const start = cursor.at
  const written = name(cursor)
  if (written === '') throw new SyntaxFault(start, `a matcher is expected, but there is ${foundAt(cursor)}`)
  if (!took(cursor, ':')) {
    throw new SyntaxFault(
      cursor.at,
      `a colon is expected after “${written}”; a pattern with spaces needs quotes around it`
    )
  }
  const known = shortForms.get(written) ?? written
  const at = cursor.at
  const given = argument(cursor)
  if (given.text === '') throw new SyntaxFault(at, `a pattern is missing after “${written}:”`)
  if (!addKnown(matchers, known, given, { isNegated, kind })) throw new SyntaxFault(start, unknown(written, kind))
}

type Choice = { isNegated: boolean; kind: RuleKind }

/** False when there is no such matcher in rules of this kind. */
function addKnown(matchers: Matchers, known: string, given: Argument, choice: Choice): boolean {
  const { kind, isNegated } = choice
  const exception = ofException.get(known)
  const frame = kind === 'stack' && known === 'family' ? familyOfFrames : ofFrame.get(known)
  const words = kind === 'stack' ? undefined : ofWords.get(known)
  const event = kind === 'stack' ? undefined : (ofEvent.get(known) ?? ofTag(known))
  if (exception !== undefined) matchers.exception.push(testOf(exception, given, isNegated))
  else if (frame !== undefined) matchers.frame.push(testOf(frame, given, isNegated))
  else if (words !== undefined) matchers.words.push(testOf(words, given, isNegated))
  else if (event !== undefined) matchers.event.push(testOf(event, given, isNegated))
  else return false
  return true
}

function ofTag(known: string): Reading<NormalisedEvent> | undefined {
  const tag = /^tags\.(.+)$/.exec(known)?.[1]
  return tag === undefined ? undefined : pattern(exact, event => tagOf(event, tag))
}

function unknown(written: string, kind: RuleKind): string {
  if (written === 'category') return 'there is no matcher “category”: frames have no categories here'
  if (matcherNames.includes(written) || written.startsWith('tags.')) {
    return `“${written}” is for fingerprint rules: stack-trace rules look at frames and their exception`
  }
  const meant = nearest(written, matcherNames)
  const hint = meant === null ? ` There are ${matcherNames.join(', ')} and tags.NAME.` : ` Did you mean “${meant}”?`
  return `there is no matcher “${written}” for ${kind === 'stack' ? 'stack-trace' : 'fingerprint'} rules.${hint}`
}

function testOf<Subject>(reading: Reading<Subject>, given: Argument, isNegated: boolean): Test<Subject> {
  const holds = positive(reading, given)
  return isNegated ? (subject, budget) => !holds(subject, budget) : holds
}

function positive<Subject>(reading: Reading<Subject>, given: Argument): Test<Subject> {
  switch (reading.as) {
    case 'pattern':
      return patternTest(reading.read, given, reading.options)
    case 'patterns':
      return patternTest(reading.read, { ...given, text: `{${given.text}}` }, exact, -1)
    case 'flag':
      return flagTest(reading.read, given)
    case 'family':
      return familyTest(reading.read, given)
  }
}

/** `shift` is added to the places of errors, where the pattern is not what was written. */
function patternTest<Subject>(
  read: (subject: Subject) => readonly string[],
  { text, placeOf }: Argument,
  options: GlobOptions,
  shift = 0
): Test<Subject> {
  const { rulePatternCharsMax } = limits
  if (text.length > rulePatternCharsMax) {
    throw new SyntaxFault(placeOf(0), `a pattern has at most ${rulePatternCharsMax} characters`)
  }
  const globs = located(
    () => compileGlobs(text, options),
    index => placeOf(Math.max(0, index + shift))
  )
  return (subject, budget) => {
    budget.left -= 1
    for (const value of read(subject)) {
      for (const glob of globs) if (matchesGlob(glob, value, budget)) return true
    }
    return false
  }
}

/** Errors of a pattern, at their place in the line. */
function located<Value>(make: () => Value, placeOf: (index: number) => number): Value {
  try {
    return make()
  } catch (error) {
    if (error instanceof GlobError) throw new SyntaxFault(placeOf(error.at), error.message)
    throw error
  }
}

const flags = new Map([
  ['yes', true],
  ['true', true],
  ['1', true],
  ['no', false],
  ['false', false],
  ['0', false]
])

function flagTest<Subject>(read: (subject: Subject) => boolean, { text, placeOf }: Argument): Test<Subject> {
  const wanted = flags.get(text.toLowerCase())
  if (wanted === undefined) throw new SyntaxFault(placeOf(0), 'this must be yes or no')
  return (subject, budget) => {
    budget.left -= 1
    return read(subject) === wanted
  }
}

function familyTest<Subject>(read: (subject: Subject) => string, { text, placeOf }: Argument): Test<Subject> {
  const wanted = new Set(text.split(','))
  for (const family of wanted) {
    if (!families.some(known => known === family)) {
      throw new SyntaxFault(placeOf(text.indexOf(family)), `the families are ${families.join(', ')}`)
    }
  }
  const isAny = wanted.has('all')
  return (subject, budget) => {
    budget.left -= 1
    return isAny || wanted.has(read(subject))
  }
}
