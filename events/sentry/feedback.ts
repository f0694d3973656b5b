/**
 * What people write about what happened to them: `user_report`, an item of its own form, and `feedback`, which is an
 * event whose context says it. Both become feedback about the event they name. Words without a message are nothing;
 * texts are cut.
 */
import { isObject } from '../../schema/event.ts'
import { limits } from '../../schema/limits.ts'
import type { PreparedFeedback } from '../../schema/pipeline.ts'
import { parseJson } from '../json.ts'
import { cut } from '../text.ts'
import { idOfParts, plainId } from './ids.ts'

export type About = { projectId: number; receivedAt: number }

const urlCharsMax = 2_000

/** Null for what says nothing or cannot be read. `eventId` is the id of the envelope. */
export function reportOf(
  type: 'feedback' | 'user_report',
  payload: Buffer,
  eventId: string | null,
  about: About
): PreparedFeedback | null {
  const json = parseJson(payload.toString())
  if (!json.ok || !isObject(json.value)) return null
  return type === 'feedback' ? feedbackOf(json.value, eventId, about) : userReportOf(json.value, eventId, about)
}

function userReportOf(report: Record<string, unknown>, eventId: string | null, about: About): PreparedFeedback | null {
  const message = textOf(report.comments, limits.messageCharsMax)
  const [name, email] = [textOf(report.name), textOf(report.email)]
  if (message === '' && name === '' && email === '') return null
  const aboutEvent = plainId(report.event_id) ?? eventId
  return {
    ...about,
    id: idOfParts(String(about.projectId), aboutEvent ?? '', name, email, message),
    eventId: aboutEvent,
    name,
    email,
    message,
    url: '',
    environment: '',
    release: ''
  }
}

function feedbackOf(event: Record<string, unknown>, eventId: string | null, about: About): PreparedFeedback | null {
  const context = isObject(event.contexts) && isObject(event.contexts.feedback) ? event.contexts.feedback : {}
  const message = textOf(context.message, limits.messageCharsMax)
  if (message === '') return null
  const [name, email] = [textOf(context.name), textOf(context.contact_email)]
  const page = isObject(event.request) ? event.request.url : ''
  const own = eventId ?? plainId(event.event_id)
  return {
    ...about,
    id:
      own === null ? idOfParts(String(about.projectId), name, email, message) : idOfParts(String(about.projectId), own),
    eventId: plainId(context.associated_event_id),
    name,
    email,
    message,
    url: textOf(context.url, urlCharsMax) || textOf(page, urlCharsMax),
    environment: textOf(event.environment),
    release: textOf(event.release)
  }
}

/** PostgreSQL stores neither NUL nor lone surrogates. */
function textOf(value: unknown, charsMax: number = limits.nameCharsMax): string {
  return typeof value === 'string' ? cut(value.replaceAll('\0', '').trim(), charsMax).toWellFormed() : ''
}
