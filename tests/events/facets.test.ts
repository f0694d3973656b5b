// Goal: facets are what an event says of itself, from the best source of each, bounded and without surprises, whatever
// a client sends. Method: events through prepareEvent, as SDKs send them; User-Agents of common browsers; hostile ones
// made of the pieces that parsers look for.
import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { prepareEvent } from '../../events/prepare.ts'
import { agentOf } from '../../events/user-agents.ts'
import { facetRank, facets } from '../../schema/facets.ts'
import { limits } from '../../schema/limits.ts'
import type { PreparedEvent, ProjectSettings } from '../../schema/pipeline.ts'

const project: ProjectSettings = {
  projectId: 1,
  retentionDays: 30,
  sampleRate: 1,
  rateLimitPerMinute: null,
  scrub: { enabled: true, fields: [], safeFields: [], ip: 'keep' }
}

function prepared(event: Record<string, unknown>): PreparedEvent {
  const result = prepareEvent(
    { message: 'x', ...event },
    { id: '019ab000-0000-7000-8000-000000000001', receivedAt: 0, project }
  )
  if (result.kind !== 'prepared') throw new Error(JSON.stringify(result))
  return result.event
}

const windowsEdge =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36 ' +
  'Edg/131.0.2903.86'
const phone =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 ' +
  'Mobile/15E148 Safari/604.1'

t.test('an event that says nothing has none', async t => {
  t.same(prepared({}).facets, {})
  t.equal(prepared({}).stack, undefined)
})

t.test('each facet comes from its part of the event', async t => {
  const event = prepared({
    transaction: 'POST /cart',
    server_name: 'web-1',
    logger: 'app',
    sdk: { name: 'sentry.javascript.node', version: '11' },
    exception: {
      values: [
        { type: 'TimeoutError', value: 'late' },
        { type: 'CartError', value: 'lost', mechanism: { type: 'onerror', handled: false } }
      ]
    },
    request: {
      method: 'post',
      url: 'https://shop.example.com/cart?item=7#top',
      headers: { 'user-AGENT': windowsEdge }
    },
    contexts: { runtime: { name: 'node', version: 'v22.1.0' } }
  })
  t.same(event.facets, {
    'error.type': 'CartError',
    handled: 'no',
    mechanism: 'onerror',
    transaction: 'POST /cart',
    url: 'https://shop.example.com/cart',
    'http.method': 'POST',
    browser: 'Microsoft Edge 131.0',
    'browser.name': 'Microsoft Edge',
    os: 'Windows 10',
    'os.name': 'Windows',
    runtime: 'node v22.1.0',
    server_name: 'web-1',
    logger: 'app',
    'sdk.name': 'sentry.javascript.node'
  })
  t.same(event.stack?.cause, ['TimeoutError'])
  for (const name of Object.keys(event.facets ?? {})) t.type(facetRank(name), 'number', name)
})

t.test('contexts count before the User-Agent, tags of the client before both', async t => {
  const { facets, tags } = prepared({
    tags: { 'browser.name': 'Old', url: '/mine' },
    request: { url: 'https://example.com/', headers: [['User-Agent', phone]] },
    contexts: { browser: { name: 'Firefox', version: 140 }, device: { name: "Ann's phone", family: 'Pixel' }, os: {} }
  })
  t.same(tags, { 'browser.name': 'Old', url: '/mine' })
  t.same(facets, { browser: 'Firefox 140', os: 'iOS 17.5', 'os.name': 'iOS', device: 'Pixel' })
  t.match(prepared({ request: { headers: { 'User-Agent': phone } } }).facets, {
    device: 'iPhone',
    browser: 'Safari 17.5'
  })
})

t.test('programs that are no browsers have no device and no system', async t => {
  for (const agent of ['curl/8.5.0', 'python-requests/2.31.0', 'node', 'okhttp/4.9.0', '-', ' ']) {
    t.same(prepared({ request: { headers: { 'User-Agent': agent } } }).facets, {}, agent)
  }
})

t.test('what has another form than expected is left out', async t => {
  const { facets } = prepared({
    sdk: { name: 7 },
    exception: { type: null, value: 'x', mechanism: { type: {}, handled: 'maybe' } },
    request: { url: { a: 1 }, method: [], headers: [['User-Agent'], 'User-Agent', [{}, {}], ['user-agent', 7]] },
    contexts: { browser: 'Firefox', os: { name: '', version: '1' }, device: [], runtime: { version: '1' } }
  })
  t.same(facets, {})
})

t.test('values are cut like those of tags', async t => {
  const long = 'x'.repeat(5_000)
  const { facets } = prepared({
    transaction: long,
    request: { url: `https://example.com/${long}?secret=1`, method: long },
    contexts: { os: { name: long, version: long } },
    exception: { type: long, value: 'x', mechanism: { type: long, handled: true } }
  })
  for (const [name, value = ''] of Object.entries(facets ?? {})) t.ok(value.length <= limits.tagValueCharsMax, name)
  t.equal(Object.keys(facets ?? {}).length, 8)
})

t.test('hostile User-Agents: any text gives short texts, the same each time', async t => {
  const piece = fc.oneof(
    fc.constantFrom(
      ...'Mozilla/5.0 |(|)|; |Android |Trident/|Version/|1.|CPU iPhone OS |_1| like Mac OS X|NT |rv:'.split('|')
    ),
    fc.string({ unit: 'binary', maxLength: 5 })
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 300 }), pieces => {
      const { browser, os, device } = agentOf(pieces.join(''))
      for (const text of [browser.name, browser.version, os.name, os.version, device]) {
        if (text.length > limits.tagValueCharsMax) throw new Error(text)
      }
      assert.deepStrictEqual(agentOf(pieces.join('')), { browser, os, device })
    }),
    { numRuns: 500 }
  )
  // A megabyte is read no further than its beginning: quadratic work on it would never end.
  for (const part of ['Version/1.', '1.', '(', ' ', 'Android ', '_1']) {
    t.type(agentOf(part.repeat(100_000)).device, 'string')
  }
})

t.test('names of the frames of the application that are nearest to the crash, each once', async t => {
  const frame = (name: string, isInApp: boolean | null = true) => ({
    filename: `${name}.py`,
    function: name,
    module: `m.${name}`,
    in_app: isInApp
  })
  const frames = [...'abcdefgh'].map(name => frame(name))
  const deep = prepared({
    exception: { type: 'E', value: 'x', stacktrace: { frames: [...frames, frame('h'), frame('lib', false)] } }
  })
  const nearest = [...'hgfedcba'].slice(0, limits.stackNamesMax)
  t.same(deep.stack, {
    filename: nearest.map(name => `${name}.py`),
    function: nearest,
    module: nearest.map(name => `m.${name}`),
    cause: []
  })
  const foreign = prepared({ stacktrace: { frames: [{ abs_path: '/lib/a.so', function: '?' }, frame('main', null)] } })
  t.same(foreign.stack, { filename: ['main.py', '/lib/a.so'], function: ['main'], module: ['m.main'], cause: [] })
  const long = prepared({ stacktrace: [{ function: 'x'.repeat(1_000) }] })
  t.equal(long.stack?.function[0]?.length, limits.stackNameCharsMax)
})

t.test('names of facets are those of tags, and unlike each other', async t => {
  t.equal(new Set(facets.map(({ name }) => name)).size, facets.length)
  t.notOk(facets.some(({ name }) => !/^[\w.:-]{1,200}$/.test(name)))
  t.equal(facetRank('constructor'), undefined)
})
