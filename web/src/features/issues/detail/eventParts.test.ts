// Goal: events of any shape become what can be shown, in the order in which people read, and never anything but text.
import { expect, it } from 'vitest'
import {
  beforeEvent,
  crumbsOf,
  curlOf,
  pairsOf,
  rowsOf,
  thrownOf,
  traceOf,
  unmappedIn,
  variablesWith,
  type Frame
} from './eventParts.ts'

const frame = (more: object) => ({ formatted: 'at f', ...more })

it('shows where it happened first, and its causes after it', () => {
  const event = {
    exception: {
      values: [
        { type: 'Cause', value: 'low', stacktrace: null },
        {
          type: 'Error',
          value: null,
          stacktrace: {
            formatted: '',
            frames: [frame({ function: 'main', in_app: true }), frame({ function: 'sum', in_app: false })]
          },
          mechanism: { type: 'generic', handled: false }
        }
      ]
    },
    stacktrace: null
  }
  const [first, second] = thrownOf(event)
  expect(first).toMatchObject({ type: 'Error', value: '', mechanism: 'generic', handled: false })
  expect(first?.trace?.frames.map(({ name }) => name)).toEqual(['sum', 'main'])
  expect(second).toMatchObject({ type: 'Cause', trace: null, handled: null })
})

it('numbers the lines of source around the one that failed', () => {
  const trace = traceOf({
    formatted: '',
    frames: [
      frame({
        filename: 'a.ts',
        lineno: 10,
        colno: 3,
        pre_context: ['8', '9'],
        context_line: '10',
        post_context: ['11'],
        vars: { x: 1 }
      })
    ]
  })
  expect(trace?.frames[0]).toMatchObject({
    place: 'a.ts:10:3',
    at: 'a.ts:10',
    name: '<anonymous>',
    inApp: true,
    variables: [['x', 1]]
  })
  expect(trace?.frames[0]?.source).toEqual(
    [8, 9, 10, 11].map(number => ({ number, text: String(number), isHere: number === 10 }))
  )
})

it('folds runs of library frames', () => {
  const frames = [true, false, false, true, false].map((inApp, key): Frame => ({
    key,
    name: String(key),
    place: '',
    at: '',
    inApp,
    source: [],
    variables: [],
    formatted: '',
    unmapped: null,
    asSent: null,
    file: '',
    line: null,
    column: null,
    address: ''
  }))
  expect(rowsOf(frames, false).map(row => (row.kind === 'frame' ? row.frame.key : row.frames.length))).toEqual([
    0, 2, 3, 1
  ])
  expect(rowsOf(frames, true)).toHaveLength(5)
})

it('tells how long before the event something happened', () => {
  const at = '2026-01-01T00:00:10.000Z'
  expect(beforeEvent(Date.parse(at) - 1_230, at)).toBe('-1.2 s')
  expect(beforeEvent(Date.parse(at) - 300_000, at)).toBe('-5 min')
  expect(beforeEvent(null, at)).toBe('')
  expect(
    crumbsOf({
      breadcrumbs: [
        { timestamp: 1, category: 'ui.click' },
        { message: 4, data: {} }
      ]
    })
  ).toEqual([
    { key: 1, at: null, type: 'default', level: 'info', category: '', message: '4', data: null },
    { key: 0, at: 1_000, type: 'ui', level: 'info', category: 'ui.click', message: '', data: null }
  ])
})

it('writes a request so that a shell takes it literally', () => {
  expect(
    curlOf({
      url: 'http://a/b',
      method: 'post',
      query_string: [['q', "it's"]],
      headers: { 'X-A': '$(rm)', 'Content-Length': '12', host: 'a' },
      data: { a: 1 }
    })
  ).toBe(["curl -X 'POST' 'http://a/b?q=it%27s'", "-H 'X-A: $(rm)'", '--data-raw \'{"a":1}\''].join(' \\\n  '))
  expect(pairsOf('no pairs')).toEqual([])
  expect(curlOf({ url: "x'; rm -rf /" })).toBe("curl 'x'\\''; rm -rf /'")
})

it('shows addresses and registers of native code', () => {
  const trace = traceOf({
    formatted: '',
    registers: { rip: '0x7f3a10', rsp: '0x7ffd' },
    frames: [frame({ function: 'total', instruction_addr: '0x7f3a10', package: '/usr/lib/libcart.so' })]
  })
  expect(trace?.frames[0]?.address).toBe('0x7f3a10 in libcart.so')
  expect(trace?.registers).toEqual([
    ['rip', '0x7f3a10'],
    ['rsp', '0x7ffd']
  ])
})

it('finds variables by name and by what is in them', () => {
  const [found] =
    traceOf({ formatted: '', frames: [frame({ vars: { cart: { items: ['Apple'] }, total: 7 } })] })?.frames ?? []
  if (found === undefined) throw new Error('there is no frame')
  expect(variablesWith(found, 'apple').map(([name]) => name)).toEqual(['cart'])
  expect(variablesWith(found, 'TOT').map(([name]) => name)).toEqual(['total'])
  expect(variablesWith(found, '')).toHaveLength(2)
})

it('tells each reason of minified frames once', () => {
  const minified = (reason: string) => frame({ data: { unmapped: reason } })
  const trace = traceOf({ formatted: '', frames: ['map_broken', 'not_uploaded', 'not_uploaded'].map(minified) })
  expect(unmappedIn([{ trace }, { trace: null }]).map(({ unmapped, count }) => [unmapped.why, count])).toEqual([
    ['no source map uploaded', 2],
    ['source map is broken', 1]
  ])
})
