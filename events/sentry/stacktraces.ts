/**
 * Exceptions, threads and stack traces of Sentry's events in the form that events have here. What has that form already
 * is left alone.
 */
import { hasFrames, isObject } from '../../schema/event.ts'
import { note } from '../notes.ts'
import { isExceptions, isStacktrace, isThreads } from '../validate.ts'
import {
  toFlag,
  toItems,
  toJsonText,
  toNumber,
  toObject,
  toText,
  toTexts,
  withMembers,
  type Coercion,
  type Members
} from './values.ts'

const frameMembers: Members<string> = {
  filename: toText,
  function: toText,
  module: toText,
  abs_path: toText,
  context_line: toText,
  lineno: toNumber,
  colno: toNumber,
  in_app: toFlag,
  pre_context: toTexts,
  post_context: toTexts,
  vars: toObject
}

const exceptionMembers: Members<string> = {
  type: toText,
  value: toJsonText,
  module: toText,
  mechanism: toMechanism,
  stacktrace: toStacktrace
}

const threadMembers: Members<string> = { crashed: toFlag, current: toFlag, stacktrace: toStacktrace }

/** Undefined when there is none in it. An exception with neither type, value nor frames says nothing. */
export function toExceptions(value: unknown, path: string, coercion: Coercion): unknown {
  if (value == null || isExceptions(value)) return value
  const items = toItems(value, path, coercion).map((item, index) =>
    withMembers(item, exceptionMembers, `${path}.values.${index}`, coercion)
  )
  const telling = items.filter(
    ({ type, value, stacktrace }) => type !== undefined || value !== undefined || hasFrames(stacktrace)
  )
  if (telling.length < items.length) {
    note(coercion.notes, path, `${items.length - telling.length} without type, value and frames were dropped`)
  }
  return telling.length === 0 ? undefined : { values: telling }
}

export function toThreads(value: unknown, path: string, coercion: Coercion): unknown {
  if (value == null || isThreads(value)) return value
  const items = toItems(value, path, coercion).map((item, index) =>
    withMembers(item, threadMembers, `${path}.values.${index}`, coercion)
  )
  return items.length === 0 ? undefined : { values: items }
}

export function toStacktrace(value: unknown, path: string, coercion: Coercion): unknown {
  if (value == null || isStacktrace(value)) return value ?? undefined
  const frames = isObject(value) ? value.frames : value
  const others = isObject(value) ? value : {}
  const kept =
    frames == null
      ? []
      : toItems(frames, `${path}.frames`, coercion).map(frame =>
          withMembers(frame, frameMembers, `${path}.frames`, coercion)
        )
  return kept.length === 0 ? undefined : { ...others, frames: kept }
}

function toMechanism(value: unknown, path: string, coercion: Coercion): unknown {
  return typeof value === 'string' ? { type: value } : toObject(value, path, coercion)
}
