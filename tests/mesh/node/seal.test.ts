// Goal: a frame opens once, in its place, unaltered, under its key; nothing else opens, and nothing of it can be read.
// Method: frames of several chunks, then each kind of tampering; a flip of every single bit of a frame; keys of a few
// bytes, so that they change.
import { randomBytes } from 'node:crypto'
import t from 'tap'
import { createSeal, createUnseal, tagBytes } from '../../../mesh/node/seal.ts'

const frameOf = (seal: ReturnType<typeof createSeal>, text: string): Buffer =>
  seal([Buffer.from(text.slice(0, 2)), Buffer.from(text.slice(2))], Buffer.byteLength(text))

t.test('frames open in the order in which they were sealed', async t => {
  const key = randomBytes(32)
  const [seal, unseal] = [createSeal(key), createUnseal(key)]
  for (const text of ['first', 'second', 'first', '']) t.equal(unseal(frameOf(seal, text))?.toString(), text)
})

t.test('another key, another order, a repetition and a gap do not open', async t => {
  const key = randomBytes(32)
  const sealed = () => {
    const seal = createSeal(key)
    return { unseal: createUnseal(key), one: frameOf(seal, 'one'), two: frameOf(seal, 'two') }
  }
  const swapped = sealed()
  t.equal(swapped.unseal(swapped.two), undefined)
  const repeated = sealed()
  t.equal(repeated.unseal(repeated.one)?.toString(), 'one')
  t.equal(repeated.unseal(repeated.one), undefined)
  t.equal(createUnseal(randomBytes(32))(sealed().one), undefined)
})

t.test('no bit of a frame can be changed, and none left out', async t => {
  const key = randomBytes(32)
  const frame = frameOf(createSeal(key), 'payload')
  for (let bit = 0; bit < frame.length * 8; bit++) {
    const altered = Buffer.from(frame)
    altered[bit >> 3] = (altered[bit >> 3] ?? 0) ^ (1 << (bit & 7))
    if (createUnseal(key)(altered) !== undefined) t.fail(`bit ${bit}`)
  }
  for (const length of [0, 1, tagBytes - 1, tagBytes, frame.length - 1]) {
    t.equal(createUnseal(key)(frame.subarray(0, length)), undefined)
  }
})

t.test('what is in a frame cannot be read, and the same text never looks the same', async t => {
  const seal = createSeal(randomBytes(32))
  const [one, other] = [frameOf(seal, 'payload'), frameOf(seal, 'payload')]
  t.equal(one.length, tagBytes + 'payload'.length)
  t.equal(one.includes('payload'), false)
  t.notSame(one.subarray(tagBytes), other.subarray(tagBytes))
})

t.test('both ends go on to the next key at the same frame, and no nonce comes twice under one key', async t => {
  const key = randomBytes(32)
  const perKey = 3 * (tagBytes + 'payload'.length)
  const [seal, unseal] = [createSeal(key, perKey), createUnseal(key, perKey)]
  const frames = Array.from({ length: 10 }, () => frameOf(seal, 'payload'))
  for (const frame of frames) t.equal(unseal(frame)?.toString(), 'payload')
  t.equal(new Set(frames.map(frame => frame.toString('hex'))).size, frames.length)
  const stays = createUnseal(key)
  t.same(
    frames.slice(0, 4).map(frame => stays(frame)?.toString()),
    ['payload', 'payload', 'payload', undefined],
    'the fourth is under another key'
  )
})
