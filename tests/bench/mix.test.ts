// Goal: the events of the load are what the benchmark says they are, and the same in every run.
// Method: one mix of the size that the load uses, counted; requests are written and read back as HTTP.
import t from 'tap'
import { buildMix, zipfSample } from '../../bench/load/mix.ts'
import { buildRequests, markerOf, writeRequest } from '../../bench/load/requests.ts'
import { scattered } from '../../bench/load/random.ts'

const options = { seed: 1, count: 8_192, projects: 5, nowMs: Date.UTC(2030, 0, 1) }
const mix = buildMix(options)
const keys = ['a', 'b', 'c', 'd', 'e'].map(letter => letter.repeat(32))

t.test('events have 1.4 to 1.6 KB, five projects and a thousand issues', async t => {
  const bytes = mix.reduce((sum, { json }) => sum + Buffer.byteLength(json), 0) / mix.length
  t.ok(bytes > 1_400 && bytes < 1_600, `${bytes} bytes`)
  t.equal(new Set(mix.map(({ project }) => project)).size, 5)
  t.equal(new Set(mix.map(({ issue }) => issue)).size, 1_000)
})

t.test('every issue stays in its project and is told apart by a function of its own', async t => {
  const functions = new Map<string, number>()
  t.ok(
    mix.every(({ issue, project, json }) => {
      const name = /"function":"\w+Case([a-z]+)"/.exec(json)?.[1] ?? ''
      const first = functions.get(name) ?? issue
      functions.set(name, first)
      return first === issue && project === issue % 5
    })
  )
  t.equal(functions.size, 1_000)
})

t.test('half of the events carry an id of their own', async t => {
  t.equal(mix.filter(({ json }) => 'event_id' in JSON.parse(json)).length, mix.length / 2)
})

t.test('ten releases, three environments, 8 to 12 frames and five tags', async t => {
  const events = mix.map(({ json }) => JSON.parse(json))
  t.equal(new Set(events.map(event => event.release)).size, 10)
  t.equal(new Set(events.map(event => event.environment)).size, 3)
  t.ok(events.every(event => Object.keys(event.tags).length === 5))
  const frames = new Set(events.map(event => event.exception.values[0].stacktrace.frames.length))
  t.same(
    [...frames].sort((a, b) => a - b),
    [8, 9, 10, 11, 12]
  )
})

t.test('issues follow the law of Zipf', async t => {
  const sample = zipfSample(1_000, 100_000)
  const ofRank = (rank: number): number => sample.filter(each => each === rank).length
  t.ok(Math.abs(ofRank(0) / ofRank(9) - 10) < 0.1)
  t.equal(ofRank(999) > 0, true)
})

t.test('the same seed gives the same mix, another seed another', async t => {
  t.same(buildMix(options), mix)
  t.not(buildMix({ ...options, seed: 2 })[0]?.json, mix[0]?.json)
})

t.test('requests are complete HTTP with marker, id, user and number of their own', async t => {
  const pool = buildRequests({ mix, host: 'localhost:1', keys, run: 0xabc })
  const target = Buffer.alloc(pool.bytesMax)
  const seen = { markers: new Set<string>(), ids: new Set<string>(), users: new Set<string>() }

  for (let sequence = 0; sequence < 20_000; sequence++) {
    const request = target.toString('utf8', 0, writeRequest(pool, sequence, target))
    const [head = '', body = ''] = request.split('\r\n\r\n')
    const event = JSON.parse(body)
    if (sequence % 1_000 === 0) {
      t.match(head, /^POST \/api\/v1\/events HTTP\/1\.1\r\nHost: localhost:1\r\nX-Mesher-Key: ([a-e])\1{31}\r\n/)
      t.equal(Number(/Content-Length: (\d+)/.exec(head)?.[1]), Buffer.byteLength(body))
      t.equal(event.extra.marker, markerOf(0xabc, sequence))
      t.notMatch(body, /nnnnn|uuuuu/)
    }
    seen.markers.add(event.extra.marker)
    seen.users.add(event.user.id)
    if (event.event_id) seen.ids.add(event.event_id)
  }
  t.equal(seen.markers.size, 20_000)
  t.equal(seen.ids.size, 10_000)
  t.ok(seen.users.size > 8_000)
})

t.test('scattering never maps two numbers to one', async t => {
  t.equal(new Set(Array.from({ length: 100_000 }, (_, sequence) => scattered(sequence))).size, 100_000)
})
