// Goal: which frames count and what of them, so that the same code has the same components on every machine and in
// every build.
import fc from 'fast-check'
import t from 'tap'
import { frameComponents } from '../../../events/grouping/frames.ts'
import { languageOfPlatform } from '../../../events/grouping/languages/languages.ts'
import type { Frame } from '../../../schema/event.ts'

function componentsOf(
  frames: readonly Frame[],
  platform = '',
  others: { images?: unknown; isOverflow?: boolean } = {}
) {
  return frameComponents(frames, {
    language: languageOfPlatform(platform),
    images: others.images,
    isOverflow: () => others.isOverflow === true,
    marks: null,
    watch: null
  })
}

const frame = fc.record({
  filename: fc.constantFrom('a.js', 'src/b.js', 'c.py', '<anonymous>'),
  function: fc.constantFrom('f', 'g', 'h', '?', 'Object.f'),
  module: fc.constantFrom(undefined, 'shop.cart'),
  in_app: fc.constantFrom(true, false, undefined, null),
  lineno: fc.nat()
})
const frames = fc.array(frame, { maxLength: 60 })

t.test('place and name of a function, one without the other, or nothing', async t => {
  t.same(
    componentsOf([
      { filename: 'src/a.js', function: 'f' },
      { filename: 'src/b.js', function: '?' },
      { function: 'g' },
      { filename: '<anonymous>', function: '<anonymous>' },
      {}
    ]),
    ['frame a.js in f', 'frame b.js', 'frame in g']
  )
  t.same(
    componentsOf([
      { module: 'shop.Cart', filename: 'Cart.java', function: 'add' },
      { module: '', filename: 'a.js' }
    ]),
    ['frame shop.Cart in add', 'frame a.js']
  )
  t.same(componentsOf([]), [])
})

t.test('the line of source counts in languages that send it, folded and not too long', async t => {
  const line = (text: string, platform = 'node') =>
    componentsOf([{ filename: 'a.x', function: 'f', context_line: text }], platform)
  t.same(line('  throw new\t Error("a")  \r\n'), ['frame a.x in f | throw new Error("a")'])
  t.same(line('x', 'python'), ['frame a.x in f | x'])
  t.same(line('x', 'ruby'), ['frame a.x in f | x'])
  t.same(line('x', 'php'), ['frame a.x in f | x'])
  t.same(line('x', 'go'), ['frame a.x in f'])
  t.same(line('x', 'java'), ['frame a.x in f'])
  t.same(line('y'.repeat(200)), [`frame a.x in f | ${'y'.repeat(120)}`])
  t.same(line('{snip} function(a,b){return a} {snip}'), ['frame a.x in f'], 'of minified code')
  t.same(line('y'.repeat(2_000)), ['frame a.x in f'])
  t.same(line('   '), ['frame a.x in f'])
})

t.test('frames of the application alone, if there are any', async t => {
  const mixed: Frame[] = [
    { function: 'a', in_app: false },
    { function: 'b', in_app: true },
    { function: 'c' },
    { function: 'd', in_app: null }
  ]
  t.same(componentsOf(mixed), ['frame in b'])
  t.same(componentsOf(mixed.filter(({ in_app: inApp }) => inApp !== true)), ['frame in a', 'frame in c', 'frame in d'])
})

t.test('machinery is never of the application, and counts only where there is nothing else', async t => {
  const named = (...names: string[]) => names.map(name => ({ function: name, in_app: true }))
  const machinery: Record<string, string[]> = {
    native: [
      'std::rt::lang_start',
      '_start',
      '__libc_start_main',
      'rust_begin_unwind',
      'core::panicking::panic_fmt',
      'sentry_core::capture',
      'sentry_handle_exception',
      '__cxa_throw',
      'abort'
    ],
    go: ['runtime.gopanic', 'runtime.goexit', 'runtime.sigpanic']
  }
  for (const [platform, names] of Object.entries(machinery)) {
    for (const name of names) t.same(componentsOf(named('shop', name), platform), ['frame in shop'], name)
    t.ok(componentsOf(named(...names), platform).length > 0, 'a stack of nothing else still has its frames')
  }
  t.same(
    componentsOf(
      [
        { module: 'main', function: 'Run', in_app: true },
        { module: 'github.com/getsentry/sentry-go', function: '(*Client).Recover', in_app: true },
        { module: 'runtime', function: 'gopanic', in_app: true }
      ],
      'go'
    ),
    ['frame main in Run']
  )
})

t.test('a frame has the language that it says, else that of the event, else that of its file', async t => {
  const name = 'Shop::run(int)'
  t.same(componentsOf([{ function: name, platform: 'native' }], 'javascript'), ['frame in Shop::run'])
  t.same(componentsOf([{ function: 'a.b.run', filename: 'x.js' }], 'other'), ['frame x.js in run'])
  t.same(componentsOf([{ function: 'a.b.run', filename: 'x.py' }]), ['frame x.py in a.b.run'])
  t.same(componentsOf([{ function: 'a.b.run', filename: 'x.js' }], 'javascript-react'), ['frame x.js in run'])
})

t.test('engines of browsers and wrappers of eval say nothing', async t => {
  const plain = [{ filename: 'a.js', function: 'f' }]
  for (const noise of [
    { filename: '[native code]', function: 'map' },
    { filename: 'native code', function: 'Array.prototype.map' },
    { filename: '<anonymous>', function: 'Array.map' },
    { filename: 'eval code', function: 'eval code' },
    { filename: 'a.js', function: 'eval' }
  ]) {
    t.same(componentsOf([...plain, noise], 'javascript'), ['frame a.js in f'], JSON.stringify(noise))
  }
})

t.test('native frames without a name: the image and the address within it', async t => {
  const at = (instruction: unknown, others: object = {}, images?: unknown) =>
    componentsOf([{ instruction_addr: instruction, package: '/usr/lib/libshop.so', ...others }], 'native', { images })
  const images = [{ type: 'elf', image_addr: '0x7f0000400000', image_size: 4_096, code_file: '/usr/lib/libshop.so' }]
  const moved = [{ ...images[0], image_addr: '0x7faa11223000' }]
  t.same(at('0x7f0000400123', {}, images), ['frame libshop.so at 0x123'])
  t.same(at('0x7faa11223123', {}, moved), at('0x7f0000400123', {}, images), 'loaded elsewhere')
  t.same(at('0x7f0000400123', { image_addr: '0x7f0000400000' }), ['frame libshop.so at 0x123'])
  t.same(at('0x123', { addr_mode: 'rel:0' }), ['frame libshop.so at 0x123'])
  t.same(at('0x7f0000400123'), at('0x7faa11223123'), 'pages move, places in them do not')
  t.not(at('0x7f0000400123')[0], at('0x7f0000400124')[0])
  t.same(at(4_660), ['frame libshop.so at …0x234'])
  t.same(at('nonsense'), ['frame libshop.so'])
  t.same(componentsOf([{ instruction_addr: '0x12' }], 'native'), [])
})

t.test('recursion counts once', async t => {
  const recursive = (depth: number) => [
    { function: 'main' },
    ...Array.from({ length: depth }, () => ({ filename: 'a.js', function: 'walk' })),
    { function: 'fail' }
  ]
  t.same(componentsOf(recursive(1)), ['frame in main', 'frame a.js in walk', 'frame in fail'])
  t.same(componentsOf(recursive(5)), componentsOf(recursive(1)))
})

t.test('an overflow of the stack is the functions that repeat, wherever it was caught', async t => {
  const spiral = (names: string, length: number, ...end: string[]) =>
    [...Array.from({ length }, (_, index) => names.charAt(index % names.length)), ...end].map(name => ({
      function: name
    }))
  for (const names of ['a', 'ab', 'abc', 'abcd']) {
    const expected = [...names].map(name => `frame in ${name}`)
    for (const length of [48, 49, 50, 51, 250]) {
      for (const end of [[], ['helper'], ['log', 'format']]) {
        t.same(componentsOf(spiral(names, length, ...end), '', { isOverflow: true }), expected)
      }
    }
  }
  const deep = (length: number, end: string) => componentsOf(spiral('ab', length, end))
  t.same(deep(50, 'fail'), deep(61, 'fail'), 'a deep tree that fails in the end')
  t.notSame(deep(50, 'fail'), deep(50, 'other'))
})

t.test('at most the thirty nearest the crash count', async () => {
  const many = fc.array(fc.record({ function: fc.nat(99).map(number => `f_${number}`), in_app: fc.constant(true) }), {
    maxLength: 80
  })
  fc.assert(
    fc.property(many, many, (older, newer) => {
      const all = componentsOf([...older, ...newer], 'python')
      const alone = componentsOf(newer, 'python')
      return all.length <= 30 && (alone.length < 30 || all.join() === alone.join())
    })
  )
})

t.test('lines, columns and absolute paths never matter', async () => {
  fc.assert(
    fc.property(frames, fc.nat(), fc.string(), (list, number, text) => {
      const moved = list.map(each => ({
        ...each,
        lineno: number,
        colno: number,
        abs_path: text,
        pre_context: [text],
        vars: { text }
      }))
      return componentsOf(moved).join('\n') === componentsOf(list).join('\n')
    })
  )
})

t.test('where the code was checked out does not matter', async () => {
  fc.assert(
    fc.property(frames, list => {
      const moved = list.map(each =>
        each.filename === '<anonymous>' ? each : { ...each, filename: `/srv/deploy/7/${each.filename}` }
      )
      return componentsOf(moved).join('\n') === componentsOf(list).join('\n')
    })
  )
})

t.test('what was remembered of one frame is never taken for another', async t => {
  const frames: ReadonlyArray<readonly [Frame, string]> = [
    [{ module: '<unknown>', filename: 'remembered-a.py', function: 'pay' }, 'frame remembered-a.py in pay'],
    [{ module: '<unknown>', filename: 'remembered-b.py', function: 'pay' }, 'frame remembered-b.py in pay'],
    [{ module: ' ', filename: '\0', function: 'remembered' }, 'frame \0 in remembered'],
    [{ module: ' ', function: 'remembered' }, 'frame in remembered'],
    [{ module: 'remembered/c.py', function: 'pay' }, 'frame remembered/c.py in pay'],
    [{ filename: 'remembered/c.py', function: 'pay' }, 'frame c.py in pay']
  ]
  for (const order of [frames, frames.toReversed()]) {
    for (const [frame, component] of order) t.same(componentsOf([frame], 'python'), [component])
  }
})
