// Goal: the page says what went wrong, in an order that helps, stays short, and no text of an event gets out of its
// block. Method: one ordinary event in full; then events made to break out or to be endless.
import t from 'tap'
import { viewOf } from '../../events/event-view.ts'
import { markdownOf, type MarkdownFacts } from '../../events/markdown.ts'

const facts: MarkdownFacts = {
  title: 'Broke: no money',
  culprit: 'pay.js in charge',
  id: '01a20658-9b80-728a-ab5a-0877193c31cb',
  receivedAt: '2026-11-23T12:00:01.000Z',
  timestamp: '2026-11-23T12:00:00.000Z',
  level: 'error',
  environment: 'production',
  release: 'shop@1.0',
  user: '',
  issue: {
    shortId: 'WEB-1',
    status: 'unresolved',
    eventCount: 12,
    userCount: 3,
    firstSeen: '2026-11-01T00:00:00.000Z',
    lastSeen: '2026-11-23T12:00:00.000Z'
  }
}

function page(event: unknown, about: Partial<MarkdownFacts> = {}): string {
  return markdownOf(viewOf(JSON.stringify(event)), { ...facts, ...about })
}

const seen = 'first seen 2026-11-01T00:00:00.000Z, last seen 2026-11-23T12:00:00.000Z'

t.test('the page of an ordinary event', async t => {
  t.equal(
    page({
      platform: 'node',
      message: 'Payment failed',
      exception: {
        values: [
          { type: 'Timeout', value: 'bank' },
          {
            type: 'Broke',
            value: 'no money',
            mechanism: { handled: false },
            stacktrace: {
              frames: [
                { function: 'main', filename: 'main.js', lineno: 1 },
                {
                  function: 'charge',
                  filename: 'pay.js',
                  lineno: 12,
                  colno: 5,
                  in_app: true,
                  pre_context: ['function charge () {'],
                  context_line: '  throw new Broke()',
                  post_context: ['}']
                }
              ]
            }
          }
        ]
      },
      breadcrumbs: [{ timestamp: 1795435200, category: 'http', message: 'GET /pay', data: { status: 500 } }],
      request: { url: 'https://shop.example/pay' },
      tags: { browser: 'Firefox' },
      notes: [{ path: 'message', message: 'cut' }]
    }),
    `# Broke: no money

- **Level:** \`error\`
- **Culprit:** \`pay.js in charge\`
- **Time:** \`2026-11-23T12:00:00.000Z\`
- **Received:** \`2026-11-23T12:00:01.000Z\`
- **Environment:** \`production\`
- **Release:** \`shop@1.0\`
- **Platform:** \`node\`
- **Event:** \`01a20658-9b80-728a-ab5a-0877193c31cb\`
- **Issue:** \`WEB-1, unresolved: 12 events, 3 users, ${seen}\`

## Message

\`\`\`
Payment failed
\`\`\`

## Exception (not handled)

\`\`\`
Broke: no money
    at charge (pay.js:12:5)
    at main (main.js:1)
\`\`\`

\`at charge (pay.js:12:5)\`

\`\`\`
  11 | function charge () {
> 12 |   throw new Broke()
  13 | }
\`\`\`

## Caused by

\`\`\`
Timeout: bank
\`\`\`

## Breadcrumbs

\`\`\`
2026-11-23T12:00:00.000Z http GET /pay {"status":500}
\`\`\`

## Request

\`\`\`json
{
  "url": "https://shop.example/pay"
}
\`\`\`

## Tags

\`\`\`
browser: Firefox
\`\`\`

## Notes

\`\`\`
message: cut
\`\`\`
`
  )
})

t.test('text of the event cannot end its block or become markup', async t => {
  const evil = '```\n# Injected\n````\n<img src=x onerror=alert(1)> [a](javascript:b)'
  const text = page(
    {
      message: evil,
      tags: { '`': evil },
      transaction: evil,
      exception: { values: [{ type: evil, value: evil }] },
      extra: { [evil]: evil }
    },
    { title: evil, release: '`', user: evil }
  )
  let fence = ''
  for (const line of text.split('\n')) {
    const [mark = ''] = /^`{3,}/.exec(line) ?? []
    if (fence === '' && mark !== '') fence = mark
    else if (line === fence) fence = ''
    else if (fence === '') {
      t.notMatch(line.replaceAll(/(`+)(?:(?!\1).)*\1(?!`)/g, ''), /^# Injected|(?<!\\)<img|(?<!\\)\[a\]/)
    }
  }
  t.equal(fence, '', 'every block has its end')
})

t.test('the page of the largest event is still a page', async t => {
  const long = 'x'.repeat(20_000)
  const frames = Array.from({ length: 250 }, (_, lineno) => ({
    function: long.slice(0, 300),
    filename: 'a.js',
    lineno,
    context_line: long.slice(0, 900),
    in_app: true
  }))
  const text = page({
    message: long,
    exception: { values: Array.from({ length: 50 }, () => ({ type: 'T', value: long, stacktrace: { frames } })) },
    breadcrumbs: Array.from({ length: 100 }, () => ({ message: long, data: { long } })),
    request: { long },
    contexts: { long },
    extra: { long }
  })
  t.ok(text.length < 150_000, `${text.length} characters`)
  t.match(text, '45 more exceptions are left out')
  t.match(text, '190 older frames are left out')
  t.match(text, '(70 older ones are left out)')
})
