// Goal: what a request holds, whatever was sent: a bad line harms no other line, hostile JSON is JSON or 400.
// Method: a table of bodies for each format; numbers of events around the limits.
import t from 'tap'
import { frameRefOf, parseEvents, type EventFormat } from '../../events/parse.ts'
import type { ParsedItem } from '../../events/parsed.ts'
import { limits } from '../../schema/limits.ts'

function parse(format: EventFormat, body: string): ParsedItem[] | number {
  const parsed = parseEvents({ encoding: '', body: Buffer.from(body) }, format)
  return parsed.ok ? parsed.items : parsed.refusal.status
}

/** What the places of a request hold; the status of a refused one. */
function values(items: ParsedItem[] | number): unknown[] {
  return typeof items === 'number' ? [items] : items.map(item => ('error' in item ? item.error.detail : item.value))
}

t.test('one event is one value, whatever it is', async t => {
  for (const json of ['{"message":"x"}', '5', 'null', '"x"', '[]', ' {} ', '{"a":1e999}']) {
    t.same(values(parse('event', json)), [JSON.parse(json)], json)
  }
})

const malformed = [
  '',
  ' ',
  '{',
  '}',
  '{"a":}',
  "{'a':1}",
  '{"a":1,}',
  'NaN',
  '{"a":NaN}',
  '{"a":Infinity}',
  '{"a":01}',
  'undefined',
  '{"a":"\n"}',
  '{"a":"\\x"}',
  '{}{}',
  '{"a":1}garbage',
  '\0',
  '[1,2',
  '"\\ud800',
  '<xml/>',
  'a=b&c=d',
  '{"a":+1}',
  '{"a":.5}',
  '// comment\n{}'
]
for (const json of malformed) {
  t.test(`says 400 to ${JSON.stringify(json)}`, async t => {
    t.equal(parse('event', json), 400)
    t.equal(parse('array', json), 400)
    t.equal(parse('frame', json), 400)
  })
}

t.test('depth is read without recursion', async t => {
  for (const depth of [10_000, 300_000]) {
    t.not(parse('event', '['.repeat(depth) + ']'.repeat(depth)), 400)
    t.not(parse('event', '{"a":'.repeat(Math.min(depth, 100_000)) + '1' + '}'.repeat(Math.min(depth, 100_000))), 400)
    t.equal(parse('event', '['.repeat(depth)), 400)
  }
})

t.test("many keys, keys that come twice, and names of every object's members are members like others", async t => {
  const keys = Array.from({ length: 100_000 }, (_, index) => `"${index}":0`)
  t.equal(Object.keys(Object(values(parse('event', `{${keys.join()}}`))[0])).length, 100_000)
  t.same(values(parse('event', '{"a":1,"a":2}')), [{ a: 2 }])
  parse('event', '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}')
  t.notOk('polluted' in {})
})

t.test('an array gives its elements in order, also the ones that are no events', async t => {
  t.same(parse('array', '[{"message":"a"},5,null]'), [
    { index: 0, value: { message: 'a' } },
    { index: 1, value: 5 },
    { index: 2, value: null }
  ])
  t.equal(parse('array', '{"message":"a"}'), 400)
})

t.test('1 to 1,000 events', async t => {
  for (const format of ['array', 'ndjson'] as const) {
    const body = (count: number) =>
      format === 'array' ? `[${Array.from({ length: count }, () => '{}').join()}]` : '{}\n'.repeat(count)
    t.equal(parse(format, body(0)), 400)
    t.equal(values(parse(format, body(1))).length, 1)
    t.equal(values(parse(format, body(limits.bulkEventsMax))).length, limits.bulkEventsMax)
    t.equal(parse(format, body(limits.bulkEventsMax + 1)), 413)
  }
})

t.test('lines: blank ones are none, a bad one is told by its number and harms no other', async t => {
  t.same(values(parse('ndjson', '\n{"a":1}\r\n \n{bad\n"x"\n\n[1]')), [{ a: 1 }, 'Line 4 is not valid JSON.', 'x', [1]])
  const detail = 'Line 1 is not valid JSON.'
  t.same(parse('ndjson', '{bad'), [
    { index: 0, error: { status: 400, reason: 'malformed', detail, errors: [{ path: '', message: detail }] } }
  ])
  t.equal(parse('ndjson', '\n\n \n'), 400)
  t.same(values(parse('ndjson', '{"a":"\u2028"}')), [{ a: '\u2028' }])
})

t.test('limits are those of the format', async t => {
  const big = JSON.stringify({ message: 'x'.repeat(limits.eventBytesMax) })
  t.equal(parse('event', big), 413)
  t.equal(parse('frame', big), 413)
  t.not(parse('array', `[${big}]`), 413)
  t.equal(parse('ndjson', `${big}\n`.repeat(5)), 413)
})

t.test("a frame is an event, or an event with a name of the client's", async t => {
  t.same(values(parse('frame', '{"message":"a"}')), [{ message: 'a' }])
  t.same(values(parse('frame', '{"ref":1,"event":{"message":"a"}}')), [{ message: 'a' }])
  t.same(values(parse('frame', '{"ref":1,"event":5}')), [5])
  t.same(values(parse('frame', '[]')), [[]])
})

t.test('the name of a frame is given back as it came', async t => {
  const ref = (json: string) => frameRefOf(Buffer.from(json))
  t.same(ref('{"ref":{"n":[1]},"event":{}}'), { n: [1] })
  t.equal(ref('{"ref":null,"event":{}}'), null)
  t.equal(ref('{"event":{}}'), undefined)
  t.equal(ref('{"message":"\\"ref\\""}'), undefined)
  t.equal(ref('{"ref":'), undefined)

  const nested = (depth: number): string => `{"ref":${'['.repeat(depth)}${']'.repeat(depth)},"event":{"message":"a"}}`
  t.same(ref(nested(5)), [[[[[]]]]])
  for (const text of [nested(7), nested(2_000), `{"ref":"${'a'.repeat(1_000)}","event":{"message":"a"}}`]) {
    t.equal(ref(text), undefined)
    t.match(parse('frame', text), [{ error: { status: 400, errors: [{ path: 'ref' }] } }])
  }
  t.equal(ref(nested(200_000)), undefined)
  t.equal(frameRefOf(new Uint8Array([0x22, 0x72, 0x65, 0x66, 0x22, 0xff])), undefined)
})
