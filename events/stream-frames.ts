/** What dashboards say: one JSON message a frame, checked against the protocol. */
import * as v from 'valibot'
import { clientMessageSchema, type ClientMessage } from '../schema/stream.ts'

export type ClientFrame = { ok: true; message: ClientMessage } | { ok: false; detail: string }

export function parseClientFrame(frame: Uint8Array): ClientFrame {
  let value: unknown
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(frame))
  } catch {
    return { ok: false, detail: 'A frame must be one JSON message.' }
  }
  const parsed = v.safeParse(clientMessageSchema, value)
  if (parsed.success) return { ok: true, message: parsed.output }
  const [issue] = parsed.issues
  const path = v.getDotPath(issue)
  return {
    ok: false,
    detail: path === null ? 'A message is subscribe, unsubscribe or ping.' : `${path}: ${issue.message}`
  }
}
