// Goal: the key of an envelope is found in its packed head, whatever packed it, and a head that expands a lot is
// unpacked beside the event loop, a few at a time. Method: heads as encoders make them, and bombs.
import * as zlib from 'node:zlib'
import t from 'tap'
import { keyInEnvelope } from '../../events/sentry/dsn.ts'

const key = 'abcdef0123456789abcdef0123456789'
const head = `{"dsn":"https://${key}@errors.example.com/1"}\n`
const small = Buffer.from(`${head}{"type":"event"}\n{"message":"x"}\n`)
const large = Buffer.concat([
  Buffer.from(`${head}{"type":"attachment","length":1000000}\n`),
  Buffer.alloc(1_000_000, 'x')
])
const brotli = (bytes: Buffer, bits: number): Buffer =>
  zlib.brotliCompressSync(bytes, {
    params: { [zlib.constants.BROTLI_PARAM_LGWIN]: bits, [zlib.constants.BROTLI_PARAM_SIZE_HINT]: 20_000_000 }
  })

t.test('a head that stays small is read at once', async t => {
  for (const [encoding, body] of [
    ['', small],
    ['', large],
    ['gzip', zlib.gzipSync(small)],
    ['x-gzip', zlib.gzipSync(small)],
    ['deflate', zlib.deflateSync(small)],
    ['br', brotli(small, 16)]
  ] as const) {
    t.equal(keyInEnvelope(body, encoding), key, encoding)
  }
})

t.test('a head that becomes large, or asks for memory, is read beside the event loop', async t => {
  for (const [encoding, body] of [
    ['gzip', zlib.gzipSync(large)],
    ['deflate', zlib.deflateSync(large)],
    ['br', brotli(large, 16)],
    ['br', brotli(large, 22)]
  ] as const) {
    const found = keyInEnvelope(body, encoding)
    t.ok(found instanceof Promise, encoding)
    t.equal(await found, key, encoding)
  }
})

t.test('bombs, rubbish, and what asks for too much hold no key', async t => {
  const bomb = Buffer.alloc(20_000_000, 'x')
  t.equal(await keyInEnvelope(brotli(bomb, 16), 'br'), '')
  t.equal(await keyInEnvelope(zlib.gzipSync(bomb), 'gzip'), '')
  t.equal(keyInEnvelope(brotli(large, 24), 'br'), '', 'a window of 16 MiB')
  t.equal(keyInEnvelope(Buffer.from('not packed'), 'gzip'), '')
  t.equal(keyInEnvelope(Buffer.from('not packed'), 'compress'), '')
  t.equal(keyInEnvelope(new Uint8Array(0), 'br'), '')
})

t.test('of those beside the event loop there are a few at a time', async t => {
  const body = zlib.gzipSync(large)
  const found = Array.from({ length: 20 }, () => keyInEnvelope(body, 'gzip'))
  t.equal(found.filter(one => one === null).length, 12)
  t.same(new Set(await Promise.all(found)), new Set([key, null]))
  t.equal(await keyInEnvelope(body, 'gzip'), key)
})
