/** What people see of an event in a list: its title (what went wrong) and its culprit (where). */
import { isText, type Exception, type Frame, type NormalisedEvent } from '../../schema/event.ts'
import { limits } from '../../schema/limits.ts'
import { cut, firstLine } from '../text.ts'
import { crashFrame } from './frames.ts'
import { javascript } from './languages/javascript.ts'
import { languageOfPlatform } from './languages/languages.ts'
import { securityReport } from './security.ts'
import { decisiveStack } from './threads.ts'

const untitled = '<unlabeled event>'

/** The text of the event, as a person would read it; '' when it has none. */
export function formattedMessage({ message, logentry }: NormalisedEvent): string {
  return [logentry?.formatted, message, logentry?.message].find(isText) ?? ''
}

/** Type and whole value of the exception that was thrown last; '' without one. */
export function exceptionText(event: NormalisedEvent): string {
  const main = event.exception?.values.at(-1)
  return main === undefined ? '' : joined(main.type, main.value ?? '')
}

export function titleOf(event: NormalisedEvent): string {
  const main = event.exception?.values.at(-1)
  const title = main === undefined ? '' : exceptionTitle(main, event)
  if (title !== '') return cut(title, limits.titleCharsMax)
  if (event.csp !== undefined) return securityTitle(event.csp)
  return firstLine(formattedMessage(event), limits.titleCharsMax) || untitled
}

/**
 * What nobody threw (a signal, a hang) is named by the function in which it happened. SDKs of JavaScript make
 * exceptions of whatever was thrown: they say what it was.
 */
function exceptionTitle(exception: Exception, event: NormalisedEvent): string {
  const { type, value, mechanism } = exception
  const isNamed = mechanism?.synthetic === true && type && languageOfPlatform(event.platform ?? '') !== javascript
  const name = isNamed ? crashFrameOf(event)?.function : undefined
  if (name && !/^(?:\?|<anonymous>|<unknown>)$/.test(name)) return firstLine(name, limits.titleCharsMax)
  return joined(type, firstLine(value ?? '', limits.titleCharsMax))
}

/** Where it happened: the newest frame of the application, which panic machinery and SDKs are not. */
function crashFrameOf(event: NormalisedEvent): Frame | undefined {
  const frames = decisiveStack(event)?.frames ?? []
  return crashFrame(frames, languageOfPlatform(event.platform ?? ''))
}

function joined(type: Exception['type'], value: string): string {
  if (!type) return value
  return value === '' ? type : `${type}: ${value}`
}

function securityTitle(csp: Record<string, unknown>): string {
  const { directive, blocked } = securityReport(csp)
  return cut(`Blocked '${directive}' from '${blocked}'`, limits.titleCharsMax)
}

/** The transaction, else the frame where it happened. */
export function culpritOf(event: NormalisedEvent): string {
  if (event.transaction !== undefined) return cut(event.transaction, limits.culpritCharsMax)
  const frame = crashFrameOf(event)
  return frame === undefined ? '' : cut(placeOf(frame), limits.culpritCharsMax)
}

function placeOf({ module, filename, function: name }: Frame): string {
  const place = module || filename || ''
  // What SDKs call a function that has no name.
  if (!name || name === '?') return place
  return place === '' ? name : `${place} in ${name}`
}
