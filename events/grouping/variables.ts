/**
 * Variables in fingerprints and titles, as Sentry documents them, with their short forms. In fingerprints the numbers
 * and ids in texts of people are left out, as everywhere; titles show them. What is no variable stays as it is.
 */
import type { NormalisedEvent } from '../../schema/event.ts'
import { limits } from '../../schema/limits.ts'
import { cut, firstLine } from '../text.ts'
import { crashFrame } from './frames.ts'
import { languageOfPlatform } from './languages/languages.ts'
import { normaliseMessage } from './message.ts'
import { formattedMessage } from './titles.ts'

export type Purpose = 'fingerprint' | 'title'

const variable = /\{\{\s{0,20}([\w.:@/-]{1,200})\s{0,20}\}\}/g
const tagName = /^tags?[.:](.{1,200})$/

/** At most `fingerprintPartResolvedMax` characters. */
export function expanded(text: string, event: NormalisedEvent, purpose: Purpose): string {
  if (!text.includes('{{')) return text
  const whole = text.replaceAll(variable, (match, name: string) => valueOf(name, event, purpose) ?? match)
  return cut(whole, limits.fingerprintPartResolvedMax)
}

/** The names of the variables in a text, each with its place. */
export function variablesIn(text: string): { name: string; at: number }[] {
  return Array.from(text.matchAll(variable), match => ({ name: match[1] ?? '', at: match.index }))
}

export function isVariable(name: string): boolean {
  return variables.has(name) || tagName.test(name)
}

/** The tag of this name, else the field that SDKs of Sentry write as one. */
export function tagOf(event: NormalisedEvent, name: string): string {
  return event.tags?.[name] ?? tagFields.get(name)?.(event) ?? ''
}

type Field = (event: NormalisedEvent) => string | undefined

const tagFields = new Map<string, Field>([
  ['environment', event => event.environment],
  ['release', event => event.release],
  ['dist', event => event.dist],
  ['server_name', event => event.server_name],
  ['transaction', event => event.transaction],
  ['logger', event => event.logger],
  ['level', event => event.level]
])

/** `<no …>` where the event does not have it; undefined when there is no such variable. */
function valueOf(name: string, event: NormalisedEvent, purpose: Purpose): string | undefined {
  const tag = tagName.exec(name)?.[1]
  const value = tag === undefined ? variables.get(name)?.(event, purpose) : tagOf(event, tag)
  return value === '' ? `<no ${name}>` : value
}

type Variable = (event: NormalisedEvent, purpose: Purpose) => string

function ofPeople(text: string, purpose: Purpose): string {
  return purpose === 'title' ? firstLine(text, limits.titleCharsMax) : normaliseMessage(text)
}

const error: Variable = event => event.exception?.values.at(-1)?.type ?? ''
const errorValue: Variable = (event, purpose) => ofPeople(event.exception?.values.at(-1)?.value ?? '', purpose)
const message: Variable = (event, purpose) => ofPeople(formattedMessage(event), purpose) || errorValue(event, purpose)
const inFrame =
  (member: 'function' | 'module' | 'abs_path' | 'filename' | 'package'): Variable =>
  event => {
    const frames = (event.exception?.values.at(-1)?.stacktrace ?? event.stacktrace)?.frames ?? []
    const frame = crashFrame(frames, languageOfPlatform(event.platform ?? ''))
    const value = member === 'abs_path' ? (frame?.abs_path ?? frame?.filename) : frame?.[member]
    return typeof value === 'string' ? value : ''
  }

const variables = new Map<string, Variable>([
  ['error.type', error],
  ['type', error],
  ['error.value', errorValue],
  ['value', errorValue],
  ['message', message],
  ['transaction', event => event.transaction ?? ''],
  ['level', event => event.level],
  ['logger', event => event.logger ?? ''],
  ['release', event => event.release ?? ''],
  ['dist', event => event.dist ?? ''],
  ['environment', event => event.environment ?? ''],
  ['server_name', event => event.server_name ?? ''],
  ['platform', event => event.platform ?? ''],
  ['stack.function', inFrame('function')],
  ['function', inFrame('function')],
  ['stack.module', inFrame('module')],
  ['module', inFrame('module')],
  ['stack.abs_path', inFrame('abs_path')],
  ['stack.path', inFrame('abs_path')],
  ['path', inFrame('abs_path')],
  ['stack.filename', inFrame('filename')],
  ['stack.package', inFrame('package')],
  ['package', inFrame('package')]
])

/** For "did you mean". */
export const variableNames: readonly string[] = [...variables.keys(), 'default']
