// Goal: what is written into events.search is what wordsOf and facet say, for every message and every tag, and finds
// events. Method: the server reads the tsvector back; the fast path for ASCII is held against the plain one by random
// messages.
import fc from 'fast-check'
import t from 'tap'
import { limits } from '../../../schema/limits.ts'
import type { PreparedEvent } from '../../../schema/pipeline.ts'
import { commitBatches } from '../../../services/commit/attempt.ts'
import { wordsOf } from '../../../events/search/words.ts'
import { facet, projectLexeme, stackLexeme } from '../../../services/search/lexemes.ts'
import { writeSearch } from '../../../services/search/write-search.ts'
import { ByteWriter } from '../../../services/database/wire/byte-writer.ts'
import { databaseForEvents, preparedBatch, preparedEvent } from '../../support/prepared.ts'

type Lexeme = { text: string; positions: number[] }

/** Reads the binary form back, as PostgreSQL does. */
function lexemesOf(event: PreparedEvent, wordSet: number | null = null): Lexeme[] {
  const out = new ByteWriter(16)
  writeSearch(out, event, wordSet)
  const bytes = out.bytes()
  if (bytes.readInt32BE(0) !== bytes.length - 4) throw new Error('the length is wrong')
  const lexemes: Lexeme[] = []
  let at = 8
  while (at < bytes.length) {
    const end = bytes.indexOf(0, at)
    const count = bytes.readUInt16BE(end + 1)
    lexemes.push({
      text: bytes.toString('utf8', at, end),
      positions: Array.from({ length: count }, (_, index) => bytes.readUInt16BE(end + 3 + index * 2))
    })
    at = end + 3 + count * 2
  }
  if (lexemes.length !== bytes.readInt32BE(4)) throw new Error('the number of lexemes is wrong')
  return lexemes
}

function wordsWritten(message: string): Lexeme[] {
  return lexemesOf(
    preparedEvent({ message, title: '', culprit: '', level: 'error', environment: '', release: '' })
  ).filter(({ text }) => !/[#=]/.test(text))
}

function wordsExpected(message: string): Lexeme[] {
  const words = wordsOf(message)
  return [...new Set(words)].map(text => ({
    text,
    positions: words.flatMap((word, index) => (word === text ? [index + 1] : [])).slice(0, 100)
  }))
}

t.test('words are runs of letters, digits and underscores, in lower case', async t => {
  t.same(wordsOf('TypeError: can’t read `user_id` of 0x1F at /srv/app.js:12 (Größe)'), [
    'typeerror',
    'can',
    't',
    'read',
    'user_id',
    'of',
    '0x1f',
    'at',
    'srv',
    'app',
    'js',
    '12',
    'größe'
  ])
  t.same(wordsOf(''), [])
  t.equal(wordsOf('x'.repeat(200))[0]?.length, 64)
  t.equal(wordsOf('a '.repeat(5_000)).length, 1_000)
})

t.test('writes every word once with its positions, whatever the message', async t => {
  const piece = fc.oneof(
    fc.constantFrom('error', 'Error', 'of', 'x', ' ', '-', '=', '\0', '…', 'größe', '𝒳', '\ud800', 'İ', 'y'.repeat(70)),
    fc.string({ maxLength: 8 }),
    fc.string({ unit: 'binary', maxLength: 4 })
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 90 }), pieces => {
      const message = pieces.join(' ')
      if (JSON.stringify(wordsWritten(message)) !== JSON.stringify(wordsExpected(message))) throw new Error(message)
    }),
    { numRuns: 500 }
  )
  const many = `${'word '.repeat(300)}${'a b c d e f g h i j '.repeat(20)}`
  t.same(wordsWritten(many), wordsExpected(many))
})

t.test('writes title and culprit in front, and names in camel case as their parts too', async t => {
  const written = lexemesOf(
    preparedEvent({
      message: 'ReadTimeoutError: lost\nmore',
      title: 'ReadTimeoutError: lost',
      culprit: 'api/chargeCard',
      environment: '',
      release: ''
    })
  ).filter(({ text }) => !/[#=]/.test(text))
  t.same(
    written.map(({ text }) => text),
    ['api', 'chargecard', 'read', 'timeout', 'error', 'charge', 'card', 'readtimeouterror', 'lost', 'more']
  )
  t.same(
    lexemesOf(preparedEvent({ message: 'gone', title: 'Own title', culprit: '' }))
      .slice(0, 3)
      .map(({ text }) => text),
    ['own', 'title', 'gone']
  )
})

t.test('writes tags and fields once, as key=value', async t => {
  const event = preparedEvent({
    message: '',
    title: '',
    culprit: '',
    user: 'u-1',
    tags: { level: 'error', environment: 'other', browser: 'Fire fox', empty: '', 'nul\0': 'x\0y' }
  })
  t.same(
    lexemesOf(event).map(({ text }) => text),
    [
      '#1',
      'level=error',
      'environment=production',
      'release=shop@1.0',
      'user=u-1',
      'environment=other',
      'browser=Fire fox',
      'nul =x y'
    ]
  )
})

t.test('writes the other names of a user once, too', async t => {
  const event = preparedEvent({
    message: '',
    title: '',
    culprit: '',
    environment: '',
    release: '',
    user: 'u-1',
    userNames: { email: 'ann@example.com', username: '' },
    tags: { 'user.email': 'ann@example.com', 'user.username': 'ann' }
  })
  t.same(
    lexemesOf(event).map(({ text }) => text),
    ['#1', 'level=error', 'user=u-1', 'user.email=ann@example.com', 'user.username=ann']
  )
})

t.test('writes facets beside tags, and names in the stack after a mark of their own', async t => {
  const event = preparedEvent({
    message: '',
    title: '',
    culprit: '',
    environment: '',
    release: '',
    user: 'u-1',
    userNames: { email: '', username: '', ip: '192.0.2.7' },
    tags: { region: 'eu' },
    facets: { browser: 'Firefox 140', handled: 'no' },
    stack: { filename: ['app.js'], function: ['a=b', 'x'.repeat(limits.stackNameCharsMax)], module: [], cause: ['E'] }
  })
  t.same(
    lexemesOf(event).map(({ text }) => text),
    [
      '#1',
      'level=error',
      'user=u-1',
      'user.ip=192.0.2.7',
      'region=eu',
      'browser=Firefox 140',
      'handled=no',
      '~fapp.js',
      '~na=b',
      stackLexeme('function', 'x'.repeat(limits.stackNameCharsMax + 9)),
      '~cE'
    ]
  )
  t.same(
    lexemesOf(event, 12).map(({ text }) => text),
    ['#1', 'level=error', 'user=u-1', 'user.ip=192.0.2.7', 'region=eu', 'browser=Firefox 140', '~s12'],
    'a set stands in the place of what it holds'
  )
})

t.test('PostgreSQL finds events by words, phrases, tags and fields', async t => {
  const sql = await databaseForEvents(t)
  const a = preparedEvent({
    message: 'TimeoutError: lost 12345 of the orders',
    tags: { browser: "it's \\ odd" },
    user: 'u-7'
  })
  const b = preparedEvent({ message: 'the orders of 99 were lost', release: 'shop@2' })
  await commitBatches(sql, [preparedBatch([a, b])], { node: 'test', deadlineMs: 30_000 })
  const found = async (query: string) =>
    (await sql<{ id: string }[]>`select id from events where search @@ ${query}::tsquery order by id`).map(
      row => row.id
    )
  const quoted = (lexeme: string) => `'${lexeme.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`

  t.same(await found("'lost' & 'orders'"), [a.id, b.id].sort())
  t.same(await found("'lost' <-> '12345'"), [a.id])
  t.same(await found("'orders' & !'timeouterror'"), [b.id])
  t.same(await found(quoted(facet('browser', "it's \\ odd"))), [a.id])
  t.same(await found(quoted(facet('user', 'u-7'))), [a.id])
  t.same(await found(quoted(facet('release', 'shop@2'))), [b.id])
  t.same(await found(`${quoted(projectLexeme(1))} & 'timeouterror'`), [a.id])
  t.same(await found(`${quoted(projectLexeme(2))} & 'timeouterror'`), [])
})
