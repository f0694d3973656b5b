/**
 * Fingerprints that clients send. Variables are replaced as Sentry documents them, with their short forms; numbers and
 * ids in texts of people are left out, as everywhere. What is no variable stays as it is.
 */
import { isText, type NormalisedEvent } from '../../schema/event.ts'
import { crashFrame } from './frames.ts'
import { languageOfPlatform } from './languages/languages.ts'
import { normaliseMessage } from './message.ts'
import { formattedMessage } from './titles.ts'

const standIn = /^\s*\{\{\s*default\s*\}\}\s*$/
const variable = /\{\{\s{0,20}([\w.:@/-]{1,200})\s{0,20}\}\}/g

/** Null when the event has none: nothing, blanks, or the stand-in alone ask for nothing. */
export function fingerprintComponents(event: NormalisedEvent, computed: () => readonly string[]): string[] | null {
  const { fingerprint } = event
  if (fingerprint === undefined || !fingerprint.some(isText)) return null
  const [first = ''] = fingerprint
  if (fingerprint.length === 1 && standIn.test(first)) return null
  return fingerprint.flatMap(part => (standIn.test(part) ? computed() : [resolved(part, event)]))
}

function resolved(part: string, event: NormalisedEvent): string {
  if (!part.includes('{{')) return part
  return part.replaceAll(variable, (match, name: string) => valueOf(name, event) ?? match)
}

/** `<no …>` where the event does not have it; undefined when there is no such variable. */
function valueOf(name: string, event: NormalisedEvent): string | undefined {
  const tag = /^tags?[.:](.{1,200})$/.exec(name)?.[1]
  const value = tag === undefined ? variables.get(name)?.(event) : (event.tags?.[tag] ?? '')
  return value === '' ? `<no ${name}>` : value
}

type Variable = (event: NormalisedEvent) => string

const error: Variable = event => event.exception?.values.at(-1)?.type ?? ''
const errorValue: Variable = event => normaliseMessage(event.exception?.values.at(-1)?.value ?? '')
const message: Variable = event => normaliseMessage(formattedMessage(event)) || errorValue(event)
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
