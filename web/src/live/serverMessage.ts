/**
 * Reads a message of the live stream. It checks what the connection itself uses: the type, the project and the
 * position. The rest is checked against the schemas by the server's tests; here the schemas would only add weight.
 * Other messages give null: a server of a later version may send types that this page does not know.
 */
import type { ServerMessage } from '../api/types.ts'

/** The compiler asks for every type here. */
const types: Readonly<Record<ServerMessage['type'], true>> = {
  subscribed: true,
  unsubscribed: true,
  events: true,
  issue: true,
  issue_counts: true,
  alert: true,
  storage: true,
  system: true,
  dropped: true,
  pong: true,
  error: true
}

export function readServerMessage(text: string): ServerMessage | null {
  const value: unknown = JSON.parse(text)
  return isServerMessage(value) ? value : null
}

function isServerMessage(value: unknown): value is ServerMessage {
  return (
    typeof value === 'object' &&
    value !== null &&
    'type' in value &&
    typeof value.type === 'string' &&
    Object.hasOwn(types, value.type) &&
    (!('project' in value) || typeof value.project === 'string') &&
    (!('seq' in value) || typeof value.seq === 'string')
  )
}
