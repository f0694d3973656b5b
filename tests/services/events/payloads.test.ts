// Goal: a payload is read as it was stored, whatever its size and its text, from rows of this and of earlier versions,
// and what is no payload is refused. Method: payloads through the writer of COPY; rows through the real commit, and one
// as the version before stored it, read by all that read payloads.
import { createHash } from 'node:crypto'
import { inflateRawSync } from 'node:zlib'
import fc from 'fast-check'
import t from 'tap'
import { ByteWriter } from '../../../services/database/wire/byte-writer.ts'
import { frequentText } from '../../../services/events/frequent-text.ts'
import { loadEvent } from '../../../services/events/load.ts'
import { newestPayloads } from '../../../services/events/newest-payloads.ts'
import { payloadText, writePayload } from '../../../services/events/payloads.ts'
import { audit } from '../../../services/commit/count-check.ts'
import { commitEvents } from '../../support/issues.ts'
import { databaseForEvents } from '../../support/prepared.ts'

function packed(payload: string): Buffer {
  const out = new ByteWriter(8)
  out.text('before')
  const before = out.length
  const bytes = writePayload(out, payload)
  const { buffer } = out
  t.equal(buffer.readInt32BE(before), bytes)
  t.equal(out.length, before + 4 + bytes)
  return Buffer.from(buffer.subarray(before + 4, out.length))
}

const long = (chars: number): string => JSON.stringify({ message: 'größe 🦊 '.repeat(chars / 9) })

t.test('short payloads stand there as they are, others are shorter', async t => {
  const short = '{"message":"größe"}'
  t.equal(packed(short).subarray(1).toString(), short)
  t.equal(packed(short)[0], 0)
  for (const [size, format] of [
    [300, 2],
    [2_500, 2],
    [30_000, 1],
    [1_000_000, 1]
  ] as const) {
    const payload = long(size)
    t.equal(packed(payload)[0], format)
    t.ok(packed(payload).length < payload.length / 4)
    t.equal(payloadText({ payload: null, packed: packed(payload) }), payload)
  }
})

t.test('what does not get shorter stands there as it is', async t => {
  const noise = Array.from({ length: 60 }, (_, index) => createHash('sha512').update(`${index}`).digest())
  const payload = JSON.stringify(
    noise.flatMap(bytes => [...bytes].map(byte => String.fromCharCode(33 + (byte % 94)))).join('')
  )
  t.equal(payloadText({ payload: null, packed: packed(payload) }), payload)
})

t.test('any text comes back', async () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 400 }), fc.integer({ min: 1, max: 40 }), (text, times) => {
      const payload = JSON.stringify({ text: text.toWellFormed().repeat(times) })
      return payloadText({ payload: null, packed: packed(payload) }) === payload
    })
  )
})

t.test('the dictionary is the one that rows were written with', async t => {
  t.equal(
    createHash('sha256').update(frequentText).digest('hex'),
    '47bc222831f0f3bda8df532c3db34b65f6fdbea43b2032cfa1451baf62206a47'
  )
  const payload = long(30_000)
  t.equal(inflateRawSync(packed(payload).subarray(1), { dictionary: frequentText }).toString(), payload)
})

t.test('what is no payload is refused', async t => {
  t.throws(() => payloadText({ payload: null, packed: null }), /has no payload/)
  t.throws(() => payloadText({ payload: null, packed: Buffer.from([9, 123]) }), /format 9/)
  t.throws(() => payloadText({ payload: null, packed: Buffer.from([1, 0xff, 0xff]) }))
  const bomb = packed(JSON.stringify(' '.repeat(20_000_000)))
  t.throws(() => payloadText({ payload: null, packed: bomb }), { code: 'ERR_BUFFER_TOO_LARGE' })
})

t.test('everybody reads rows of this version and of the version before', async t => {
  const sql = await databaseForEvents(t)
  const large = long(40_000)
  const events = await commitEvents(
    sql,
    { payload: '{"message":"old"}' },
    { payload: large },
    { payload: '{"message":"new"}' }
  )
  await sql`
    update events set payload = convert_from(substr(packed, 2), 'UTF8')::json, packed = null
    where id = ${events[0]?.id}`
  await sql`
    update project_hours set bytes = bytes - 1`
  const texts: (string | undefined)[] = []
  for (const event of events) {
    const { id, projectId, retentionDays, receivedAt } = event
    const key = { id, projectId, retentionDays, receivedAt: new Date(receivedAt), issueId: '' }
    texts.push((await loadEvent(sql, key))?.payload)
  }
  t.same(texts, ['{"message":"old"}', large, '{"message":"new"}'])
  const read: string[] = []
  for await (const page of newestPayloads(sql, 1, { now: Date.now() + 1_000, eventsMax: 10 })) {
    read.push(...page.map(({ payload }) => payload))
  }
  t.same(new Set(read), new Set(texts))
  t.same(await audit(sql), [])
})
