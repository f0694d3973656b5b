// Goal: every value is written as PostgreSQL reads it, at every length and sign, and what is no value is refused.
// Method: Node's own readers, and the server for the arrays of parameters.
import fc from 'fast-check'
import t from 'tap'
import { ByteWriter } from '../../../../services/database/wire/byte-writer.ts'
import { connectWire } from '../../../../services/database/wire/connection.ts'
import {
  booleans,
  byteas,
  dates,
  hashes,
  int,
  ints,
  text,
  texts,
  timestamps,
  uuid,
  uuids
} from '../../../../services/database/wire/parameters.ts'
import { testDatabase } from '../../../support/database.ts'

t.test('whole numbers of every size', async t => {
  fc.assert(
    fc.property(fc.maxSafeInteger(), value => {
      const out = new ByteWriter(1)
      out.int64(value)
      if (Number(out.bytes().readBigInt64BE(0)) !== value) throw new Error(String(value))
    })
  )
  t.throws(() => new ByteWriter().int64(2 ** 53))
  t.throws(() => new ByteWriter().int64(0.5))
})

t.test('text of every kind, growing as needed', async () => {
  const out = new ByteWriter(1)
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'grapheme', maxLength: 60 })), texts => {
      out.reset()
      for (const value of texts) out.text(value)
      const expected = texts.map(value =>
        Buffer.concat([Buffer.from([0, 0, 0, Buffer.byteLength(value)]), Buffer.from(value)])
      )
      if (!out.bytes().equals(Buffer.concat(expected))) throw new Error(JSON.stringify(texts))
    })
  )
})

t.test('a NUL inside a C string becomes a space', async t => {
  const out = new ByteWriter()
  out.cstring('a\0b')
  out.cstring(`${'x'.repeat(30)}\0`)
  t.equal(out.bytes().toString(), `a b\0${'x'.repeat(30)} \0`)
})

t.test('hexadecimal digits, with dashes or without, and nothing else', async t => {
  const out = new ByteWriter()
  out.hex('0123ABcd-ef00-ffff', 8)
  t.equal(out.bytes().toString('hex'), '0123abcdef00ffff')
  for (const wrong of ['', '00', '0011223344556677x', '001122334455667788', '00112233445566zz', '0011223344556é77']) {
    t.throws(() => out.hex(wrong, 8), wrong)
  }
})

t.test('PostgreSQL reads every kind of parameter', async t => {
  const { sql } = await testDatabase(t, { migrated: false })
  const wire = await connectWire(sql)
  t.teardown(() => wire.close())
  const id = '0190b0c4-0000-7000-8000-0123456789ab'
  const [answer] = await wire.run(
    pipeline => {
      pipeline.execute(
        {
          name: 'all',
          text: `
            select $1::bigint, $2::text, $3::uuid, $4::bigint[], $5::text[], $6::uuid[], $7::bigint[],
              $8::timestamptz[], $9::date[], $10::boolean[], $11::bytea[],
        $12::text[]`
        },
        [
          int(-7),
          text('größe'),
          uuid(id),
          ints([0, -1, 2 ** 40]),
          texts(['a', '', 'ü']),
          uuids([id]),
          hashes(['ffffffffffffffff', '0000000000000001']),
          timestamps([0, Date.parse('2026-03-01T12:34:56.789Z'), 946_684_800_000.5]),
          dates([Date.parse('1999-12-31'), Date.parse('2026-03-01')]),
          booleans([true, false]),
          byteas(['00ff'], 2),
          texts([])
        ]
      )
    },
    { deadlineMs: 20_000 }
  )
  t.same(answer?.rows[0], [
    '-7',
    'größe',
    id,
    '{0,-1,1099511627776}',
    '{a,"",ü}',
    `{${id}}`,
    '{-1,1}',
    '{"1970-01-01 00:00:00+00","2026-03-01 12:34:56.789+00","2000-01-01 00:00:00.0005+00"}',
    '{1999-12-31,2026-03-01}',
    '{t,f}',
    '{"\\\\x00ff"}',
    '{}'
  ])
})
