/** In words, why a rule of grouping decides about an event. */
import { isText, type NormalisedEvent } from '../../../schema/event.ts'
import type { Grouping } from '../../../schema/pipeline.ts'
import { isMessageAsException, isNativeCrash } from '../group.ts'
import { languageOfPlatform } from '../languages/languages.ts'

export function reasonOf(rule: Grouping['rule'], event: NormalisedEvent): string {
  switch (rule) {
    case 'custom':
      return 'The client sent a fingerprint.'
    case 'custom_rule':
      return 'A fingerprint rule of the project matches the event.'
    case 'exception':
      return 'The event has exceptions: their types and frames count, and the message of one where no frame does.'
    case 'stack':
      return isNativeCrash(event, { language: languageOfPlatform(event.platform ?? '') })
        ? 'A native program crashed: the stack of the thread that crashed counts, whatever is said about it.'
        : 'The event has neither exception nor message: the stack of its decisive thread counts.'
    case 'security':
      return 'The event is a report of a content security policy: its directive and what it blocked count.'
    case 'message':
      return isMessageAsException(event)
        ? 'An SDK sent the message as an exception that nobody threw: the words count, not the place.'
        : isText(event.logentry?.message)
          ? 'The event is a message of a logger: its template or its words count, and the logger.'
          : 'The event is a message: its words count, and the logger.'
    case 'fallback':
      return 'The event says nothing of what happened: its platform, its transaction and its SDK count.'
  }
}
