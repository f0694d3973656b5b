/**
 * KeyUsage adds up how often each key was used, by the hour, and which clients used it last. It writes that to the
 * database every `flushMs`, so that people see whether a key may be revoked. A crash loses the counts since the last
 * write, never an event.
 */
import type { Behaviour } from '../../mesh/types.ts'
import type { Log } from '../../schema/log.ts'
import { tally, type TallyState } from '../behaviours/tally.ts'
import type { HourOfKey, KeyUsageMessage } from './messages.ts'

export type KeyUsageOptions = {
  write: (uses: HourOfKey[]) => Promise<void>
  /** Milliseconds since the epoch. */
  now: () => number
  flushMs: number
  log: Log
}

const hourMs = 3_600_000
/** Of one key: the name of a client is whatever it says. */
const clientsMax = 20
const clientCharsMax = 100

export function keyUsage({ now, ...rest }: KeyUsageOptions): Behaviour<KeyUsageMessage, TallyState<HourOfKey>> {
  const { start, add, handle } = tally<HourOfKey, KeyUsageMessage>({
    nameOf: ({ keyId, hour }) => `${keyId} ${hour}`,
    addTo,
    what: 'uses of keys',
    ...rest
  })
  return {
    init: start,
    handle: (state, message, self) => {
      if (message.type !== 'used') return handle(state, message, self)
      const at = now()
      const hour = Math.floor(at / hourMs) * hourMs
      return add(
        state,
        message.uses.map(use => ({ ...use, clients: use.clients.slice(0, clientsMax).map(plain), hour, at }))
      )
    }
  }
}

function addTo(known: HourOfKey, { events, at, clients }: HourOfKey): void {
  known.events += events
  known.at = Math.max(known.at, at)
  known.clients = [...new Set([...known.clients, ...clients])].slice(0, clientsMax)
}

/** PostgreSQL stores neither NUL nor lone surrogates. */
function plain(client: string): string {
  return client.replaceAll('\0', '').slice(0, clientCharsMax).toWellFormed()
}
