/**
 * What scrubbing takes out of one event: the event as it would be stored without scrubbing, as it would be stored with
 * it, and where the two differ and why. Both are made by the preparation that real events go through.
 */
import type { Removal, ScrubPreview } from '../../schema/api/scrub.ts'
import { isObject } from '../../schema/event.ts'
import type { FieldError } from '../../schema/outcomes.ts'
import type { ProjectSettings } from '../../schema/pipeline.ts'
import { mintEventId } from '../event-ids.ts'
import { parseJson } from '../json.ts'
import { listNotes, startNotes } from '../notes.ts'
import { prepareEvent, type Prepared } from '../prepare.ts'
import { isAddressName } from '../request-data.ts'
import { coerceEvent } from '../sentry/event.ts'
import { secretNames } from './names.ts'
import { isSecretOption } from './pairs.ts'
import { isSecretField, scrubberOf, type Scrubber } from './scrubber.ts'
import { secretsIn } from './texts.ts'

export type PreviewOptions = {
  /** `sentry`: as SDKs of Sentry send it. */
  format: 'event' | 'sentry'
  project: ProjectSettings
  now: number
}

export type Previewed = { ok: true; preview: ScrubPreview } | { ok: false; errors: FieldError[] }

const removalsMax = 1_000
const unscrubbed: ProjectSettings['scrub'] = { enabled: false, fields: [], ip: 'keep' }
const nobody = { address: '', sdk: '', userAgent: '', release: '', environment: '' }

export function previewScrub(value: unknown, options: PreviewOptions): Previewed {
  const { scrub } = options.project
  const before = preparedWith(value, unscrubbed, options)
  const after = preparedWith(value, scrub, options)
  if (before.kind === 'invalid') return { ok: false, errors: before.errors }
  if (after.kind === 'invalid') return { ok: false, errors: after.errors }
  const [shownBefore, shownAfter] = [eventOf(before), eventOf(after)]
  const removed = removalsOf(shownBefore, shownAfter, scrub)
  return {
    ok: true,
    preview: {
      before: shownBefore,
      after: shownAfter,
      removed: removed.slice(0, removalsMax),
      removed_count: removed.length
    }
  }
}

function preparedWith(value: unknown, scrub: ProjectSettings['scrub'], { format, project, now }: PreviewOptions) {
  const context = { id: mintEventId(now), receivedAt: now, project: { ...project, sampleRate: 1, scrub } }
  if (format === 'event' || !isObject(value)) return prepareEvent(value, context)
  const notes = startNotes()
  const event = coerceEvent(value, null, nobody, { notes, shiftMs: 0 })
  return prepareEvent(event, { ...context, coerced: listNotes(notes) ?? [] })
}

function eventOf(prepared: Exclude<Prepared, { kind: 'invalid' }>): Record<string, unknown> {
  const parsed = prepared.kind === 'prepared' ? parseJson(prepared.event.payload) : null
  return parsed?.ok === true && isObject(parsed.value) ? parsed.value : {}
}

type Place = {
  path: Removal['path']
  /** What names the value: its key, or what stands before it in a list. */ name: string
}
type Walk = { removed: Removal[]; scrubber: Scrubber; isDefault: (name: string) => boolean; dropsAddresses: boolean }

function removalsOf(
  before: Record<string, unknown>,
  after: Record<string, unknown>,
  scrub: ProjectSettings['scrub']
): Removal[] {
  const walk: Walk = {
    removed: [],
    scrubber: scrubberOf(scrub),
    isDefault: secretNames([], []),
    dropsAddresses: scrub.ip === 'drop'
  }
  // What was cut is noted of both.
  const { notes: _before, ...shownBefore } = before
  const { notes: _after, ...shownAfter } = after
  compare(shownBefore, shownAfter, { path: [], name: '' }, walk)
  return walk.removed
}

/** Stored events are bounded in depth. */
function compare(before: unknown, after: unknown, place: Place, walk: Walk): void {
  if (before === after) return
  if (isObject(before) && isObject(after)) {
    for (const [key, value] of Object.entries(before)) {
      const inside = { path: [...place.path, key], name: key }
      if (Object.hasOwn(after, key)) compare(value, after[key], inside, walk)
      else walk.removed.push({ path: inside.path, kind: 'address', reason: 'addresses of users are dropped' })
    }
  } else if (Array.isArray(before) && Array.isArray(after)) compareLists(before, after, place, walk)
  else walk.removed.push({ path: place.path, ...reasonOf(before, place, walk) })
}

function compareLists(before: readonly unknown[], after: readonly unknown[], { path, name }: Place, walk: Walk): void {
  let index = 0
  for (const [at, value] of before.entries()) {
    const inside = { path: [...path, at], name: nameInList(before, at, name, walk.scrubber) }
    if (walk.dropsAddresses && before.length > after.length && Array.isArray(value) && isAddressName(value[0])) {
      walk.removed.push({ path: inside.path, kind: 'address', reason: 'addresses of users are dropped' })
    } else compare(value, after[index++], inside, walk)
  }
}

/** Pairs have their name before the value, lists of arguments an option. */
function nameInList(list: readonly unknown[], at: number, name: string, { isSecret }: Scrubber): string {
  const before = at === 0 ? undefined : list[at - 1]
  if (typeof before !== 'string') return name
  return isSecretOption(before, isSecret) || (list.length === 2 && isSecret(before)) ? before : name
}

function reasonOf(value: unknown, { name }: Place, { scrubber, isDefault }: Walk): Omit<Removal, 'path'> {
  if (name !== '' && isSecretField(name, value, scrubber)) {
    return isDefault(name)
      ? { kind: 'name', reason: `the name “${name}” says that it is a secret` }
      : { kind: 'field', reason: `“${name}” has a name of the project's own list` }
  }
  const kinds = typeof value === 'string' ? secretsIn(value, scrubber.isSecret) : []
  return kinds.length > 0
    ? { kind: 'value', reason: `it holds ${kinds.join(', ')}` }
    : { kind: 'pair', reason: 'a name inside of it, in a query, a form or a body, says that it is a secret' }
}
