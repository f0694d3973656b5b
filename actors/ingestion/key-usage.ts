/**
 * KeyUsage adds up how often each key was used, by the hour, and which clients used it last. It writes that to the
 * database every `flushMs`, so that people see whether a key may be revoked. A crash loses the counts since the last
 * write, never an event. A write that fails is repeated with the next one; while the database is away at most
 * `waitingMax` hours of keys wait.
 */
import { pipeToSelf } from '../../mesh/index.ts'
import type { Behaviour, Self } from '../../mesh/types.ts'
import type { Log } from '../../schema/log.ts'
import type { HourOfKey, KeyUsageMessage } from './messages.ts'

type State = { uses: Map<string, HourOfKey>; writing: boolean }

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
const waitingMax = 10_000

export function keyUsage({ write, now, flushMs, log }: KeyUsageOptions): Behaviour<KeyUsageMessage, State> {
  return {
    init: self => {
      self.sendEvery({ type: 'flush' }, flushMs)
      return { uses: new Map(), writing: false }
    },
    handle: (state, message, self) => {
      switch (message.type) {
        case 'used': {
          const at = now()
          const hour = Math.floor(at / hourMs) * hourMs
          add(
            state,
            message.uses.map(use => ({ ...use, clients: use.clients.map(plain), hour, at }))
          )
          return state
        }
        case 'flush':
          return flush(state, write, self)
        case 'flushed':
          return { ...state, writing: false }
        case 'failed':
          log.debug({ err: message.error }, 'the use of keys waits for the database')
          add(state, message.uses)
          return { ...state, writing: false }
      }
    }
  }
}

function add({ uses }: State, added: readonly HourOfKey[]): void {
  for (const one of added) {
    const name = `${one.keyId} ${one.hour}`
    const known = uses.get(name)
    if (known === undefined) {
      if (uses.size < waitingMax) uses.set(name, { ...one, clients: one.clients.slice(0, clientsMax) })
      continue
    }
    known.events += one.events
    known.at = Math.max(known.at, one.at)
    known.clients = [...new Set([...known.clients, ...one.clients])].slice(0, clientsMax)
  }
}

/** PostgreSQL stores neither NUL nor lone surrogates. */
function plain(client: string): string {
  return client.replaceAll('\0', '').slice(0, clientCharsMax).toWellFormed()
}

function flush(state: State, write: KeyUsageOptions['write'], self: Self<KeyUsageMessage>): State {
  if (state.writing || state.uses.size === 0) return state
  const uses = [...state.uses.values()]
  pipeToSelf(
    self,
    write(uses),
    () => ({ type: 'flushed' }),
    error => ({ type: 'failed', uses, error })
  )
  return { uses: new Map(), writing: true }
}
