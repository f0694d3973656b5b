// Goal: what we encode is admissible and comes back; what is cut short, announces too much or is nested too deeply is
// not, whatever the bytes. Method: fast-check over values and over bytes, and the edges of the depth by hand.
import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { decode, encode } from '../../../mesh/node/codec.ts'
import { depthMax, isAdmissible, isShallow } from '../../../mesh/node/frame-guard.ts'

const bytesMax = 2 ** 20

// Without -0, which arrives as 0.
const leaf = fc.oneof(
  fc.constant(null),
  fc.constant(undefined),
  fc.boolean(),
  fc.integer(),
  fc.double({ noNaN: true }).map(number => number + 0),
  fc.string({ unit: 'binary' }),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n }),
  fc.date(),
  fc.uint8Array().map(bytes => Buffer.from(bytes))
)
const plain = fc.letrec(tie => ({
  value: fc.oneof(
    { depthSize: 'small' },
    leaf,
    fc.array(tie('value')),
    fc.dictionary(
      fc.string().filter(key => key !== '__proto__'),
      tie('value'),
      { noNullPrototype: true }
    )
  )
})).value

t.test('every plain value is admissible, alone and in a row, and comes back as it was', async t => {
  fc.assert(
    fc.property(fc.array(plain, { minLength: 1, maxLength: 4 }), values => {
      const frame = Buffer.concat(values.map(value => encode(value, bytesMax) ?? Buffer.alloc(0)))
      if (!isAdmissible(frame)) throw new Error('not admissible')
      assert.deepStrictEqual(decode(frame), values)
    }),
    { numRuns: 500 }
  )
  t.pass('every one')
})

t.test('a value that is cut short is not admissible', async t => {
  fc.assert(
    fc.property(plain, fc.nat(), (value, at) => {
      const encoded = encode(value, bytesMax) ?? Buffer.alloc(0)
      return encoded.length === 1 || !isAdmissible(encoded.subarray(0, 1 + (at % (encoded.length - 1))))
    }),
    { numRuns: 500 }
  )
  t.pass('every one')
})

t.test('no bytes make it throw, and what it lets through is decoded or refused', async t => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), bytes => {
      const frame = Buffer.from(bytes)
      if (!isAdmissible(frame)) return decode(frame) === undefined
      const values = decode(frame)
      return values === undefined || Array.isArray(values)
    }),
    { numRuns: 5_000 }
  )
  t.pass('every one')
})

t.test('nesting has a limit, in what comes and in what is sent', async t => {
  const nested = (depth: number): Buffer => Buffer.concat([Buffer.alloc(depth, 0x91), Buffer.from([0xc0])])
  t.equal(isAdmissible(nested(depthMax)), true)
  t.equal(isAdmissible(nested(depthMax + 1)), false)
  t.equal(isShallow(nested(depthMax)), true)
  t.equal(isShallow(nested(depthMax + 1)), false)
  let deep: unknown = null
  for (let depth = 0; depth <= depthMax; depth++) deep = [deep]
  t.equal(encode(deep, bytesMax), undefined)
  let bottomless: unknown = null
  for (let depth = 0; depth < 1e6; depth++) bottomless = [bottomless]
  t.equal(encode(bottomless, bytesMax), undefined)
})

t.test('arrays and maps larger than the frame, and extensions that nobody sends, are not admissible', async t => {
  for (const hex of [
    'dd7fffffff',
    'dc0002c0',
    'df00000001c0',
    'de0001',
    '83c0c0',
    'c6ffffffff00',
    'dbffffffff00',
    'd40000'.slice(0, 4),
    'd47200',
    'c70100',
    'c80001ff00',
    'c1',
    'd5ff0000'
  ]) {
    t.equal(isAdmissible(Buffer.from(hex, 'hex')), false, hex)
  }
  t.equal(decode(Buffer.alloc(0)), undefined)
})

t.test('a value beyond the size, circular or beyond 64 bits is not encoded', async t => {
  const circular: unknown[] = []
  circular.push(circular)
  for (const value of [
    Buffer.alloc(bytesMax),
    circular,
    2n ** 70n,
    {
      get bad() {
        throw new Error('a getter that throws')
      }
    }
  ]) {
    t.equal(encode(value, bytesMax), undefined)
  }
  t.equal(encode(Buffer.alloc(bytesMax - 5), bytesMax)?.length, bytesMax)
})

t.test('bytes are copied, so that a small value does not keep a large frame', async t => {
  const frame = Buffer.concat([encode(Buffer.from('abc'), bytesMax) ?? Buffer.alloc(0), Buffer.alloc(100_000)])
  const [bytes] = decode(frame) ?? []
  t.ok(Buffer.isBuffer(bytes) && bytes.toString() === 'abc' && bytes.buffer.byteLength < 100_000)
})

t.test('a prototype cannot be set from outside', async t => {
  const [value] = decode(encode(JSON.parse('{"__proto__":{"admin":true}}'), bytesMax) ?? Buffer.alloc(0)) ?? []
  t.equal(Object.hasOwn(Object.prototype, 'admin'), false)
  t.equal((value as { admin?: boolean }).admin, undefined)
})
