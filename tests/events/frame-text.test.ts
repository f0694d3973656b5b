// Goal: frames and traces read as they do on their platform, whatever a frame lacks or holds.
// Method: one frame in every style; then frames with nothing, and with everything of the wrong type.
import t from 'tap'
import { exceptionHeading, frameText, traceText } from '../../events/frame-text.ts'

const frame = {
  function: 'charge',
  module: 'shop.pay',
  filename: 'src/pay.x',
  lineno: 12,
  colno: 5,
  context_line: '  raise Broke()'
}
const older = { function: 'main', filename: 'src/main.x', lineno: 3 }

t.test('a frame is written as its platform does it', async t => {
  const written = Object.fromEntries(
    ['javascript', 'node', 'python', 'java', 'csharp', 'ruby', 'php', 'go', ''].map(platform => [
      platform,
      frameText(frame, platform)
    ])
  )
  t.same(written, {
    javascript: 'at charge (src/pay.x:12:5)',
    node: 'at charge (src/pay.x:12:5)',
    python: 'File "src/pay.x", line 12, in charge',
    java: 'at shop.pay.charge(src/pay.x:12)',
    csharp: 'at shop.pay.charge in src/pay.x:line 12',
    ruby: "from src/pay.x:12:in 'charge'",
    php: 'src/pay.x(12): shop.pay\\charge()',
    go: 'shop.pay.charge()\n        src/pay.x:12:5',
    '': 'at charge (src/pay.x:12:5)'
  })
  t.equal(
    frameText({ ...frame, platform: 'python' }, 'node'),
    'File "src/pay.x", line 12, in charge',
    'a frame may be of another platform'
  )
})

t.test('Python tells the oldest call first and shows the source, others the newest', async t => {
  t.equal(
    traceText([older, frame], 'Broke: no money', 'python'),
    [
      'Traceback (most recent call last):',
      '  File "src/main.x", line 3, in main',
      '  File "src/pay.x", line 12, in charge',
      '    raise Broke()',
      'Broke: no money'
    ].join('\n')
  )
  t.equal(
    traceText([older, frame], 'Broke: no money', 'node'),
    'Broke: no money\n    at charge (src/pay.x:12:5)\n    at main (src/main.x:3)'
  )
})

t.test('what a frame lacks is left out, and what it should not hold does no harm', async t => {
  const strange = [
    {},
    null,
    undefined,
    7,
    [],
    { function: {}, filename: 5, lineno: 'x', colno: NaN },
    { function: 'a\nb', filename: 'c\r\nd' },
    { lineno: 7 }
  ]
  for (const platform of ['node', 'python', 'java', 'csharp', 'ruby', 'php', 'go']) {
    for (const value of strange) t.match(frameText(value, platform), /\S/)
    t.type(traceText(strange, '', platform), 'string')
  }
  t.equal(frameText({}, 'node'), 'at <anonymous>')
  t.equal(frameText({ function: 'a\nb', filename: 'c' }, 'node'), 'at a b (c)')
})

t.test('a heading has type and value, or whichever there is', async t => {
  t.equal(exceptionHeading({ type: 'A', value: 'b' }), 'A: b')
  t.equal(exceptionHeading({ type: 'A' }), 'A')
  t.equal(exceptionHeading({ value: 'b', type: null }), 'b')
  t.equal(exceptionHeading({ type: {}, value: [] }), '')
})
