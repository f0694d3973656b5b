/**
 * The way of one event from what a client sent to what is stored: validate, normalise and scrub, map by source maps,
 * group, weigh, write. Pure: the same value, id, project and maps give the same result, so an event may be prepared
 * again after a crash. What is no event comes back with everything that is wrong with it.
 */
import type { FieldError } from '../schema/outcomes.ts'
import type { IncomingEvent, NormalisedEvent, Note } from '../schema/event.ts'
import { limits } from '../schema/limits.ts'
import type { PreparedEvent, ProjectSettings, SampledOutEvent } from '../schema/pipeline.ts'
import { facetsOf } from './facets.ts'
import { group } from './grouping/group.ts'
import { applyRules, type Ruled } from './grouping/rules/apply.ts'
import { rulesOf } from './grouping/rules/project-rules.ts'
import { culpritOf, exceptionText, formattedMessage, titleOf } from './grouping/titles.ts'
import { normalise } from './normalise.ts'
import { isStoredAsReceived } from './received-text.ts'
import { clientRateOf, weightsOf } from './sample.ts'
import type { MapFinder, ScriptPlace } from '../schema/symbolication.ts'
import { mapEvent } from './symbolication/map-event.ts'
import { stackNamesOf } from './stack-names.ts'
import { cut, storable } from './text.ts'
import { identityOf, otherNamesOf, userHashOf } from './users.ts'
import { eventErrors, hasEventForm, isEvent } from './validate.ts'

/**
 * `text` is what the value was parsed from, where it is at hand. `coerced` are the notes of who gave the value the form
 * of an event: such an event is taken even if it does not say what happened.
 */
export type PrepareContext = {
  id: string
  receivedAt: number
  project: ProjectSettings
  text?: string | undefined
  coerced?: readonly Note[] | undefined
  /** Finds source maps; absent where the project has none. */
  symbols?: Symbols | undefined
}

/** `waits`: an event whose maps are not known yet is not prepared, but says what it waits for. */
export type Symbols = { find: MapFinder; waits: boolean }

export type Prepared =
  | { kind: 'prepared'; event: PreparedEvent }
  | { kind: 'sampled_out'; event: SampledOutEvent }
  | { kind: 'waiting'; places: ScriptPlace[] }
  | { kind: 'invalid'; errors: FieldError[] }

export function prepareEvent(value: unknown, context: PrepareContext): Prepared {
  const { id, project, coerced } = context
  const isTaken = coerced === undefined ? isEvent : hasEventForm
  if (!isTaken(value)) return { kind: 'invalid', errors: eventErrors(value) }
  if (project.sampleRate <= 0) return { kind: 'sampled_out', event: { id, projectId: project.projectId } }

  const event = prepared(value, context)
  if ('places' in event) return event
  if (isStorable(event.payload)) return { kind: 'prepared', event }
  const cleaned = storable(value)
  // Taking a character out can make two names one, or empty a message.
  if (!isTaken(cleaned)) return { kind: 'invalid', errors: eventErrors(cleaned) }
  const again = prepared(cleaned, { ...context, text: undefined })
  return 'places' in again ? again : { kind: 'prepared', event: again }
}

type Waiting = Extract<Prepared, { kind: 'waiting' }>

/** JSON.stringify writes NUL and lone surrogates, and hardly anything else, as escapes that begin like this. */
function isStorable(payload: string): boolean {
  return !payload.includes('\\u0000') && !payload.includes('\\ud')
}

function prepared(
  value: IncomingEvent,
  { id, receivedAt, project, text, coerced, symbols }: PrepareContext
): PreparedEvent | Waiting {
  const { event: asSent, occurredAt } = normalise(value, receivedAt, project.scrub, coerced)
  const mapped = symbols === undefined ? null : mapEvent(asSent, symbols.find)
  if (mapped !== null && symbols?.waits === true && mapped.missing.length > 0) {
    return { kind: 'waiting', places: mapped.missing }
  }
  const normalised = mapped === null ? asSent : mapped.event
  const { event, ruled } = byRules(normalised, project)
  const { fingerprint, grouping, title = titleOf(event) } = group(event, ruled)
  const user = event.user === undefined ? '' : identityOf(event.user)
  return {
    id,
    projectId: project.projectId,
    retentionDays: project.retentionDays,
    receivedAt,
    occurredAt,
    eventId: event.event_id ?? null,
    level: event.level,
    environment: event.environment ?? '',
    release: event.release ?? '',
    platform: event.platform ?? '',
    message: searchedText(event),
    title,
    culprit: culpritOf(event),
    userHash: userHashOf(project.projectId, user),
    user,
    userNames: event.user === undefined ? undefined : otherNamesOf(event.user, user),
    tags: event.tags ?? {},
    facets: facetsOf(event),
    stack: stackNamesOf(event),
    fingerprint,
    grouping,
    weights: weightsOf(id, project.sampleRate, clientRateOf(event)),
    payload:
      text !== undefined && normalised === asSent && isStoredAsReceived(event, value, text)
        ? text
        : JSON.stringify(event)
  }
}

/** The event as the rules of its project change it; itself where there are none. */
function byRules(
  event: NormalisedEvent,
  { projectId, grouping }: ProjectSettings
): { event: NormalisedEvent; ruled: Ruled | null } {
  return grouping === undefined ? { event, ruled: null } : applyRules(event, rulesOf(projectId, grouping))
}

/** What full-text search sees: the message and the main exception, whichever there are. */
function searchedText(event: NormalisedEvent): string {
  const message = formattedMessage(event)
  const exception = exceptionText(event)
  return cut(
    message === '' || exception === '' ? message + exception : `${message}\n${exception}`,
    limits.messageCharsMax
  )
}
