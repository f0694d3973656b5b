/**
 * KeyCache keeps every active DSN key with the settings of its project in memory, and sends the edge a snapshot when
 * they change. It polls the database, so a revoked key stops working within one poll. While the database is away the
 * known keys stay valid for `staleMs`, and the snapshot is marked as not fresh: whether an unknown key is valid cannot
 * be known then.
 */
import { pipeToSelf } from '../../mesh/index.ts'
import type { Behaviour, Self, Target } from '../../mesh/types.ts'
import type { Log } from '../../schema/log.ts'
import type { IngestKey } from '../../schema/pipeline.ts'
import { reportFailure, reportSuccess, type Report } from '../behaviours/report.ts'
import type { KeyCacheMessage, KeySnapshot, KeysMessage } from './messages.ts'

type State = {
  snapshot: KeySnapshot
  loadedAt: number
  /** When the last poll ended, with or without success. */
  polledAt: number
  pollStartedAt: number | null
  /** When a refresh was last requested that no poll has satisfied yet: only a poll that begins after that does. */
  refreshAskedAt: number | null
  digest: string
}

export type KeyCacheOptions = {
  load: () => Promise<IngestKey[]>
  subscriber: Target<KeysMessage>
  pollMs: number
  /** The shortest time between two polls, however many unknown keys are used. */
  refreshMs: number
  staleMs: number
  now: () => number
  log: Log
}

export function keyCache(options: KeyCacheOptions): Behaviour<KeyCacheMessage, State> {
  return {
    init: self => {
      self.sendEvery({ type: 'poll' }, options.pollMs)
      const snapshot = { version: 0, asOf: -Infinity, fresh: false, keys: new Map() }
      return poll(
        {
          snapshot,
          loadedAt: -Infinity,
          polledAt: -Infinity,
          pollStartedAt: null,
          refreshAskedAt: options.now(),
          digest: ''
        },
        options,
        self
      )
    },
    handle: (state, message, self) => {
      switch (message.type) {
        case 'poll':
          return poll(state, options, self)
        case 'refresh':
          return refresh(state, options, self)
        case 'loaded':
          return loaded(state, message.keys, options, self)
        case 'failed':
          return failed(state, message.error, options, self)
      }
    }
  }
}

function poll(state: State, { load, now }: KeyCacheOptions, self: Self<KeyCacheMessage>): State {
  if (state.pollStartedAt !== null) return state
  pipeToSelf(
    self,
    load(),
    keys => ({ type: 'loaded', keys }),
    error => ({ type: 'failed', error })
  )
  return { ...state, pollStartedAt: now() }
}

function refresh(state: State, options: KeyCacheOptions, self: Self<KeyCacheMessage>): State {
  if (state.refreshAskedAt === null && state.pollStartedAt === null) pollSoon(state, options, self)
  return { ...state, refreshAskedAt: options.now() }
}

function pollSoon({ polledAt }: State, { now, refreshMs }: KeyCacheOptions, self: Self<KeyCacheMessage>): void {
  self.sendAfter({ type: 'poll' }, Math.max(0, polledAt + refreshMs - now()))
}

function loaded(state: State, list: IngestKey[], options: KeyCacheOptions, self: Self<KeyCacheMessage>): State {
  const digest = digestOf(list)
  const changed = digest !== state.digest || !state.snapshot.fresh
  const keys = changed ? new Map(list.map(key => [key.publicKey, key])) : state.snapshot.keys
  reportSuccess(isFailing(state), reportOf(options))

  const snapshot = {
    version: state.snapshot.version + 1,
    asOf: state.pollStartedAt ?? options.now(),
    fresh: true,
    keys
  }
  return polled({ ...state, snapshot, loadedAt: options.now(), digest }, changed, options, self)
}

/** Of rules for grouping, which are long, the revision is enough. */
function digestOf(list: IngestKey[]): string {
  return JSON.stringify(
    list.map(key => {
      const { grouping, ...project } = key.project
      return grouping === undefined ? key : { ...key, project: { ...project, grouping: grouping.revision } }
    })
  )
}

function failed(state: State, error: unknown, options: KeyCacheOptions, self: Self<KeyCacheMessage>): State {
  reportFailure(isFailing(state), error, reportOf(options))

  const tooOld = options.now() - state.loadedAt > options.staleMs
  const keys = tooOld ? new Map<string, IngestKey>() : state.snapshot.keys
  const snapshot = { version: state.snapshot.version + 1, asOf: state.snapshot.asOf, fresh: false, keys }
  return polled({ ...state, snapshot, digest: '' }, state.snapshot.fresh, options, self)
}

/** The last poll failed; false before the first one. */
function isFailing({ snapshot: { version, fresh } }: State): boolean {
  return version > 0 && !fresh
}

function reportOf({ log }: KeyCacheOptions): Report {
  return { log, failing: 'keys cannot be polled; those known stay good', working: 'keys are polled again' }
}

/** A poll has ended. It satisfies the requests from before it began; a later request needs the next poll. */
function polled(state: State, changed: boolean, options: KeyCacheOptions, self: Self<KeyCacheMessage>): State {
  const { pollStartedAt, refreshAskedAt, snapshot } = state
  const askedLater = refreshAskedAt !== null && pollStartedAt !== null && refreshAskedAt > pollStartedAt
  const next = {
    ...state,
    polledAt: options.now(),
    pollStartedAt: null,
    refreshAskedAt: askedLater ? refreshAskedAt : null
  }
  if (askedLater) pollSoon(next, options, self)
  if (changed || (refreshAskedAt !== null && !askedLater)) self.cast(options.subscriber, { type: 'keys', snapshot })
  return next
}
