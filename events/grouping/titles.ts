/** What people see of an event in a list: its title (what went wrong) and its culprit (where). */
import { isText, type Exception, type Frame, type NormalisedEvent } from '../../schema/event.ts'
import { limits } from '../../schema/limits.ts'
import { cut, firstLine } from '../text.ts'
import { securityReport } from './group.ts'

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
  const title = main === undefined ? '' : joined(main.type, firstLine(main.value ?? '', limits.titleCharsMax))
  if (title !== '') return cut(title, limits.titleCharsMax)
  if (event.csp !== undefined) return securityTitle(event.csp)
  return firstLine(formattedMessage(event), limits.titleCharsMax) || untitled
}

function joined(type: Exception['type'], value: string): string {
  if (!type) return value
  return value === '' ? type : `${type}: ${value}`
}

function securityTitle(csp: Record<string, unknown>): string {
  const { directive, blocked } = securityReport(csp)
  return cut(`Blocked '${directive}' from '${blocked}'`, limits.titleCharsMax)
}

/** The transaction, else the newest frame of the application (else the newest of all). */
export function culpritOf(event: NormalisedEvent): string {
  if (event.transaction !== undefined) return cut(event.transaction, limits.culpritCharsMax)
  const frames = (event.exception?.values.at(-1)?.stacktrace ?? event.stacktrace)?.frames ?? []
  const frame = frames.findLast(({ in_app: inApp }) => inApp === true) ?? frames.at(-1)
  return frame === undefined ? '' : cut(placeOf(frame), limits.culpritCharsMax)
}

function placeOf({ module, filename, function: name }: Frame): string {
  const place = module || filename || ''
  // What SDKs call a function that has no name.
  if (!name || name === '?') return place
  return place === '' ? name : `${place} in ${name}`
}
