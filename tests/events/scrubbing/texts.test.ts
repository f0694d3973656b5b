// Goal: secrets go from texts whatever they stand in, look-alikes stay, and no text costs more than its length.
// Method: a table of planted secrets and one of innocent texts; random texts for what must hold for all.
import fc from 'fast-check'
import t from 'tap'
import { filtered } from '../../../events/scrubbing/names.ts'
import { scrubberOf } from '../../../events/scrubbing/scrubber.ts'
import { innocent } from './innocent.ts'
import { accounts, cards, commands, keys, logins, pairs, schemes } from './planted.ts'

const { text: scrub } = scrubberOf({ enabled: true, fields: [], safeFields: [], ip: 'keep' })

for (const [kind, table] of Object.entries({ cards, accounts, keys, schemes, logins, pairs, commands })) {
  t.test(`planted ${kind} go`, async t => {
    for (const [text, secret] of table) {
      const scrubbed = scrub(text)
      t.notOk(scrubbed.includes(secret), `${text} -> ${scrubbed}`)
      t.ok(scrubbed.includes(filtered), `${text} shows that something was there`)
      t.equal(scrub(scrubbed), scrubbed, `${text} is scrubbed once`)
    }
  })
}

t.test('texts around a secret stay', async t => {
  const kept = [
    ['user=ann password=hunter2 host=db', 'user=ann password=[Filtered] host=db'],
    ['{"user":"ann","password":"x y","n":1}', '{"user":"ann","password":"[Filtered]","n":1}'],
    ["{'password': 'x', 'a': 1}", "{'password': '[Filtered]', 'a': 1}"],
    ['postgres://ann:x1@db:5432/shop?sslmode=require', 'postgres://ann:[Filtered]@db:5432/shop?sslmode=require'],
    ['https://a.example/?token=x1&page=2#top', 'https://a.example/?token=[Filtered]&page=2#top'],
    ['Cookie: a=b; session=c\nAccept: */*', 'Cookie: [Filtered]\nAccept: */*'],
    ['card 4111 1111 1111 1111 declined', 'card [Filtered] declined'],
    ['tool --token abc123 run', 'tool --token [Filtered] run'],
    // What is left of a login is a name and a value.
    ['curl -u PWD=C:\\Users\\ann ', 'curl -u PWD=[Filtered] ']
  ] as const
  for (const [text, shown] of kept) t.equal(scrub(text), shown)
})

t.test('innocent texts stay', async t => {
  for (const text of innocent) t.equal(scrub(text), text)
})

t.test('both tables are as long as they were promised to be', async t => {
  t.ok([cards, accounts, keys, schemes, logins, pairs, commands].flat().length >= 150)
  t.ok(innocent.length >= 100)
})

t.test('scrubbing twice is scrubbing once, in any text made of secrets and innocent texts', async () => {
  const secrets = [cards, accounts, keys, schemes, logins, pairs, commands].flat().map(([text]) => text)
  const piece = fc.constantFrom(...secrets, ...innocent)
  const gap = fc.constantFrom(' ', '\n', ', ', '; ', '&', '"', '" "', '\\n')
  const text = fc.array(fc.tuple(piece, gap), { maxLength: 6 }).map(list => list.flat().join(''))
  fc.assert(
    fc.property(text, text => {
      const once = scrub(text)
      const twice = scrub(once)
      if (twice !== once) throw new Error(`${text}\n  once:  ${once}\n  twice: ${twice}`)
    }),
    { numRuns: 2_000 }
  )
})
