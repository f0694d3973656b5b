/** Scrubbing: what is always removed from events, and what settings would make of one event. Nothing is stored. */
import { jsonFaultOf } from '../events/json-fault.ts'
import { parseJson } from '../events/json.ts'
import { nameTable } from '../events/scrubbing/name-table.ts'
import { previewScrub } from '../events/scrubbing/preview.ts'
import { valueTable } from '../events/scrubbing/texts.ts'
import { scrubPreview, scrubPreviewAsked, scrubRules } from '../schema/api/scrub.ts'
import { limits } from '../schema/limits.ts'
import { readSettings } from '../services/accounts/settings.ts'
import { operation, plain, type Operation } from './operation.ts'
import { problem } from './problems.ts'
import { projectTarget } from './targets.ts'

const rules = operation({
  ...plain,
  tag: 'Projects',
  id: 'getScrubRules',
  method: 'get',
  path: '/api/v1/scrub-rules',
  summary: 'What is removed from the events of every project whose scrubbing is on',
  access: { who: 'user', scope: 'read' },
  responses: { 200: { description: 'Names of fields, and what texts are searched for', schema: scrubRules } },
  handle: () =>
    Promise.resolve({
      status: 200 as const,
      body: {
        names: nameTable.map(({ what, anywhere = [], whole = [], parts = [], lastParts = [], examples }) => ({
          what,
          anywhere: [...anywhere],
          whole: [...whole],
          parts: [...parts],
          last_parts: [...lastParts],
          examples: [...examples]
        })),
        values: valueTable
      }
    })
})

const preview = operation({
  ...plain,
  tag: 'Projects',
  id: 'previewScrub',
  method: 'post',
  path: '/api/v1/projects/:project/scrub/preview',
  summary: 'Try settings for scrubbing on an event',
  description:
    'Prepares the event as ingestion would, with and without scrubbing, and tells what was removed and why. ' +
    'Of an event that is given as text, whole numbers keep all their digits, and a 400 says where it is no JSON. ' +
    'Nothing is stored.',
  target: projectTarget,
  access: { who: 'role', role: 'member', scope: 'read' },
  body: scrubPreviewAsked,
  responses: { 200: { description: 'The event before and after', schema: scrubPreview } },
  refusals: { 413: 'The event is too large to be tried' },
  handle: async ({ sql, context, target: { projectId }, body: { event, format, scrub } }) => {
    const value = valueOf(event)
    const settings = await readSettings(sql, projectId)
    const { safe_fields: safeFields, ...others } = scrub
    const project = { ...settings, projectId, scrub: { ...others, safeFields } }
    const result = previewScrub(value, { format, project, now: context.now() })
    if (!result.ok) {
      const [first] = result.errors
      const detail = first === undefined ? 'This is no event.' : `${first.path}: ${first.message}`
      throw problem(400, detail, {
        errors: result.errors.map(({ path, message }) => ({ path: path === '' ? 'event' : `event.${path}`, message }))
      })
    }
    return { status: 200, body: result.preview }
  }
})

function valueOf(event: string | Record<string, unknown>): unknown {
  const text = typeof event === 'string' ? event : JSON.stringify(event)
  if (text.length > limits.scrubPreviewCharsMax) {
    throw problem(413, `An event to be tried has at most ${limits.scrubPreviewCharsMax} characters.`)
  }
  if (typeof event !== 'string') return event
  const parsed = parseJson(text)
  if (parsed.ok) return parsed.value
  const fault = jsonFaultOf(text)
  const where = fault === null ? '' : `line ${fault.line}, column ${fault.column}: ${fault.message}`
  throw problem(400, `The event is no JSON. ${where}`.trim(), {
    errors: fault === null ? [{ path: 'event', message: 'is no JSON' }] : [{ path: 'event', ...fault }]
  })
}

export const scrubOperations: Operation[] = [rules, preview]
