// Goal: a search text means what users of Sentry expect of it, what cannot be understood is refused with its column,
// and nothing that is typed breaks the parser. Method: texts with the terms that they must give, texts with the errors,
// and texts made at random.
import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { parseSearch, searchCharsMax, searchTermsMax } from '../../../events/search/parse.ts'
import { termNodes } from '../../../events/search/nodes.ts'
import type { SearchNode, SearchTerm } from '../../../events/search/query.ts'
import { searchKeys } from '../../../schema/search-keys.ts'

const now = Date.UTC(2026, 10, 23, 12)
const hourMs = 3_600_000
const dayMs = 24 * hourMs

function parse(text: string, subject: 'issues' | 'events' = 'issues') {
  return parseSearch(text, { subject, now })
}

/** As the search is read, with its operators and in its order; the terms as they are. */
type Read = SearchTerm | { and: Read[] } | { or: Read[] } | null

function read(node: SearchNode | null): Read {
  if (node === null) return null
  if (node.op === 'term') return node.term
  const parts = node.parts.map(read)
  return node.op === 'and' ? { and: parts } : { or: parts }
}

function query(text: string): SearchNode | null {
  const parsed = parse(text)
  if (!parsed.ok) throw new Error(parsed.message)
  return parsed.query
}

/** The only term of the text. */
function term(text: string): SearchTerm {
  const node = query(text)
  if (node?.op !== 'term') throw new Error(`${text} is not one term`)
  return node.term
}

/** Words with their signs, phrases in quotes. */
function freeText(text: string): string {
  return termNodes(query(text))
    .map(({ term, unknown }) => {
      const words = term.kind === 'words' ? term : unknown?.asText
      if (words == null) return 'a term'
      const written = words.words.map(word => word.join('*'))
      const text = written.join(' ')
      return `${words.negated ? '-' : ''}${written.length > 1 && words.isPhrase ? `"${text}"` : text}`
    })
    .join(', ')
}

t.test('a search as users of Sentry write it', async t => {
  t.same(
    read(
      query(
        'is:unresolved level:error environment:prod assigned:me release:1.2.* user.email:x@y !tag:value "free text"'
      )
    ),
    {
      and: [
        { kind: 'is', negated: false, states: ['unresolved'] },
        { kind: 'level', negated: false, levels: ['error'] },
        { kind: 'field', negated: false, field: 'environment', patterns: [['prod']] },
        { kind: 'assigned', negated: false, to: ['me'] },
        { kind: 'field', negated: false, field: 'release', patterns: [['1.2.', '']] },
        { kind: 'field', negated: false, field: 'user.email', patterns: [['x@y']] },
        { kind: 'tag', negated: true, key: 'tag', patterns: [['value']] },
        { kind: 'words', negated: false, text: 'free text', words: [['free'], ['text']], isPhrase: true }
      ]
    }
  )
  t.same(parse(''), { ok: true, query: null })
  t.same(parse('  \t '), { ok: true, query: null })
})

const has = (key: string, negated = false): Read => ({ kind: 'has', negated, key })

t.test('AND binds more than OR, NOT more than both, and parentheses more than all', async t => {
  const [a, b, c, d] = [has('a'), has('b'), has('c'), has('d')]
  const [notA, notB] = [has('a', true), has('b', true)]
  t.same(read(query('has:a has:b OR has:c AND has:d')), { or: [{ and: [a, b] }, { and: [c, d] }] })
  t.same(read(query('has:a (has:b OR has:c) has:d')), { and: [a, { or: [b, c] }, d] })
  t.same(read(query('NOT has:a OR has:b')), { or: [notA, b] })
  t.same(read(query('NOT (has:a OR has:b) has:c')), { and: [notA, notB, c] })
  t.same(read(query('!(has:a has:b)')), { or: [notA, notB] })
  t.same(read(query('-(has:a has:b) -has:a')), { and: [{ or: [notA, notB] }, notA] })
  t.same(read(query('NOT NOT !has:a')), notA)
  t.same(read(query('((has:a))')), a)
  t.same(read(query('(has:a OR (has:b has:c)) OR has:d')), { or: [a, { and: [b, c] }, d] })
  t.same(read(query('(has:a)OR(has:b)')), { or: [a, b] })
  t.same(read(query('(title:f(x) OR has:a)')), {
    or: [{ kind: 'text', negated: false, column: 'title', patterns: [['f(x)']] }, a]
  })
})

t.test('an operator needs what it stands between, and parentheses that matter need each other', async t => {
  for (const [text, column, message] of [
    ['OR a', 1, 'expected a word or a term'],
    ['a OR', 5, 'expected a word or a term'],
    ['a OR OR b', 6, 'expected a word or a term'],
    ['a OR - OR b', 6, 'expected a word or a term'],
    ['AND a', 1, 'expected a word or a term before AND'],
    ['a AND', 6, 'expected a word or a term'],
    ['a NOT', 6, 'expected a word or a term'],
    ['NOT ... b', 5, 'expected a word or a term'],
    ['(a OR b', 1, 'expected a closing ) for the one here'],
    ['a OR (b', 6, 'expected a closing ) for the one here'],
    ['a OR b )', 8, 'this ) closes nothing; in quotes it is text'],
    ['a OR ()', 6, 'expected a word or a term in these parentheses'],
    ['!(a b', 2, 'expected a closing ) for the one here'],
    [`${'('.repeat(11)}a OR b${')'.repeat(11)}`, 11, 'expected at most 10 parentheses within each other']
  ] as const) {
    t.same(parse(text), { ok: false, column, message: `column ${column}: ${message}` }, text)
  }
})

t.test('each key has its terms', async t => {
  t.same(term('is:[ignored, Regressed]'), { kind: 'is', negated: false, states: ['archived', 'regressed'] })
  t.same(term('!is:assigned'), { kind: 'is', negated: true, states: ['assigned'] })
  t.same(term('LEVEL:Warn'), { kind: 'level', negated: false, levels: ['warning'] })
  t.same(term('assignee:[none, A@Example.com]'), { kind: 'assigned', negated: false, to: ['none', 'a@example.com'] })
  t.same(term('env:""'), { kind: 'has', negated: true, key: 'environment' })
  t.same(term('!browser:""'), { kind: 'has', negated: false, key: 'browser' })
  t.same(term('has:browser'), { kind: 'has', negated: false, key: 'browser' })
  t.same(term('tags[level]:x'), { kind: 'tag', negated: false, key: 'level', patterns: [['x']] })
  t.same(term('tags[a:b]:x'), { kind: 'tag', negated: false, key: 'a:b', patterns: [['x']] })
  t.same(term('url:/cart?a=b'), { kind: 'field', negated: false, field: 'url', patterns: [['/cart?a=b'], ['/cart']] })
  t.same(term('url:/cart?*'), { kind: 'field', negated: false, field: 'url', patterns: [['/cart?', '']] })
  t.same(term('error.handled:[true, NO]'), { kind: 'tag', negated: false, key: 'handled', patterns: [['yes'], ['no']] })
  t.same(term('error.value:"a b*"'), { kind: 'error_text', negated: false, patterns: [['a b', '']] })
  t.same(term('!error.value:""'), { kind: 'has', negated: false, key: 'error.type' })
  t.same(term('!stack.function:""'), { kind: 'has', negated: false, key: 'stack.function' })
  const id = 'fc6d8c0c43fc4630ad850ee518f1b9d0'
  t.same(term(`event_id:[${id}]`), { kind: 'event', negated: false, ids: [id] })
  t.same(term('Browser:"Chrome \\"x\\" 1"'), {
    kind: 'tag',
    negated: false,
    key: 'Browser',
    patterns: [['Chrome "x" 1']]
  })
  t.same(term('title:*Type*Error**'), {
    kind: 'text',
    negated: false,
    column: 'title',
    patterns: [['', 'Type', 'Error', '']]
  })
  t.same(term('culprit:a\\*b'), { kind: 'text', negated: false, column: 'culprit', patterns: [['a*b']] })
  t.same(term('issue:WEB-17'), { kind: 'issue', negated: false, ids: ['web-17'] })
  t.same(term('first-release:1.0'), { kind: 'first_release', negated: false, patterns: [['1.0']] })
})

t.test('numbers and times are compared', async t => {
  for (const text of ['timesSeen:>100', 'times>100', 'TIMES_SEEN:>100']) {
    t.same(term(text), { kind: 'count', negated: false, of: 'events', comparison: { operator: '>', value: 100 } }, text)
  }
  t.same(term('users:<=2k'), {
    kind: 'count',
    negated: false,
    of: 'users',
    comparison: { operator: '<=', value: 2_000 }
  })
  t.same(term('times:5'), { kind: 'count', negated: false, of: 'events', comparison: { operator: '=', value: 5 } })
  const time = (text: string) => {
    const found = term(text)
    return found.kind === 'time' ? [found.of, found.from, found.to] : found
  }
  t.same(time('firstSeen:-24h'), ['first_seen', now - dayMs, null])
  t.same(time('age:+2w'), ['first_seen', null, now - 14 * dayMs])
  t.same(time('lastSeen:>-1h'), ['last_seen', now - hourMs + 1, null])
  t.same(time('lastSeen:>2026-01-01'), ['last_seen', Date.UTC(2026, 0, 1) + 1, null])
  t.same(time('last_seen>=2026-01-01T06:30+01:00'), ['last_seen', Date.UTC(2026, 0, 1, 5, 30), null])
  t.same(time('lastSeen:<2026-01-01'), ['last_seen', null, Date.UTC(2026, 0, 1)])
  t.same(time('lastSeen:<=2026-01-01'), ['last_seen', null, Date.UTC(2026, 0, 2)])
  t.same(time('lastSeen:2026-01-01'), ['last_seen', Date.UTC(2026, 0, 1), Date.UTC(2026, 0, 2)])
  t.same(term('timestamp:<2026-01-01'), {
    kind: 'timestamp',
    negated: false,
    from: null,
    to: Date.UTC(2026, 0, 1)
  })
  t.same(term('http.status:>=500'), {
    kind: 'tag_number',
    negated: false,
    key: 'http.status',
    comparison: { operator: '>=', value: 500 }
  })
  t.match(term('tags[x]:">5"'), { kind: 'tag', patterns: [['>5']] })
  for (const text of ['release:>1.3.0', 'release>1.3.0', '!release:<=shop@1.3.0']) {
    t.match(term(text), { kind: 'release_order', negated: text.startsWith('!') }, text)
  }
  t.match(term('firstRelease:>=1.3'), { kind: 'first_release_order', comparison: { operator: '>=', name: '1.3' } })
  t.same(time('firstSeen:-999999w'), ['first_seen', 0, null])
})

t.test('what is no term is free text, as it was pasted', async t => {
  for (const [text, words] of [
    ['word', 'word'],
    ['two words', 'two, words'],
    ['"a phrase"', '"a phrase"'],
    ['-without', '-without'],
    ['!without', '-without'],
    ['!"a phrase"', '-"a phrase"'],
    ['! word', 'word'],
    ['a or b and not c', 'a, or, b, and, not, c'],
    ['TypeError: x is not a function', 'typeerror, x, is, not, a, function'],
    ["null is not an object (evaluating 'a.b')", 'null, is, not, an, object, evaluating, "a b"'],
    ['main() in (unknown', 'main, in, unknown'],
    ['cannot read :) of it)', 'cannot, read, of, it'],
    ['ActiveRecord::RecordNotFound', '"activerecord recordnotfound"'],
    ['User::NotFound', '"user notfound"'],
    ['std::runtime_error', '"std runtime_error"'],
    ['localhost:5432', '"localhost 5432"'],
    ['db.internal:5432/shop', '"db internal 5432 shop"'],
    ['app.ts:12:5', '"app ts 12 5"'],
    ['java.io.IOException:closed', '"java io ioexception closed"'],
    ['https://example.com/x', '"https example com x"'],
    ['C:\\temp', '"c temp"'],
    ['12:30:45', '"12 30 45"'],
    ['a > b', 'a, b'],
    ['order #5', 'order, 5'],
    ['x>5', '"x 5"'],
    ['a: b', 'a, b'],
    ['a"b c"d', 'a, "b c", d'],
    ['-Xmx:5', '-"xmx 5"'],
    ['message:"out of memory"', '"out of memory"'],
    ['!message:timeout', '-timeout'],
    ['timeo*', 'timeo*'],
    ['*Error', '*error'],
    ['conn*refused -lo*', 'conn*refused, -lo*'],
    ['src/*.ts', 'src ts'],
    ['"in * quotes"', '"in quotes"'],
    ['message:fail*', 'fail*']
  ] as const) {
    t.equal(freeText(text), words, text)
  }
  t.same(read(query('message:[a, b]')), {
    or: ['a', 'b'].map(word => ({ kind: 'words', negated: false, text: word, words: [[word]], isPhrase: true }))
  })
  for (const text of ['-', '...', '!!! ***', '::', '""', '(()']) {
    t.same(parse(` ${text}`), { ok: false, column: 2, message: 'column 2: holds no word to search for' }, text)
  }
})

t.test('a name that is no key is remembered as such, with the text that it may be', async t => {
  const unknown = (text: string) => {
    const node = query(text)
    return node?.op === 'term' ? (node.unknown?.asText ?? node.unknown?.name) : 'none'
  }
  t.equal(unknown('region:eu'), 'region')
  t.equal(unknown('browser:Firefox'), undefined, 'a facet is known')
  t.equal(unknown('tags[region]:eu'), undefined)
  t.match(unknown('!app.version:12'), { kind: 'words', negated: true, text: 'app.version:12' })
})

t.test('what cannot be understood is refused with its column and with what was expected', async t => {
  const refusals = [
    [
      'is:open',
      4,
      'one of unresolved, resolved, archived, discarded, new, ongoing, regressed, escalating, assigned, unassigned'
    ],
    ['a level:bad', 9, 'one of fatal, error, warning, info, debug'],
    ['level:', 7, 'a value'],
    ['level: error', 7, 'a value'],
    ['"no end', 1, 'a closing quote for the one here'],
    ['ab tag:"no end', 8, 'a closing quote for the one here'],
    ['tag:"no end\\"', 5, 'a closing quote for the one here'],
    ['level:[error, info', 19, 'a comma or the closing bracket ]'],
    ['level:[error info]', 14, 'a comma or the closing bracket ]'],
    ['level:[]', 8, 'a value'],
    ['has:[a, b]', 9, 'a single value: this key takes no list'],
    ['has:"no tag"', 5, 'the name of a tag'],
    ['assigned:somebody', 10, 'me, none, an e-mail address or the id of a user'],
    ['issue:WEB', 7, 'the id of an issue, like WEB-17'],
    ['timesSeen:many', 11, 'a whole number, or one with >, >=, < or <= before it'],
    ['timesSeen>=>5', 12, 'a whole number, or one with >, >=, < or <= before it'],
    ['release:>abc', 9, 'a version, like >1.3.0: other names have no order'],
    ['release>', 9, 'a value'],
    ['message:"..."', 9, 'a word of messages'],
    ['timestamp:soon', 11, 'a time: -24h for the last day, +7d for longer ago, or a date like >2026-01-31'],
    ['firstSeen:yesterday', 11, 'a time: -24h for the last day, +7d for longer ago, or a date like >2026-01-31'],
    ['firstSeen:2026-02-30', 11, 'a time: -24h for the last day, +7d for longer ago, or a date like >2026-01-31'],
    ['lastSeen:>0001-01-01', 10, 'a time: -24h for the last day, +7d for longer ago, or a date like >2026-01-31'],
    [`${'x'.repeat(201)}:value`, 1, 'the name of a tag, of at most 200 characters']
  ] as const
  for (const [text, column, expected] of refusals) {
    t.same(parse(text), { ok: false, column, message: `column ${column}: expected ${expected}` }, text)
  }
})

t.test('a search is bounded', async t => {
  t.ok(parse('x'.repeat(searchCharsMax)).ok)
  t.match(parse('x'.repeat(searchCharsMax + 1)), { ok: false, column: searchCharsMax + 1 })
  t.ok(parse('x '.repeat(searchTermsMax)).ok)
  t.match(parse('x '.repeat(searchTermsMax + 1)), { ok: false, column: 2 * searchTermsMax + 1 })
  t.ok(parse(`a:[${Array(20).fill('b').join()}] aa:[${Array(20).fill('b').join()}]`).ok)
  t.match(parse(`aa:[${Array(21).fill('b').join()}]`), { ok: false, column: 45 })
})

t.test('lists of events are asked about events alone', async t => {
  t.ok(parse('level:error release:1.* !browser:x has:y word', 'events').ok)
  for (const text of ['is:unresolved', 'assigned:me', 'timesSeen:>5', 'firstSeen:-1d', 'issue:WEB-1', 'title:x']) {
    t.same(
      parse(`a ${text}`, 'events'),
      { ok: false, column: 3, message: 'column 3: expected what events are searched by: this is asked of issues' },
      text
    )
  }
})

const piece = fc.oneof(
  fc.constantFrom(
    ...searchKeys.flatMap(({ name, aliases = [] }) => [name, ...aliases]),
    'tags[',
    'browser',
    ']',
    '[',
    ':',
    '"',
    '\\',
    '*',
    '!',
    '-',
    '(',
    ')',
    ' OR ',
    ' AND ',
    ' NOT ',
    '>',
    '<=',
    ',',
    ' ',
    '\n',
    '24h',
    '2026-01-01',
    '100',
    'error',
    'me'
  ),
  fc.string({ unit: 'binary', maxLength: 5 })
)

t.test('nothing that is typed breaks it, and errors point into the text', async () => {
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 40 }), pieces => {
      const text = pieces.join('').slice(0, searchCharsMax)
      for (const subject of ['issues', 'events'] as const) {
        const parsed = parse(text, subject)
        if (!parsed.ok && (parsed.column < 1 || parsed.column > text.length + 1)) {
          throw new Error(`column ${parsed.column} of ${JSON.stringify(text)}`)
        }
      }
    }),
    { numRuns: 5_000 }
  )
})

t.test('any value comes through quotes as it is', async t => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', minLength: 1, maxLength: 60 }), value => {
      const text = `tags[x]:"${value.replaceAll(/[\\"*]/g, '\\$&')}" level:error`
      const parsed = parse(text)
      const [first, second] = parsed.ok ? termNodes(parsed.query).map(({ term }) => term) : []
      assert.ok(first?.kind === 'tag' && second?.kind === 'level', JSON.stringify(parsed))
      assert.deepEqual(first.patterns, [[value]])
    }),
    { numRuns: 2_000 }
  )
  t.pass()
})
