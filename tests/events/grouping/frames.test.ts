// Goal: which frames count and what of them, so that the same code has the same components on every machine and in
// every build.
import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { frameComponents } from '../../../events/grouping/frames.ts'
import type { Frame } from '../../../schema/event.ts'

const frame = fc.record({
  filename: fc.constantFrom('a.js', 'src/b.js', 'c.py', '<anonymous>'),
  function: fc.constantFrom('f', 'g', 'h', '?', 'Object.f'),
  module: fc.constantFrom(undefined, 'shop.cart'),
  in_app: fc.constantFrom(true, false, undefined, null),
  lineno: fc.nat()
})
const frames = fc.array(frame, { maxLength: 60 })

t.test('place and name of a function, one without the other, or nothing', async t => {
  t.same(
    frameComponents([
      { filename: 'src/a.js', function: 'f' },
      { filename: 'src/b.js', function: '?' },
      { function: 'g' },
      { filename: '<anonymous>', function: '<anonymous>' },
      {}
    ]),
    ['frame a.js in f', 'frame b.js', 'frame in g']
  )
  t.same(
    frameComponents([
      { module: 'shop.Cart', filename: 'Cart.java', function: 'add' },
      { module: '', filename: 'a.js' }
    ]),
    ['frame shop.Cart in add', 'frame a.js']
  )
  t.same(frameComponents([]), [])
})

t.test('frames of the application alone, if there are any', async t => {
  const mixed: Frame[] = [
    { function: 'a', in_app: false },
    { function: 'b', in_app: true },
    { function: 'c' },
    { function: 'd', in_app: null }
  ]
  t.same(frameComponents(mixed), ['frame in b'])
  t.same(frameComponents(mixed.filter(({ in_app: inApp }) => inApp !== true)), [
    'frame in a',
    'frame in c',
    'frame in d'
  ])
})

t.test('recursion counts once', async t => {
  const recursive = (depth: number) => [
    { function: 'main' },
    ...Array.from({ length: depth }, () => ({ filename: 'a.js', function: 'walk' })),
    { function: 'fail' }
  ]
  t.same(frameComponents(recursive(1)), ['frame in main', 'frame a.js in walk', 'frame in fail'])
  t.same(frameComponents(recursive(200)), frameComponents(recursive(1)))
})

t.test('at most the thirty nearest the crash count', async () => {
  fc.assert(
    fc.property(frames, frames, (older, newer) => {
      const all = frameComponents([...older, ...newer])
      assert.ok(all.length <= 30, `${all.length} are too many`)
      const alone = frameComponents(newer)
      const hasInApp = (list: typeof newer): boolean => list.some(({ in_app: inApp }) => inApp === true)
      if (alone.length >= 30 && hasInApp(newer) === hasInApp([...older, ...newer])) assert.deepEqual(all, alone)
    })
  )
})

t.test('lines, columns, absolute paths and source never matter', async () => {
  fc.assert(
    fc.property(frames, fc.nat(), fc.string(), (list, number, text) => {
      const moved = list.map(each => ({
        ...each,
        lineno: number,
        colno: number,
        abs_path: text,
        context_line: text,
        pre_context: [text],
        vars: { text }
      }))
      assert.deepEqual(frameComponents(moved), frameComponents(list))
    })
  )
})

t.test('where the code was checked out does not matter', async () => {
  fc.assert(
    fc.property(frames, list => {
      const moved = list.map(each => ({ ...each, filename: `/srv/deploy/7/${each.filename}` }))
      assert.deepEqual(frameComponents(moved), frameComponents(list))
    })
  )
})
