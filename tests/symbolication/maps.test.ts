// Goal: maps of every form are decoded and looked up right; a map that takes too long or too much memory ends its
// thread and nothing else. Method: maps written by hand and a real thread with small limits.
import t from 'tap'
import { mapEvent } from '../../events/symbolication/map-event.ts'
import { normalise } from '../../events/normalise.ts'
import { isEvent } from '../../events/validate.ts'
import { contextOf, originalOf } from '../../events/symbolication/positions.ts'
import { isOfOthers, sourcePath } from '../../events/symbolication/source-names.ts'
import { symbolicator, type SymbolicatorMessage } from '../../actors/symbolication/symbolicator.ts'
import { processName, startMesh, startSupervisor, whenStarted, worker } from '../../mesh/index.ts'
import { isObject, type Frame } from '../../schema/event.ts'
import type { DecodedMap, DecodedOrNot } from '../../schema/symbolication.ts'
import { decodeMap } from '../../services/symbolication/decode-map.ts'
import { mapThread, MapThreadEnded, type MapThread } from '../../services/symbolication/map-thread.ts'

function decoded(map: unknown, prefix = ''): ReturnType<typeof decodeMap> {
  return decodeMap(Buffer.from(prefix + JSON.stringify(map)), false)
}

const plain = {
  version: 3,
  sources: ['webpack://shop/./src/a.js?x1', '../node_modules/lib/b.js'],
  names: ['pay'],
  mappings: 'AAAAA,KCCA;;AACA',
  sourcesContent: ['one\r\ntwo\nthree', null],
  x_google_ignoreList: [1]
}

t.test('a place belongs to the last segment before it on its line', async t => {
  const map = decoded(plain, ")]}'\n")
  t.match(originalOf(map, 0, 0), { source: 0, line: 0, name: 'pay' })
  t.match(originalOf(map, 0, 4), { source: 0, line: 0 })
  t.match(originalOf(map, 0, 5), { source: 1, line: 1, name: '' })
  t.match(originalOf(map, 0, 9_999), { source: 1 })
  t.equal(originalOf(map, 1, 0), null, 'a line without segments')
  t.equal(originalOf(map, 7, 0), null, 'behind the last line')
  t.equal(originalOf(map, -1, 0), null)
  t.strictSame([...map.ignored], [0, 1])
  t.strictSame(contextOf(map, { source: 0, line: 1, name: '' }), { before: ['one'], line: 'two', after: ['three'] })
  t.equal(contextOf(map, { source: 0, line: 3, name: '' }), null)
  t.equal(contextOf(map, { source: 1, line: 0, name: '' }), null, 'a source without its text')
})

const script = 'https://shop.example/a.js'

function frame(colno: number, name = 'x'): Partial<Frame> {
  return { filename: script, function: name, lineno: 1, colno, in_app: true }
}

/** The frames of an event, mapped where they are of the script. */
function mappedFrames(map: DecodedMap, frames: readonly Partial<Frame>[]): readonly Frame[] {
  const value: unknown = { platform: 'javascript', exception: { values: [{ type: 'E', stacktrace: { frames } }] } }
  if (!isEvent(value)) throw new Error('it is an event')
  const { event } = normalise(value, 0, { enabled: false, fields: [], safeFields: [], ip: 'keep' })
  const { event: mapped } = mapEvent(event, ({ url }) =>
    url === script ? { kind: 'map', map, name: '~/a.js.map' } : { kind: 'none', reason: 'not_uploaded' }
  )
  return mapped.exception?.values[0]?.stacktrace?.frames ?? []
}

t.test('a function is called what its caller calls it, and not how', async t => {
  const map = decoded({ ...plain, names: ['pay', 'apply'], mappings: 'AAAAA,KAAKC,KAAK' })
  const frames = mappedFrames(map, [frame(1), frame(6), frame(11)])
  t.strictSame(
    frames.map(each => each.function),
    [undefined, 'pay', undefined]
  )
})

// As @emotion/css, styled-components and Chromium were seen to do it, built by Vite and from its dev server.
t.test('what CSS-in-JS calls is not named after its minified insides, and accessors keep their names', async t => {
  const map = decoded({ ...plain, names: ['e'], mappings: 'ACAAA,KDAK' })
  const [library, interpolation] = mappedFrames(map, [frame(1, 'Xe'), frame(6, '?')])
  t.match(library, { filename: 'node_modules/lib/b.js', in_app: false })
  t.match(interpolation, { filename: 'src/a.js', function: undefined, in_app: true })
  t.match(mappedFrames(map, [frame(1), frame(6, 'get three')])[1], { function: 'get three' })
})

t.test('the engine, and what a dev server serves of installed packages, is not of the application', async t => {
  const served = 'http://localhost:5173/@fs/srv/lib/price.js'
  const frames = mappedFrames(decoded(plain), [
    frame(1),
    { filename: '<anonymous>', function: 'Array.map', in_app: true },
    { ...frame(1), filename: 'http://localhost:5173/node_modules/.vite/deps/@emotion_css.js?v=a8ce4c56' },
    { ...frame(1), filename: '<anonymous>' },
    { ...frame(1), filename: served }
  ])
  t.match(
    frames.map(each => [each.in_app, each.data]),
    [
      [true, { raw: {} }],
      [false, undefined],
      [false, undefined],
      [true, undefined],
      [true, { unmapped: 'not_uploaded' }]
    ]
  )
})

// As @sentry/browser 11 was seen to send them of Chromium, and of stacks in the form of Firefox.
t.test('code that was made at run time is told from files whose map is missing', async t => {
  const reasonsOf = (...names: string[]): unknown[] =>
    mappedFrames(
      decoded(plain),
      names.map(filename => ({ ...frame(1), filename }))
    ).map(({ data }) => (isObject(data) ? data.unmapped : data))
  for (const evaluated of [
    'blob:http://localhost:8080/c380e8fa-3dce-4734-abca-bf35c506c168',
    'webpack-internal:///./src/cart.js',
    'https://shop.example/app.js line 3 > Function',
    'https://shop.example/app.js line 8 > injectedScript',
    'https://shop.example/app.js line 3 > setTimeout handler',
    'widget.js',
    'virtual/widget.js'
  ]) {
    t.strictSame(reasonsOf(script, evaluated), [undefined, 'evaluated'], evaluated)
  }
  for (const file of [
    'https://shop.example/widget.js',
    'webpack://shop/./src/cart.js?',
    '/virtual/widget.js',
    'app:///main.js',
    String.raw`C:\shop\main.js`
  ]) {
    t.strictSame(reasonsOf(script, file), [undefined, 'not_uploaded'], file)
  }
  const shortened = ['main.js', 'src/cart.js', 'index.android.bundle']
  t.strictSame(
    reasonsOf(...shortened),
    shortened.map(() => 'not_uploaded'),
    'names of an SDK that sends no addresses'
  )
})

t.test('sections are one map', async t => {
  const section = (line: number, source: string) => ({
    offset: { line, column: 0 },
    map: { version: 3, sources: [source], names: [], mappings: 'AAAA', sourcesContent: [source] }
  })
  const map = decoded({ version: 3, sections: [section(0, 'a.js'), section(5, 'b.js')] })
  t.equal(map.sourceNames[originalOf(map, 0, 3)?.source ?? -1], 'a.js')
  t.equal(map.sourceNames[originalOf(map, 5, 3)?.source ?? -1], 'b.js')
})

t.test('what is no map throws; sources that are not there are none', async t => {
  for (const text of ['', '{', '[]', '{"version":3}', '{"version":3,"sources":[],"mappings":7}']) {
    t.throws(() => decodeMap(Buffer.from(text), false), text)
  }
  t.throws(() => decodeMap(Buffer.from('no reference'), true))
  t.equal(originalOf(decoded({ version: 3, sources: [], names: [], mappings: 'AAAA' }), 0, 0), null)
  const odd = decoded({ ...plain, sources: ['a\0\ud800.js', null] })
  t.equal(odd.sourceNames[0], 'a\ufffd.js')
})

t.test('names of bundlers become paths, and what is of others is known', async t => {
  for (const [source, path] of [
    ['webpack://shop/./src/cart.js?a1b2', 'src/cart.js'],
    ['webpack:///./src/cart.js', 'src/cart.js'],
    ['webpack-internal:///./src/cart.js', 'src/cart.js'],
    ['turbopack:///[project]/src/cart.tsx', 'src/cart.tsx'],
    ['../../src/cart.js', 'src/cart.js'],
    ['/@fs/srv/shop/src/cart.js', '/srv/shop/src/cart.js'],
    ['http://localhost:5173/src/cart.js', '/src/cart.js'],
    ['src/cart.js', 'src/cart.js'],
    ['/srv/shop/src/cart.ts', '/srv/shop/src/cart.ts']
  ] as const) {
    t.equal(sourcePath(source), path)
  }
  for (const path of [
    'node_modules/a/b.js',
    'webpack/bootstrap',
    '~/react/index.js',
    'x/@sentry/core/a.js',
    'vite/preload-helper.js'
  ]) {
    t.ok(isOfOthers(path), path)
  }
  for (const path of ['src/webpack.ts', 'src/vite.ts', 'a/node_modules.js']) t.notOk(isOfOthers(path), path)
})

const good = { bytes: Buffer.from(JSON.stringify(plain)), form: 'map' } as const
/** Segments by the million: decoded, they take a hundred times their bytes. */
const poison = {
  bytes: Buffer.from(JSON.stringify({ ...plain, mappings: 'AAAA,'.repeat(4_000_000) })),
  form: 'map'
} as const

t.test('a map beyond the memory of a thread ends the thread, and the next map gets another', async t => {
  const thread = mapThread({ memoryMbMax: 32, jobMsMax: 60_000 })
  t.teardown(() => thread.end())
  t.match(await thread.decode(good), { ok: true })
  await t.rejects(
    thread.decode(poison),
    new MapThreadEnded(
      'a source map ended its thread: Worker terminated due to reaching memory limit: JS heap out of memory',
      true
    )
  )
  t.match(await thread.decode(good), { ok: true })
  t.match(await thread.decode({ bytes: Buffer.from('{'), form: 'map' }), { ok: false, reason: 'map_broken' })
})

t.test('a map beyond its time ends the thread', async t => {
  const thread = mapThread({ memoryMbMax: 512, jobMsMax: 1 })
  t.teardown(() => thread.end())
  await t.rejects(thread.decode(poison), new MapThreadEnded('a source map took more than 1 ms', true))
})

t.test('a process whose thread ended tells its sender, and comes back with another thread', async t => {
  const mesh = startMesh({ name: 'test' })
  const name = processName<SymbolicatorMessage>('symbolicator')
  let started = 0
  const startThread = (): MapThread => {
    started += 1
    const isPoisoned = started === 1
    return {
      decode: async () => {
        if (isPoisoned) throw new MapThreadEnded('too large', true)
        return { ok: true, map: decoded(plain) }
      },
      end: () => {}
    }
  }
  const isTooLarge = (error: unknown): boolean => error instanceof MapThreadEnded && error.isTooLarge
  const child = { id: 'one', name, start: () => worker(symbolicator({ startThread, isTooLarge, waitingMax: 4 })) }
  const root = startSupervisor(mesh, { id: 'root', strategy: 'one_for_one', children: [child] })
  t.teardown(() => mesh.exit(root, 'shutdown'))
  await whenStarted(mesh, root)
  const before = mesh.whereis(name)
  const ask = () =>
    mesh.call<SymbolicatorMessage, DecodedOrNot | null>(name, replyTo => ({ type: 'decode', job: good, replyTo }))
  t.strictSame(await ask(), { ok: false, reason: 'map_too_large' })
  for (;;) {
    const now = mesh.whereis(name)
    if (now !== undefined && now !== before && started === 2) break
    await new Promise(resolve => {
      setImmediate(resolve)
    })
  }
  t.match(await ask(), { ok: true })
})
