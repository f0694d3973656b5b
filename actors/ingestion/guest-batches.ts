/**
 * The form in which batches go to another node. Keys and reply addresses, which nearly all requests of a batch share,
 * are in it once, and requests are rows without field names. Encoding and decoding cost half of what the plain form
 * costs. A batch that refers to something it does not hold throws.
 */
import type { Pid } from '../../mesh/types.ts'
import type { IngestBatch, IngestKey, IngestRequest, RepliesMessage, SentryClient } from '../../schema/pipeline.ts'

/** Key and waiter are positions in the lists. */
type Row = [
  request: number,
  waiter: number,
  seed: string,
  key: number,
  format: IngestRequest['format'],
  encoding: string,
  body: Uint8Array,
  sentry: SentryClient | null
]

export type PackedBatch = { id: string; keys: IngestKey[]; waiters: Pid<RepliesMessage>[]; rows: Row[] }

export function packBatch({ id, requests }: IngestBatch): PackedBatch {
  const [keys, waiters] = [places<IngestKey>(), places<Pid<RepliesMessage>>()]
  const rows = requests.map(({ request, replyTo, seed, key, format, encoding, body, sentry }): Row => [
    request,
    waiters.of(replyTo),
    seed,
    keys.of(key),
    format,
    encoding,
    body,
    sentry ?? null
  ])
  return { id, keys: keys.list, waiters: waiters.list, rows }
}

export function unpackBatch({ id, keys, waiters, rows }: PackedBatch): IngestBatch {
  const requests = rows.map(([request, waiter, seed, key, format, encoding, body, sentry]): IngestRequest => ({
    request,
    replyTo: at(waiters, waiter),
    seed,
    key: at(keys, key),
    format,
    encoding,
    body,
    ...(sentry !== null && { sentry })
  }))
  return { id, requests }
}

/** Lists each object once, by identity. An equal copy is listed again, which costs bytes only. */
function places<Value>(): { of: (value: Value) => number; list: Value[] } {
  const known = new Map<Value, number>()
  const list: Value[] = []
  return {
    list,
    of: value => {
      const place = known.get(value) ?? list.push(value) - 1
      known.set(value, place)
      return place
    }
  }
}

function at<Value>(list: readonly Value[], place: number): Value {
  const value = list[place]
  if (value === undefined) throw new Error('a packed batch names something that is not in it')
  return value
}
