// Goal: two messages of one bug become one text, two bugs stay two, and no text takes long. Method: vectors; properties
// on random texts made of tokens; adversarial texts are bounded by design, so that ten times the text does not change
// what is looked at, and the repetitions that remain are counted.
import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { normaliseMessage } from '../../../events/grouping/message.ts'

const vectors = [
  ['order 8812 failed', 'order <number> failed'],
  ['timeout after 1500ms at 10.0.0.7:5432', 'timeout after <duration> at <ip>:<number>'],
  ['<Consumer object at 0x7fbb00112233>', '<Consumer object at <hex>>'],
  ["key='abc' flag=true", 'key=<quoted> flag=<bool>'],
  ['key="a b" flag=False rest=truest', 'key=<quoted> flag=<bool> rest=truest'],
  ['ORD-3001 missing', 'ORD-<number> missing'],
  ['mail to ann.b+c@mail.example.org bounced', 'mail to <email> bounced'],
  ['GET https://api.example.org/v1/users/5?a=b failed', 'GET <url> failed'],
  ['postgres://u:p@db:5432/x refused', '<url> refused'],
  ['trace 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', 'trace <traceparent>'],
  ['user 550e8400-e29b-41d4-a716-446655440000 gone', 'user <uuid> gone'],
  ['user 550E8400-E29B-41D4-A716-446655440000 gone', 'user <uuid> gone'],
  ['at 2026-11-23T13:16:49.214Z', 'at <date>'],
  ['at 2026-11-23 13:16:49,214 +0100', 'at <date>'],
  ['at 2026-11-23', 'at <date>'],
  ['at 23/11/2026 and 2026/11/23', 'at <date> and <date>'],
  ['at Mon, 23 Nov 2026 13:04:00 GMT', 'at <date>'],
  ['at Mon Nov 23 2026 13:04:00 GMT+0000 (Coordinated Universal Time)', 'at <date>'],
  ['at 12:30 PM or 13:04:05.123', 'at <date> or <date>'],
  ['::1 and fe80::1 and 2001:db8:0:0:0:0:0:1', '<ip> and <ip> and <ip>'],
  ['commit 2fd4e1c67a2d28fced849ee1bb76e7391b93eb12', 'commit <sha1>'],
  ['sum 9e107d9d372bb6826bd81d3542a419d6', 'sum <md5>'],
  ['block deadbeef12 and DEADBEEF99', 'block <hex> and <hex>'],
  ['commit abc1234', 'commit <git_sha>'],
  ['took 3.5s, 12 ms, 2h', 'took <duration>, <number> ms, <duration>'],
  ['ratio 0.25, -1.5 and 1e-9', 'ratio <number>, <number> and <number>'],
  ['ORD_550e8400-e29b-41d4-a716-446655440000_x', 'ORD_<uuid>_x'],
  ['#PID<0.123.0> and <0.45.1> with #Reference<0.1.2.3>', '<pid> and <pid> with <ref>'],
  ['com.example.Foo@1a2b3c4d and [I@6d06d69c', 'com.example.Foo@<hex> and [I@<hex>'],
  ['took 1m30s, 2h 5m 3.5s and PT1M30S', 'took <duration>, <duration> and <duration>'],
  ['at 23.11.2026 13:04 and 23-Nov-2026 and Nov 23, 2026', 'at <date> and <date> and <date>'],
  ['at 20261123T131649Z', 'at <date>'],
  ['1,234,567 of 1.234.567,89 and 12,345.6', '<number> of <number> and <number>'],
  ['12.5% or 12% of 3', '<number>% or <number>% of <number>'],
  ['cannot load /assets/Cart-DbQ2xY9p.js or app.3f2a9c1b.css', 'cannot load /assets/Cart.js or app.css'],
  ['from -5 to 3-4', 'from <number> to <number>-<number>'],
  ['100% of #5 (7)', '<number>% of #<number> (<number>)'],
  ['delta -5, +5 and 5', 'delta <number>, <number> and <number>'],
  ['read 512MB, then 1.5 GiB and 10kb', 'read <size>, then <number> GiB and <size>'],
  ['02/Nov/2026:03:04:05 +0000 refused', '<date> refused'],
  ['order 01ARZ3NDEKTSV4RRFFQ69G5FAV is missing', 'order <ulid> is missing'],
  ['cannot open /tmp/tmp_abcdefg/x and C:\\temp\\tmp1a2b3c4d', 'cannot open /tmp/<temp>/x and C:\\temp\\<temp>'],
  ['first\n\n  second  \nthird 5', 'first\nsecond'],
  ['\r\n a \r\n b', 'a\nb'],
  ['', ''],
  [' \n ', '']
] as const
for (const [message, normalised] of vectors) {
  t.test(`${JSON.stringify(message)} becomes ${JSON.stringify(normalised)}`, async t =>
    t.equal(normaliseMessage(message), normalised)
  )
}

const unchanged = [
  'utf8 error in S3 bucket via HTTP2',
  'version 1.2.3 bad',
  "Cannot read properties of undefined (reading 'x')",
  'std::vector::at failed',
  'a::b() is not a function',
  'add::face',
  'deadbeef',
  'facade',
  'x86_64',
  'v18.2.0-rc.1',
  'base64 of sha256',
  'i18n',
  'true or false',
  "said 'abc'",
  'a = b',
  'feed :: cafe',
  'x@y',
  'e.g. this'
]
for (const message of unchanged) {
  t.test(`${JSON.stringify(message)} stays`, async t => t.equal(normaliseMessage(message), message))
}

const token: Record<string, fc.Arbitrary<string>> = {
  uuid: fc.uuid(),
  int: fc.integer().map(String),
  date: fc
    .date({ min: new Date('1970-01-01'), max: new Date('9999-12-31'), noInvalidDate: true })
    .map(date => date.toISOString()),
  ip: fc.oneof(
    fc.ipV4(),
    fc.tuple(fc.nat(0xffff), fc.nat(0xffff)).map(([a, b]) => `fe80::${a.toString(16)}:${b.toString(16)}`)
  ),
  email: fc
    .tuple(fc.stringMatching(/^[a-z]{1,9}$/), fc.stringMatching(/^[a-z]{1,9}$/))
    .map(([user, host]) => `${user}@${host}.example`),
  duration: fc.tuple(fc.nat(99_999), fc.constantFrom('ms', 's', 'min')).map(([amount, unit]) => `${amount}${unit}`),
  url: fc.webUrl({ withQueryParameters: true }).filter(url => !/["'<>]/.test(url))
}

for (const [kind, values] of Object.entries(token)) {
  t.test(`messages that differ in a token (${kind}) alone are equal`, async () => {
    fc.assert(
      fc.property(
        values,
        values,
        fc.constantFrom('', 'load ', 'row=', '(', '"'),
        fc.constantFrom('', ' failed', ', then', ')', '"'),
        (a, b, before, after) => {
          assert.equal(normaliseMessage(`${before}${a}${after}`), normaliseMessage(`${before}${b}${after}`))
        }
      )
    )
  })
}

const pieces = fc.oneof(
  fc.string({ maxLength: 4 }),
  fc.constantFrom(
    'a',
    'z',
    '0',
    '7',
    '-',
    '.',
    ':',
    '::',
    '/',
    '@',
    '=',
    "'",
    '"',
    ' ',
    '\n',
    '<',
    '>',
    'e',
    'x',
    '0x',
    'ms',
    'T',
    'Z',
    '+',
    '_',
    'ff',
    '://',
    'true',
    '12:30',
    '2026-11-23',
    '.example',
    'am'
  ),
  ...Object.values(token)
)
const messages = fc.array(pieces, { maxLength: 30 }).map(parts => parts.join(''))

t.test('normalising twice is normalising once', async () => {
  fc.assert(
    fc.property(messages, message => {
      const once = normaliseMessage(message)
      assert.equal(normaliseMessage(once), once)
    }),
    { numRuns: 1_500 }
  )
})

t.test('also when the text is cut', async () => {
  fc.assert(
    fc.property(messages, fc.nat(40), fc.nat(60), (message, pad, times) => {
      const long = 'y'.repeat(pad) + `${message} `.repeat(times)
      const once = normaliseMessage(long)
      assert.ok(once.length <= 1_024, `${once.length} are too many`)
      assert.equal(normaliseMessage(once), once)
    }),
    { numRuns: 500 }
  )
})

t.test('what lies beyond the part that is looked at changes nothing', async () => {
  fc.assert(
    fc.property(messages, messages, (message, rest) => {
      const filled = message.replaceAll(/[\r\n]/g, ' ').padEnd(2_048, ' x')
      assert.equal(normaliseMessage(filled + rest.repeat(100)), normaliseMessage(filled))
    }),
    { numRuns: 100 }
  )
})

t.test('texts made to be slow end like all others', async t => {
  const parts = [
    'a',
    '0',
    '1.',
    'a@',
    '@',
    'a.',
    '::',
    'a:',
    '1:',
    '0-',
    'ab-',
    "='",
    '="',
    'http://',
    '12:',
    '00-',
    '<',
    '-',
    '\n',
    ' ',
    '1e',
    'a1',
    'A1',
    'f0',
    '0x',
    'Mon, ',
    '9'.repeat(50),
    '1:1:',
    'g://'
  ]
  for (const part of parts) t.ok(normaliseMessage(part.repeat(500_000 / part.length)).length <= 1_024, part)
})
