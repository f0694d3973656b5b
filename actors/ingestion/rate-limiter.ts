/**
 * RateLimiter decides whether a request is accepted, before it is decompressed or parsed. Each project and each key
 * with a limit has a token bucket of at most one minute's tokens. A request takes one token of each; further events of
 * a bulk request are charged after parsing and may overdraw the bucket. A refused request gets 429 with the time until
 * there is a token again; one that holds no event, such as an SDK's report of what it lost, is taken all the same, up
 * to a limit of its own. While the disk is short of space all requests are refused. A restart fills the buckets. Nodes
 * report to each other what they have taken, so that a limit holds for all nodes together, except for what is taken
 * while a report is on its way; after a split the emptier bucket is used.
 */
import assert from 'node:assert/strict'
import type { Behaviour, Pid, ProcessName, Self } from '../../mesh/types.ts'
import type { IngestKey, IngestRequest } from '../../schema/pipeline.ts'
import { refusals } from '../../schema/refusals.ts'
import { replyBox } from '../storage/reply-box.ts'
import type {
  Charge,
  EventRouterMessage,
  KeyUsageMessage,
  RateLimiterMessage,
  RefusalCounterMessage,
  TakenMessage
} from './messages.ts'
import { refuseAll } from './refuse-all.ts'

/** `taken` is what was not yet reported to other nodes. */
type Bucket = { tokens: number; capacity: number; updatedAt: number; taken: number }
type Buckets = Map<string, Bucket>
/** Of one key since it was last told. */
type Used = { key: IngestKey; events: number; clients: Set<string> }
type State = { buckets: Buckets; isLow: boolean; used: Map<string, Used> }

export type RateLimiterOptions = {
  next: ProcessName<EventRouterMessage>
  refusalCounter: ProcessName<RefusalCounterMessage>
  keyUsage: ProcessName<KeyUsageMessage>
  /** Milliseconds, monotonic. */
  now: () => number
  /** Whether a request holds no event and costs little to read; asked only when its bucket is empty. */
  holdsNoEvent: (request: IngestRequest) => boolean
  /** Sends to all other nodes; absent without other nodes. */
  tell?: (message: TakenMessage, from: Pid<RateLimiterMessage>) => void
}

const sweepMs = 60_000
/** Requests without an event that a project may send while its bucket is empty. */
const besidePerMinute = 600
const tellMs = 500
const useMs = 5_000
/** Of one key, between two tellings: the name of a client is whatever it says. */
const clientsMax = 20
/** The most buckets in one message; the others are in the next. */
const toldMax = 10_000

export function rateLimiter(options: RateLimiterOptions): Behaviour<RateLimiterMessage, State> {
  return {
    init: self => {
      self.sendEvery({ type: 'sweep' }, sweepMs)
      self.sendEvery({ type: 'use' }, useMs)
      if (options.tell !== undefined) self.sendEvery({ type: 'tell' }, tellMs)
      return { buckets: new Map(), isLow: false, used: new Map() }
    },
    handle: (state, message, self) => {
      switch (message.type) {
        case 'admit':
          if (state.isLow) refuseAll(self, message.requests, refusals.diskFull(), options.refusalCounter)
          else admit(state, message.requests, options, self)
          return state
        case 'charge':
          charge(state, message.charges, options.now())
          return state
        case 'use':
          tellUse(state.used, options, self)
          return state
        case 'sweep':
          forgetFull(state.buckets, options.now())
          return state
        case 'storage':
          return { ...state, isLow: message.isLow }
        case 'tell':
          tellTaken(state.buckets, options, self.pid)
          return state
        case 'taken':
          takenElsewhere(state.buckets, message.buckets, options.now())
          return state
        case 'levels':
          levelsElsewhere(state.buckets, message.buckets, options.now())
          return state
      }
    },
    info: (state, signal, self) => {
      if (signal.type === 'nodeup') tellLevels(state.buckets, options, self.pid)
      return state
    }
  }
}

function admit(
  { buckets, used }: State,
  requests: IngestRequest[],
  options: RateLimiterOptions,
  self: Self<RateLimiterMessage>
): void {
  const now = options.now()
  const box = replyBox()
  const refused = new Map<number, number>()

  const admitted = requests.filter(asked => {
    const { key, replyTo, request } = asked
    const limiting = bucketsOf(buckets, key, now)
    const waitMs = Math.max(0, ...limiting.map(untilPositiveMs))
    if (waitMs === 0 || mayPassBeside(buckets, asked, options)) {
      for (const bucket of limiting) take(bucket, 1)
      const use = useOf(used, key)
      use.events += 1
      if (use.clients.size < clientsMax) use.clients.add(asked.sentry?.sdk ?? '')
      return true
    }
    box.add(replyTo, { request, refusal: refusals.rateLimited(Math.ceil(waitMs / 1000)) })
    refused.set(key.project.projectId, (refused.get(key.project.projectId) ?? 0) + 1)
    return false
  })

  if (refused.size > 0) {
    box.send(self)
    self.cast(options.refusalCounter, {
      type: 'refused',
      refusals: [...refused].map(([projectId, count]) => ({ projectId, reason: 'rate_limited' as const, count }))
    })
  }
  if (admitted.length > 0 && self.cast(options.next, { type: 'route', requests: admitted }) !== 'ok') {
    refuseAll(self, admitted, refusals.overloaded(), options.refusalCounter)
  }
}

/** The token that it takes all the same is given back when it is charged for no event. */
function mayPassBeside(buckets: Buckets, request: IngestRequest, { now, holdsNoEvent }: RateLimiterOptions): boolean {
  if (!holdsNoEvent(request)) return false
  const bucket = bucketAt(buckets, `beside ${request.key.project.projectId}`, besidePerMinute, now())
  if (untilPositiveMs(bucket) > 0) return false
  bucket.tokens -= 1
  return true
}

function useOf(used: State['used'], key: IngestKey): Used {
  const known = used.get(key.keyId)
  if (known !== undefined) return known
  const use = { key, events: 0, clients: new Set<string>() }
  used.set(key.keyId, use)
  return use
}

/** A request that held no event has been counted as one, and is charged for -1. */
function tellUse(used: State['used'], { keyUsage }: RateLimiterOptions, self: Self<RateLimiterMessage>): void {
  if (used.size === 0) return
  self.cast(keyUsage, {
    type: 'used',
    uses: [...used.values()].map(({ key, events, clients }) => ({
      projectId: key.project.projectId,
      keyId: key.keyId,
      events,
      clients: [...clients]
    }))
  })
  used.clear()
}

function charge({ buckets, used }: State, charges: Charge[], now: number): void {
  for (const { key, events } of charges) {
    assert(events !== 0 && events >= -1)
    useOf(used, key).events += events
    for (const bucket of bucketsOf(buckets, key, now)) take(bucket, events)
  }
}

function take(bucket: Bucket, tokens: number): void {
  bucket.tokens -= tokens
  bucket.taken += tokens
}

function tellTaken(buckets: Buckets, { tell }: RateLimiterOptions, from: Pid<RateLimiterMessage>): void {
  const told = []
  for (const [name, bucket] of buckets) {
    if (bucket.taken === 0) continue
    told.push({ name, capacity: bucket.capacity, taken: bucket.taken })
    bucket.taken = 0
    if (told.length >= toldMax) break
  }
  if (told.length > 0) tell?.({ type: 'taken', buckets: told }, from)
}

function takenElsewhere(
  buckets: Buckets,
  taken: Extract<TakenMessage, { type: 'taken' }>['buckets'],
  now: number
): void {
  for (const { name, capacity, taken: tokens } of taken) bucketAt(buckets, name, capacity, now).tokens -= tokens
}

/** For a node that has just been linked and may know nothing of the last minute. */
function tellLevels(buckets: Buckets, options: RateLimiterOptions, from: Pid<RateLimiterMessage>): void {
  tellTaken(buckets, options, from)
  const { tell, now } = options
  const at = now()
  const told = [...buckets]
    .map(([name, { capacity }]) => ({ name, capacity, tokens: bucketAt(buckets, name, capacity, at).tokens }))
    .filter(({ capacity, tokens }) => tokens < capacity)
    .slice(0, toldMax)
  if (told.length > 0) tell?.({ type: 'levels', buckets: told }, from)
}

function levelsElsewhere(
  buckets: Buckets,
  levels: Extract<TakenMessage, { type: 'levels' }>['buckets'],
  now: number
): void {
  for (const { name, capacity, tokens } of levels) {
    const bucket = bucketAt(buckets, name, capacity, now)
    bucket.tokens = Math.min(bucket.tokens, tokens)
  }
}

/** The buckets that limit this key, filled up to now: none when neither project nor key has a limit. */
function bucketsOf(buckets: Buckets, key: IngestKey, now: number): Bucket[] {
  const limiting: Bucket[] = []
  const { project } = key
  if (project.rateLimitPerMinute !== null) {
    limiting.push(bucketAt(buckets, `project ${project.projectId}`, project.rateLimitPerMinute, now))
  }
  if (key.rateLimitPerMinute !== null) {
    limiting.push(bucketAt(buckets, `key ${key.keyId}`, key.rateLimitPerMinute, now))
  }
  return limiting
}

function bucketAt(buckets: Buckets, name: string, capacity: number, now: number): Bucket {
  const bucket = buckets.get(name)
  if (bucket === undefined) {
    const full = { tokens: capacity, capacity, updatedAt: now, taken: 0 }
    buckets.set(name, full)
    return full
  }
  const refilled = bucket.tokens + ((now - bucket.updatedAt) * capacity) / 60_000
  bucket.tokens = Math.min(capacity, refilled)
  bucket.capacity = capacity
  bucket.updatedAt = now
  return bucket
}

/** The time until the bucket holds a whole token. A limit of 0 never has one; the client is told to wait a minute. */
function untilPositiveMs({ tokens, capacity }: Bucket): number {
  if (tokens >= 1) return 0
  return capacity === 0 ? 60_000 : ((1 - tokens) * 60_000) / capacity
}

/** A full bucket is the same as a missing one. Deleting full ones bounds the memory by recent traffic. */
function forgetFull(buckets: Buckets, now: number): void {
  for (const [name, { tokens, capacity, updatedAt }] of buckets) {
    if (tokens + ((now - updatedAt) * capacity) / 60_000 >= capacity) buckets.delete(name)
  }
}
