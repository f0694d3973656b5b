// Goal: every encoding that clients use is read, and nothing that pretends to be one costs more than the limit. Method:
// bodies encoded with Node's own zlib; bombs just under the compressed limit, with the memory of the process read
// around them.
import { randomBytes } from 'node:crypto'
import t from 'tap'
import * as zlib from 'node:zlib'
import { decodeBody } from '../../events/decode.ts'

const bytesMax = 1024 * 1024
const text = '{"message":"größer als 😀"}'
const plain = Buffer.from(text)

function refusalOf(body: Uint8Array, encoding: string): [number, string] {
  const decoded = decodeBody(body, encoding, bytesMax)
  return decoded.ok ? [200, decoded.text.slice(0, 100)] : [decoded.refusal.status, decoded.refusal.reason]
}

const encodings: ReadonlyArray<readonly [string, Uint8Array]> = [
  ['', plain],
  ['identity', plain],
  ['gzip', zlib.gzipSync(plain)],
  ['x-gzip', zlib.gzipSync(plain)],
  ['deflate', zlib.deflateSync(plain)],
  ['deflate', zlib.deflateRawSync(plain)],
  ['br', zlib.brotliCompressSync(plain)]
]
for (const [encoding, body] of encodings) {
  t.test(`reads '${encoding}' (${body.length} bytes)`, async t =>
    t.same(decodeBody(body, encoding, bytesMax), { ok: true, text })
  )
}

t.test('reads zstd where Node.js has it, and says 415 where not', async t => {
  const compress: unknown = Reflect.get(zlib, 'zstdCompressSync')
  if (typeof compress !== 'function') {
    t.same(refusalOf(plain, 'zstd'), [415, 'unsupported_encoding'])
    return
  }
  t.same(decodeBody(compress(plain), 'zstd', bytesMax), { ok: true, text })
  t.same(refusalOf(compress(Buffer.alloc(bytesMax + 1, 97)), 'zstd'), [413, 'too_large'])
  t.same(refusalOf(plain, 'zstd'), [400, 'malformed'])
})

t.test('reads a view into a larger buffer', async t => {
  const buffer = Buffer.concat([Buffer.from('before'), plain, Buffer.from('after')])
  t.same(decodeBody(new Uint8Array(buffer.buffer, buffer.byteOffset + 6, plain.length), '', bytesMax), {
    ok: true,
    text
  })
})

t.test('takes a byte order mark off', async t => {
  t.same(decodeBody(Buffer.from('\ufeff{}'), '', bytesMax), { ok: true, text: '{}' })
})

for (const encoding of ['foo', 'gzip, br', 'gzip,gzip', 'compress', 'constructor', '__proto__', 'GZIP', ' gzip']) {
  t.test(`says 415 to '${encoding}'`, async t => t.same(refusalOf(plain, encoding), [415, 'unsupported_encoding']))
}

const corrupt: ReadonlyArray<readonly [string, string, Uint8Array]> = [
  ['text', 'gzip', plain],
  ['text', 'br', plain],
  ['noise', 'deflate', Buffer.from([0xff, 0xff, 0xff, 0xff])],
  ['nothing', 'gzip', new Uint8Array()],
  ['nothing', 'br', new Uint8Array()],
  ['half a stream', 'gzip', zlib.gzipSync(randomBytes(1_000)).subarray(0, 500)],
  ['half a stream', 'deflate', zlib.deflateSync(randomBytes(1_000)).subarray(0, 500)],
  ['half a stream', 'br', zlib.brotliCompressSync(randomBytes(1_000)).subarray(0, 500)],
  ['a flipped bit', 'gzip', flipped(zlib.gzipSync(plain))],
  ['gzip called br', 'br', zlib.gzipSync(plain)]
]
for (const [what, encoding, body] of corrupt) {
  t.test(`says 400 to ${what} sent as ${encoding}`, async t => t.same(refusalOf(body, encoding), [400, 'malformed']))
}

const notUtf8 = [
  [0x80],
  [0xc3],
  [0xc0, 0x80],
  [0xed, 0xa0, 0x80],
  [0xf5, 0x80, 0x80, 0x80],
  [0x22, 0xff, 0x22],
  [0xe2, 0x82]
]
for (const bytes of notUtf8) {
  t.test(`says 400 to the bytes ${bytes.map(byte => byte.toString(16)).join(' ')}`, async t =>
    t.same(refusalOf(new Uint8Array(bytes), ''), [400, 'malformed'])
  )
}

t.test('a body at the limit passes, one byte more does not', async t => {
  t.same(refusalOf(Buffer.alloc(bytesMax, 97), '')[0], 200)
  t.same(refusalOf(Buffer.alloc(bytesMax + 1, 97), '')[0], 413)
  for (const [encoding, compress] of [
    ['gzip', zlib.gzipSync],
    ['deflate', zlib.deflateSync],
    ['deflate', zlib.deflateRawSync],
    ['br', zlib.brotliCompressSync]
  ] as const) {
    t.same(refusalOf(compress(Buffer.alloc(bytesMax, 97)), encoding)[0], 200, encoding)
    t.same(refusalOf(compress(Buffer.alloc(bytesMax + 1, 97)), encoding)[0], 413, encoding)
  }
})

t.test('bombs just under the compressed limit are stopped and their memory is given back', async t => {
  // What cannot be compressed at the end brings the body close to the limit; the beginning is what explodes.
  const bytes = Buffer.concat([Buffer.alloc(150 * 1024 * 1024), randomBytes(850 * 1024)])
  const bombs = [
    ['gzip', zlib.gzipSync(bytes)],
    ['deflate', zlib.deflateSync(bytes)],
    [
      'br',
      zlib.brotliCompressSync(bytes, {
        params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 1, [zlib.constants.BROTLI_PARAM_LGWIN]: 24 }
      })
    ]
  ] as const
  for (const [encoding, bomb] of bombs) {
    t.ok(bomb.length < bytesMax && bomb.length > 0.8 * bytesMax, `${bomb.length} bytes of ${encoding}`)
    const before = process.memoryUsage().rss
    for (let time = 0; time < 10; time++) t.same(refusalOf(bomb, encoding), [413, 'too_large'])
    const grownMb = (process.memoryUsage().rss - before) / 1024 / 1024
    t.ok(grownMb < 50, `${encoding} grew by ${Math.round(grownMb)} MB`)
  }
})

t.test('a window beyond 16 MiB is not opened', async t => {
  const params = {
    [zlib.constants.BROTLI_PARAM_LARGE_WINDOW]: 1,
    [zlib.constants.BROTLI_PARAM_LGWIN]: 30,
    [zlib.constants.BROTLI_PARAM_QUALITY]: 5
  }
  t.same(refusalOf(zlib.brotliCompressSync(plain, { params }), 'br'), [400, 'malformed'])
})

function flipped(bytes: Buffer): Uint8Array {
  const copy = Uint8Array.from(bytes)
  copy[12] = (copy[12] ?? 0) ^ 0x10
  return copy
}
