/** What a mapped frame keeps of the one that was sent, and how one says why it was not mapped. */
import { isObject, type Frame, type NormalisedEvent } from '../../schema/event.ts'
import type { ScriptPlace, UnmappedReason } from '../../schema/symbolication.ts'

export type MappedEvent = {
  event: NormalisedEvent
  /** What nothing is known of yet: its frames are unmapped for want of time. */
  missing: ScriptPlace[]
  mapped: number
}

const rawMembers = ['filename', 'abs_path', 'function', 'module', 'lineno', 'colno', 'in_app', 'context_line'] as const

export function asSent(frame: Frame): Record<string, unknown> {
  const sent: Record<string, unknown> = {}
  for (const name of rawMembers) if (frame[name] != null) sent[name] = frame[name]
  return sent
}

/** Why it was not mapped before does not hold any more. */
export function withMembers(data: unknown, members: Record<string, unknown>): Record<string, unknown> {
  if (!isObject(data)) return members
  const { unmapped: _, ...rest } = data
  return { ...rest, ...members }
}

export function unmappedFrame(frame: Frame, unmapped: UnmappedReason): Frame {
  return { ...frame, data: withMembers(frame.data, { unmapped }) }
}
