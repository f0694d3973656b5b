/**
 * Reads one request to the end: parses it and prepares each event in it. What comes out is plain data, so it may be
 * done in another thread. Events whose preparing throws are set aside with the error, and so is a request whose parsing
 * throws: nothing is thrown. Pure, if the steps are.
 */
import type { Note } from '../schema/event.ts'
import type { FieldError, Refusal } from '../schema/outcomes.ts'
import type {
  EnvelopeRest,
  PreparedEvent,
  ProjectSettings,
  QuarantinedEvent,
  RequestContent,
  SampledOutEvent
} from '../schema/pipeline.ts'
import { refusals } from '../schema/refusals.ts'
import type { MapFinder, ScriptPlace } from '../schema/symbolication.ts'

/** An event as found in a request, with its text where that is available, or why that place of the request has none. */
type FoundEvent = { index: number; value: unknown; text?: string | undefined; coerced?: readonly Note[] }
type FoundItem = FoundEvent | { index: number; error: Refusal }

export type ReadingSteps = {
  /** `rest` is what a request holds beside events; a request without items holds nothing else. */
  parse: (
    request: RequestContent
  ) => { ok: true; items: FoundItem[]; rest?: EnvelopeRest } | { ok: false; refusal: Refusal }
  prepare: (
    value: unknown,
    context: {
      id: string
      receivedAt: number
      project: ProjectSettings
      text?: string | undefined
      coerced?: readonly Note[] | undefined
      symbols?: ReadingSymbols | undefined
    }
  ) =>
    | { kind: 'prepared'; event: PreparedEvent }
    | { kind: 'sampled_out'; event: SampledOutEvent }
    | { kind: 'waiting'; places: ScriptPlace[] }
    | { kind: 'invalid'; errors: FieldError[] }
  idAt: (seed: string, index: number) => string
  receivedAtOf: (id: string) => number
  /** How much of a quarantined event is kept, in characters. */
  quarantinedCharsMax: number
}

/** Finds source maps. `waits`: an event whose maps are not known yet is not prepared, but says what it waits for. */
export type ReadingSymbols = { find: MapFinder; waits: boolean }

export type ReadItem =
  | { kind: 'prepared'; index: number; event: PreparedEvent }
  | { kind: 'sampled_out'; index: number; event: SampledOutEvent }
  | { kind: 'quarantined'; index: number; event: QuarantinedEvent }
  | { kind: 'refused'; index: number; refusal: Refusal }
  | { kind: 'waiting'; index: number; places: ScriptPlace[] }

/** `thrown` is a request that is quarantined as one event. */
export type ReadRequest =
  | { kind: 'read'; items: ReadItem[]; rest: EnvelopeRest | undefined }
  | { kind: 'refused'; refusal: Refusal }
  | { kind: 'thrown'; event: QuarantinedEvent }

/** `symbols` are those of the project; without them no frame is mapped. */
export function readRequest(request: RequestContent, steps: ReadingSteps, symbols?: ReadingSymbols): ReadRequest {
  let parsed: ReturnType<ReadingSteps['parse']>
  try {
    parsed = steps.parse(request)
  } catch (error) {
    return thrown(request, error, steps)
  }
  if (!parsed.ok) return { kind: 'refused', refusal: parsed.refusal }
  const items = parsed.items.map(item => readItem(request, item, steps, symbols))
  return { kind: 'read', items, rest: parsed.rest }
}

/** A request that cannot be read, for the error that reading it ended with. */
export function thrown(
  { seed, key, body }: RequestContent,
  error: unknown,
  { idAt, quarantinedCharsMax }: Pick<ReadingSteps, 'idAt' | 'quarantinedCharsMax'>
): ReadRequest {
  const event: QuarantinedEvent = {
    id: idAt(seed, 0),
    projectId: key.project.projectId,
    error: errorText(error),
    body: Buffer.from(body.subarray(0, quarantinedCharsMax)).toString('utf8').toWellFormed()
  }
  return { kind: 'thrown', event }
}

function readItem(
  { seed, key: { project } }: RequestContent,
  item: FoundItem,
  steps: ReadingSteps,
  symbols: ReadingSymbols | undefined
): ReadItem {
  const { index } = item
  if ('error' in item) return { kind: 'refused', index, refusal: item.error }
  const { value, text, coerced } = item
  const id = steps.idAt(seed, index)
  try {
    const result = steps.prepare(value, { id, receivedAt: steps.receivedAtOf(id), project, text, coerced, symbols })
    switch (result.kind) {
      case 'invalid':
        return { kind: 'refused', index, refusal: refusals.invalid(result.errors) }
      case 'waiting':
        return { kind: 'waiting', index, places: result.places }
      case 'prepared':
        return { kind: 'prepared', index, event: result.event }
      case 'sampled_out':
        return { kind: 'sampled_out', index, event: result.event }
    }
  } catch (error) {
    const body = quarantinedBody(value, steps.quarantinedCharsMax)
    return {
      kind: 'quarantined',
      index,
      event: { id, projectId: project.projectId, error: errorText(error), body }
    }
  }
}

function errorText(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error)
}

/** A value that made processing throw may throw again here (depth, getters); the text of that error is kept instead. */
function quarantinedBody(value: unknown, charsMax: number): string {
  try {
    return JSON.stringify(value).slice(0, charsMax).toWellFormed()
  } catch (error) {
    return `not printable: ${String(error)}`
  }
}
