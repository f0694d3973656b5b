// Goal: a fault is found exactly where there is one, at the place where it is. Method: random JSON and random damage
// against JSON.parse; then places that people would point at.
import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { jsonFaultOf } from '../../events/json-fault.ts'

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

t.test('it agrees with JSON.parse on JSON and on damaged JSON', async () => {
  const damaged = fc
    .tuple(fc.json(), fc.nat(), fc.constantFrom('', ',', '"', '}', ']', '{', '\n', '1', 'x', '\\', '\u0001', ':'))
    .map(([text, at, put]) => text.slice(0, at % (text.length + 1)) + put + text.slice((at % (text.length + 1)) + 1))
  fc.assert(
    fc.property(fc.oneof(fc.json(), damaged, fc.string()), text => {
      assert.equal(jsonFaultOf(text) === null, isJson(text), text)
    }),
    { numRuns: 2_000 }
  )
})

t.test('places and words', async t => {
  for (const [text, line, column, message] of [
    ['', 1, 1, 'it ends here, but a value is expected'],
    ['{\n  "a": 1,\n}', 3, 1, 'a name in double quotes is expected'],
    ["{'a': 1}", 1, 2, 'a name in double quotes or } is expected'],
    ['{"a" 1}', 1, 6, 'a colon is expected'],
    ['{"a": tru}', 1, 7, 'a value is expected'],
    ['[1 2]', 1, 4, 'a comma or the end of the list or object is expected'],
    ['{} x', 1, 4, 'nothing may follow']
  ] as const) {
    t.same(jsonFaultOf(text), { line, column, message }, text)
  }
  t.equal(jsonFaultOf('['.repeat(200_000))?.column, 200_001, 'depth is no danger')
})
