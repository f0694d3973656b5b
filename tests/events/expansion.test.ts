// Goal: what a packed body costs is known before it is unpacked. Method: streams that zlib itself has made.
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import t from 'tap'
import { brotliWindowBits, expandsTo } from '../../events/expansion.ts'

const brotli = (bits: number) =>
  brotliCompressSync(Buffer.alloc(100_000, 'x'), { params: { [constants.BROTLI_PARAM_LGWIN]: bits } })

t.test('the window of brotli is read from the first byte', async t => {
  for (let bits = 10; bits <= 24; bits++) t.equal(brotliWindowBits(brotli(bits)), bits)
  t.ok(brotliWindowBits(Uint8Array.of(0x11)) > 24, 'a large window')
})

t.test('a body that expands a lot, or needs a large window, is told', async t => {
  t.ok(expandsTo(200_000, gzipSync(Buffer.alloc(200_000)), 'gzip'))
  t.notOk(expandsTo(200_000, gzipSync(Buffer.alloc(199_999)), 'gzip'))
  t.ok(expandsTo(1, brotli(24), 'br'))
  t.notOk(expandsTo(1, brotli(20), 'br'))
  for (const body of [Buffer.alloc(0), Buffer.from('ab')]) {
    for (const encoding of ['gzip', 'br', 'deflate', '']) t.notOk(expandsTo(1e9, body, encoding))
  }
})
