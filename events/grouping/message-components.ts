/** The words of an event by which it is grouped: its template, else its text without what changes. */
import { isText, type NormalisedEvent } from '../../schema/event.ts'
import { normaliseMessage } from './message.ts'

/** `{Customer}`, `%s`, `%(name)s`, `${id}`, `{{ id }}`, `:id`. */
const placeholder = /[{%$]|:\w/

/** '' when it says nothing. */
export function messageComponent({ message, logentry }: NormalisedEvent): string {
  const template = logentry?.message
  const params = logentry?.params
  const text = [logentry?.formatted, message].find(isText)
  if (isText(template)) {
    if (params != null && Object.keys(params).length > 0) return template
    if (text !== undefined && text !== template && placeholder.test(template)) return template
    if (text !== undefined && text !== template) return normaliseMessage(template)
  }
  return normaliseMessage(text ?? template ?? '')
}
