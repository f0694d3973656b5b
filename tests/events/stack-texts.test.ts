// Goal: stack texts of seven languages become the frames that an SDK of the language would send, with causes.
// Method: texts that programs of these languages wrote (those of .NET, Firefox and PHP's OpenTelemetry by hand), each
// as one line a frame.
import fs from 'node:fs'
import path from 'node:path'
import t from 'tap'
import {
  isStackPlatform,
  parseStackText,
  platformOfText,
  type StackPlatform,
  type TextException
} from '../../events/stack-texts/parse.ts'

/** The texts of a language, which stand between lines of `=`. */
function texts(name: string): string[] {
  return fs.readFileSync(path.resolve(`tests/events/stack-texts/${name}.txt`), 'utf8').split(/^={5,6}\n/m)
}

/** `Type: value`, then a line a frame, oldest first; frames of others begin with `-`. */
function shown({ type, value, frames }: TextException): string[] {
  return [
    `${type}: ${value}`,
    ...frames.map(({ in_app: own, module, function: name, filename, lineno, colno }) =>
      [own === true ? '' : '- ', module ? `${module}.` : '', name ?? '?', ` ${filename ?? ''}`]
        .concat([lineno, colno].flatMap(number => (number == null ? [] : [`:${number}`])))
        .join('')
    )
  ]
}

function parsed(name: string, platform: StackPlatform, index = 0): string[][] {
  return parseStackText(texts(name)[index] ?? '', platform).map(shown)
}

t.test('Python: causes and contexts in the order in which they were raised, with lines of source', async t => {
  const [, pay, gone] = parsed('python', 'python')
  t.strictSame(pay, [
    'RuntimeError: cannot pay\nsecond line',
    'run /srv/shop/cart.py:13',
    'pay /srv/shop/cart.py:4',
    '<listcomp> /srv/shop/cart.py:4',
    'add /srv/shop/cart.py:11'
  ])
  t.strictSame(gone, ["KeyError: 'gone'", '<module> /srv/shop/cart.py:17', 'run /srv/shop/cart.py:15'])
  const [cause] = parseStackText(texts('python')[0] ?? '', 'python')
  t.match(cause, { type: 'json.decoder.JSONDecodeError' })
  t.match(cause?.frames.at(-1), { filename: 'json/decoder.py', in_app: false, context_line: /raw_decode|scan_once/ })
  t.equal(parsed('python', 'python', 1)[0]?.[0], 'RecursionError: maximum recursion depth exceeded')
})

t.test('Python: a group is taken without its members; an exception may have no value, code no file', async t => {
  t.strictSame(parsed('python', 'python', 2), [
    ['ExceptionGroup: two (2 sub-exceptions)', '<module> /srv/shop/cart.py:25']
  ])
  const { frames, ...silent } = parseStackText(texts('python')[2]?.split('\n\n').at(-2) ?? '', 'python')[0] ?? {}
  t.strictSame(silent, { type: 'Silent', value: '' })
  t.equal(frames?.length, 1)
})

t.test('Node.js: methods, async, accessors, evaluated code, messages of several lines', async t => {
  t.strictSame(parsed('node', 'node')[0], [
    "SyntaxError: Expected property name or '}' in JSON at position 1",
    'main /srv/shop/cart.js:4:9',
    'Cart.pay /srv/shop/cart.js:1:54',
    'Cart.add /srv/shop/cart.js:2:23',
    '- Array.map <anonymous>',
    '? /srv/shop/cart.js:2:37',
    '- JSON.parse <anonymous>'
  ])
  t.strictSame(parsed('node', 'node', 2)[0], [
    'TypeError: multi\n  at line (is no frame)',
    'main /srv/shop/cart.js:5:42',
    'get total [as total] /srv/shop/cart.js:2:70'
  ])
  t.strictSame(parsed('node', 'node', 3)[0]?.at(-1), 'sneaky /srv/shop/cart.js:6:9')
  t.strictSame(parsed('node', 'node', 4)[0]?.slice(-1), ['- Object.openSync node:fs:573:18'])
})

t.test('Firefox and Safari write the name before the place', async t => {
  t.strictSame(parsed('firefox', 'javascript'), [
    [
      ': ',
      '? https://shop.example/assets/cart.js:30:1',
      'load/< https://shop.example/assets/cart.js:20:5',
      'pay https://shop.example/assets/cart-B3xK9a_Q.js:10:12'
    ]
  ])
})

t.test('Java: causes have the frames that they share, and what was suppressed is left out', async t => {
  const [cause, main, ...others] = parsed('java', 'java')
  t.strictSame(others, [])
  t.equal(cause?.[0], 'java.lang.NumberFormatException: For input string: "x"')
  t.strictSame(cause?.slice(-8), [
    'Cart.main Cart.java:7',
    'Cart.pay Cart.java:4',
    '- java.lang.Iterable.forEach Iterable.java:75',
    'Cart.lambda$pay$0 Cart.java:4',
    'Cart.add Cart.java:5',
    '- java.lang.Integer.parseInt Integer.java:786',
    '- java.lang.Integer.parseInt Integer.java:668',
    '- java.lang.NumberFormatException.forInputString NumberFormatException.java:67'
  ])
  t.equal(main?.[0], 'Cart$PayException: cannot pay\nsecond line')
  t.equal(main?.at(-1), 'Cart.add Cart.java:5')
})

t.test('Go: what happened before the panic, without what caught it', async t => {
  t.strictSame(parsed('go', 'go'), [
    [
      ': ',
      'main.main main.go:3',
      'example.com/shop/cart.(*Cart[...]).Pay cart.go:6',
      'example.com/shop/cart.(*Cart[...]).add cart.go:8',
      'example.com/shop/cart.(*Cart[...]).add.func2 cart.go:8'
    ]
  ])
  t.strictSame(parsed('go', 'go', 1), [[': ', 'main.main.func1 main.go:3', 'example.com/shop/cart.Stack cart.go:9']])
})

t.test('Ruby: messages with causes, and backtraces alone', async t => {
  const [cause, main] = parsed('ruby', 'ruby')
  t.strictSame(main, [
    'ArgumentError: cannot pay\nsecond line',
    '<main> cart.rb:11',
    'all cart.rb:9',
    'pay cart.rb:3',
    'map cart.rb:3',
    'block in pay cart.rb:3',
    'add cart.rb:4',
    'rescue in add cart.rb:7'
  ])
  t.match(cause?.[0], /^JSON::ParserError: /)
  t.equal(cause?.at(-1), '- parse json/common.rb:216')
  t.strictSame(parsed('ruby', 'ruby', 2)[0]?.slice(1), main?.slice(1))
})

t.test('.NET: inner exceptions, constructors, generated names', async t => {
  t.strictSame(parsed('dotnet', 'csharp'), [
    [
      "System.FormatException: The input string 'x' was not in a correct format.",
      'Shop.Cart.<>c.<PayAsync>b__3_0 Cart.cs:14',
      '- System.Int32.Parse ',
      '- System.Number.ThrowFormatException[TChar] '
    ],
    [
      'System.InvalidOperationException: Cannot pay',
      '- Microsoft.AspNetCore.Routing.EndpointMiddleware.<Invoke>g__AwaitRequestTask|7_0 ',
      'Program.<Main>$ Program.cs:4',
      'Shop.Cart..ctor Cart.cs:3',
      'Shop.Cart.PayAsync Cart.cs:18'
    ]
  ])
})

t.test('PHP: a frame says where in a function it is, in each of the three forms', async t => {
  const frames = [
    '? /srv/shop/cart.php:7',
    'App\\go /srv/shop/cart.php:6',
    'App\\Cart::all /srv/shop/cart.php:5',
    'App\\Cart::pay /srv/shop/cart.php:3',
    '- array_map [internal]',
    'App\\Cart::App\\{closure} /srv/shop/cart.php:3'
  ]
  t.strictSame(parsed('php', 'php'), [[': ', ...frames, 'App\\Cart::add ']])
  t.strictSame(parsed('php', 'php', 1), [
    ['LogicException: inner', ...frames, 'App\\Cart::add /srv/shop/cart.php:4'],
    ['RuntimeException: cannot pay\nsecond line', ...frames, 'App\\Cart::add /srv/shop/cart.php:4']
  ])
  t.strictSame(parsed('php', 'php', 2), [
    ['LogicException: inner', '? index.php:24', 'App::inner cart.php:9'],
    ['App\\PayException: cannot pay', '? index.php:24', 'App\\Cart::add cart.php:11']
  ])
})

t.test('texts tell their language', async t => {
  for (const [name, platform] of [
    ['python', 'python'],
    ['node', 'node'],
    ['firefox', 'node'],
    ['java', 'java'],
    ['go', 'go'],
    ['ruby', 'ruby'],
    ['dotnet', 'csharp'],
    ['php', 'php']
  ] as const) {
    t.equal(platformOfText(texts(name)[0] ?? ''), platform, name)
  }
  t.equal(platformOfText('Segmentation fault'), null)
  t.notOk(isStackPlatform('constructor'))
})

t.test('what is no stack gives nothing, in any language', async t => {
  for (const platform of ['python', 'node', 'java', 'go', 'ruby', 'csharp', 'php'] as const) {
    for (const text of ['', 'no stack at all', '\n\n\n', 'Traceback (most recent call last):', '#0', 'at ', '\u0000']) {
      t.strictSame(parseStackText(text, platform), [], `${platform} ${JSON.stringify(text)}`)
    }
  }
})
