/** The first fingerprint rule of a project that an event fulfils. */
import type { Exception, Frame, NormalisedEvent } from '../../../schema/event.ts'
import { languageOfPlatform } from '../languages/languages.ts'
import { decisiveThread } from '../threads.ts'
import { formattedMessage } from '../titles.ts'
import { frameSubject, type FrameSubject } from './frame-subject.ts'
import type { Budget } from './glob.ts'
import type { Test } from './matchers.ts'
import type { FingerprintRule } from './parse.ts'

/** What rules look at; each is made when the first of them asks for it. */
type Subjects = { event: NormalisedEvent; words?: readonly string[]; frames?: readonly FrameSubject[] }

/** Null when none does, or the budget is used up before. */
export function matchingRule(
  rules: readonly FingerprintRule[],
  event: NormalisedEvent,
  budget: Budget
): FingerprintRule | null {
  const subjects: Subjects = { event }
  for (const rule of rules) {
    if (isFulfilled(rule, subjects, budget)) return rule
    if (budget.left < 0) return null
  }
  return null
}

function isFulfilled({ matchers }: FingerprintRule, subjects: Subjects, budget: Budget): boolean {
  const { event, exception, words, frame } = matchers
  if (!holds(event, subjects.event, budget)) return false
  if (exception.length > 0 && !some(exception, subjects.event.exception?.values ?? [], budget)) return false
  if (words.length > 0 && !some(words, (subjects.words ??= wordsOf(subjects.event)), budget)) return false
  return frame.length === 0 || some(frame, (subjects.frames ??= framesOf(subjects.event)), budget)
}

export function holds<Subject>(tests: readonly Test<Subject>[], subject: Subject, budget: Budget): boolean {
  for (const test of tests) if (budget.left < 0 || !test(subject, budget)) return false
  return true
}

function some<Subject>(tests: readonly Test<Subject>[], subjects: readonly Subject[], budget: Budget): boolean {
  for (const subject of subjects) if (holds(tests, subject, budget)) return true
  return false
}

/** The message, and what exceptions say: people do not tell them apart. */
function wordsOf(event: NormalisedEvent): readonly string[] {
  const values = (event.exception?.values ?? []).map(({ value }: Exception) => value ?? '')
  return [formattedMessage(event), ...values].filter(text => text !== '')
}

/** Of all exceptions; without them of the event, or of the thread that says where it happened. */
function framesOf(event: NormalisedEvent): readonly FrameSubject[] {
  const language = languageOfPlatform(event.platform ?? '')
  const ofExceptions = (event.exception?.values ?? []).flatMap(({ stacktrace }) => stacktrace?.frames ?? [])
  return (ofExceptions.length > 0 ? ofExceptions : otherFrames(event)).map(frame => frameSubject(frame, language))
}

function otherFrames({ stacktrace, threads }: NormalisedEvent): readonly Frame[] {
  return (stacktrace ?? decisiveThread(threads?.values ?? [])?.stacktrace)?.frames ?? []
}
