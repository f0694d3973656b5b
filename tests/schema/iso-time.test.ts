// Goal: every way of writing an ISO 8601 time that clients use, and nothing that only looks like one.
import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { isoTimeMs } from '../../schema/iso-time.ts'

const noon = Date.UTC(2026, 10, 23, 12)

const times: ReadonlyArray<readonly [string, number | null]> = [
  ['2026-11-23T12:00:00.000Z', noon],
  ['2026-11-23T12:00:00Z', noon],
  ['2026-11-23t12:00:00z', noon],
  ['2026-11-23 12:00:00Z', noon],
  ['2026-11-23T12:00Z', noon],
  ['2026-11-23T12:00:00', noon],
  ['2026-11-23T12:00:00.5Z', noon + 500],
  ['2026-11-23T12:00:00,5Z', noon + 500],
  ['2026-11-23T12:00:00.123456789Z', noon + 123],
  ['2026-11-23T14:00:00+02:00', noon],
  ['2026-11-23T14:00:00+0200', noon],
  ['2026-11-23T14:00:00+02', noon],
  ['2026-11-23T06:30:00-05:30', noon],
  ['2026-11-23', Date.UTC(2026, 10, 23)],
  ['2024-02-29', Date.UTC(2024, 1, 29)],
  ['2016-12-31T23:59:60Z', Date.UTC(2017, 0, 1)],
  ['0026-11-23T12:00:00.000Z', Date.parse('0026-11-23T12:00:00.000Z')],
  ['2026-04-30T12:00:00.000Z', Date.UTC(2026, 3, 30, 12)],
  ['2026-01-31T12:00:00.000Z', Date.UTC(2026, 0, 31, 12)],
  ['2026-04-31T12:00:00.000Z', null],
  ['2026-02-29T12:00:00.000Z', null],
  ['2026-02-29', null],
  ['2026-02-30T00:00:00Z', null],
  ['2026-13-01', null],
  ['2026-00-10', null],
  ['2026-01-00', null],
  ['2026-01-32', null],
  ['2026-01-01T24:00:00Z', null],
  ['2026-01-01T00:60:00Z', null],
  ['2026-01-01T00:00:61Z', null],
  ['2026-01-01T00:00:00+24:00', null],
  ['2026-1-1', null],
  ['2026', null],
  ['2026-11', null],
  ['20261123T120000Z', null],
  ['Mon, 23 Nov 2026 12:00:00 GMT', null],
  ['2026-11-23T12:00:00.000Z ', null],
  ['2026-11-23T12:00:00.000Z\n', null],
  ['2026-11-23T', null],
  ['2026-11-23Z', null],
  ['1795435200', null],
  ['', null],
  ['now', null]
]
for (const [text, ms] of times) {
  t.test(`${JSON.stringify(text)} is ${ms === null ? 'no time' : new Date(ms).toISOString()}`, async t =>
    t.equal(isoTimeMs(text), ms)
  )
}

t.test('what JavaScript writes is read back', async () => {
  fc.assert(
    fc.property(fc.date({ min: new Date('1970-01-01'), max: new Date('9999-12-31'), noInvalidDate: true }), date =>
      assert.equal(isoTimeMs(date.toISOString()), date.getTime())
    )
  )
})
