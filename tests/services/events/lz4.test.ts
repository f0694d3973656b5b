// Goal: blocks of LZ4 are what others read and write, every text comes back, and bytes that are no block are refused
// within bounds. Method: a block of the reference implementation, any bytes, and damaged blocks.
import fc from 'fast-check'
import t from 'tap'
import { frequentText } from '../../../services/events/frequent-text.ts'
import { lz4With } from '../../../services/events/lz4.ts'

const textBytesMax = 4_096
const { compress, decompress } = lz4With(frequentText, textBytesMax)

function blockOf(text: Uint8Array): Buffer {
  const to = Buffer.alloc(2 * textBytesMax)
  return to.subarray(0, compress(text, to, 0, to.length))
}

t.test('reads what the reference implementation writes with the same dictionary', async t => {
  const error = { type: 'Error', value: 'x', mechanism: { type: 'generic', handled: false } }
  const text = JSON.stringify({ message: 'größe 🦊 '.repeat(40), level: 'error', exception: { values: [error] } })
  const block = Buffer.from('CNMD32dyw7bDn2Ug8J+miiANAP/pAJgDCRIGD6IFHhB4HQQPlQUXYGV9fV19fQ==', 'base64')
  t.equal(decompress(block, text.length * 2).toString(), text)
  t.ok(blockOf(Buffer.from(text)).length < text.length / 8)
})

t.test('any bytes come back', async () => {
  const few = fc.uint8Array({ max: 3, maxLength: textBytesMax })
  const parts = fc
    .array(
      fc.oneof(
        fc.uint8Array({ maxLength: 40 }),
        few.map(bytes => bytes.subarray(0, 300)),
        fc.nat(4_000)
      ),
      {
        maxLength: 20
      }
    )
    .map(pieces => Buffer.concat(pieces.map(piece => (typeof piece === 'number' ? frequentPiece(piece) : piece))))
    .map(bytes => bytes.subarray(0, textBytesMax))
  fc.assert(
    fc.property(fc.oneof(few, parts), bytes => decompress(blockOf(bytes), textBytesMax).equals(bytes)),
    { numRuns: 300 }
  )
})

function frequentPiece(from: number): Uint8Array {
  return frequentText.subarray(from, from + 90)
}

t.test('writes nothing behind the end that it is given', async t => {
  const text = Buffer.from('abcdefgh'.repeat(50) + 'no more of it: 0123456789')
  const { length } = blockOf(text)
  for (let end = 0; end <= length; end++) {
    const to = Buffer.alloc(length + 600, 0xee)
    const at = compress(text, to, 0, end)
    if (at !== undefined && at > end) t.fail(`ends at ${at}, behind ${end}`)
    if (to.subarray(end).some(byte => byte !== 0xee)) t.fail(`wrote behind ${end}`)
  }
  t.equal(compress(text, Buffer.alloc(length + 8), 0, length + 8), length)
})

t.test('refuses what is no block, within bounds', async t => {
  const text = Buffer.from('abcdefgh'.repeat(400))
  const block = blockOf(text)
  for (const [bad, reason] of [
    [Buffer.alloc(0), /ends early/],
    [block.subarray(0, -1), /ends early/],
    [Buffer.from([0xf0, 255, 255]), /ends early/],
    [Buffer.from([0x00, 0, 0, 0]), /before its text/],
    [Buffer.from([0x10, 65, 0xff, 0xff, 0]), /before its text/]
  ] as const) {
    t.throws(() => decompress(bad, textBytesMax), reason)
  }
  t.throws(() => decompress(block, text.length - 1), /longer than/)
  const bomb = Buffer.concat([Buffer.from([0x1f, 65, 1, 0]), Buffer.alloc(100_000, 255), Buffer.from([0, 0])])
  t.throws(() => decompress(bomb, 1_000_000), /longer than 1000000/)
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), bytes => {
      try {
        return decompress(bytes, 10_000).length <= 10_000
      } catch (error) {
        return error instanceof Error && error.message.startsWith('no block of LZ4')
      }
    })
  )
})
