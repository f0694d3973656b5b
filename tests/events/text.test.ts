// Goal: texts are cut where they may be cut, and nothing that PostgreSQL cannot store is left.
import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { listNotes, note, startNotes } from '../../events/notes.ts'
import { cut, cutNoted, firstLine, storable } from '../../events/text.ts'
import { nested } from '../support/events.ts'

const texts = fc.string({ unit: 'binary' })

t.test('a cut text is a short beginning of the text', async () => {
  fc.assert(
    fc.property(texts, fc.integer({ min: 1, max: 20 }), (text, charsMax) => {
      const short = cut(text, charsMax)
      assert.equal(text.slice(0, short.length), short)
      assert.ok(short.length <= charsMax, `${short.length} are too many`)
      assert.ok(short.length >= Math.min(text.length, charsMax - 1), `${short.length} are too few`)
      assert.ok(!text.isWellFormed() || short.isWellFormed(), 'a pair is cut in two')
    })
  )
})

t.test('a note is made of what is lost, and only then', async t => {
  const notes = startNotes()
  t.equal(cutNoted('abc', 3, 'a', notes), 'abc')
  t.equal(listNotes(notes), undefined)
  t.equal(cutNoted('abcd', 3, 'b', notes), 'abc')
  t.same(listNotes(notes), [{ path: 'b', message: 'cut from 4 to 3 characters' }])
})

t.test('paths of notes are short', async t => {
  const notes = startNotes()
  note(notes, 'p'.repeat(1_000), 'm')
  t.equal(listNotes(notes)?.[0]?.path.length, 100)
})

t.test('the first line that says something', async t => {
  t.equal(firstLine('\n \r\n  a b \r\nc', 10), 'a b')
  t.equal(firstLine('abcdef', 3), 'abc')
  t.equal(firstLine(' \n ', 3), '')
  t.equal(firstLine('\n'.repeat(500_000) + 'a', 3), 'a')
})

t.test('anything becomes storable and stays what it was otherwise', async () => {
  fc.assert(
    fc.property(fc.jsonValue(), value => {
      const clean = storable(value)
      const json = JSON.stringify(clean)
      assert.ok(!json.includes('\\u0000') && json.isWellFormed(), json)
      if (!/\\u0000|\\ud[89a-f]/.test(JSON.stringify(value))) assert.equal(json, JSON.stringify(value))
    })
  )
})

t.test('depth and names of members are no danger', async t => {
  t.match(JSON.stringify(storable(nested(10_000))), 'null')
  t.equal(JSON.stringify(storable(JSON.parse('{"__proto__":{"a\\u0000":"\\ud800"}}'))), '{"__proto__":{"a":"\ufffd"}}')
})
