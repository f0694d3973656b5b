// Goal: version 1 never changes again, so that events find the issues that it made. Method: the hashes of events that
// use every rule, as the release with version 1 made them.
import fs from 'node:fs'
import path from 'node:path'
import t from 'tap'
import * as v from 'valibot'
import { fingerprintOfVersion1 } from '../../../../events/grouping/v1/group.ts'
import { normalise } from '../../../../events/normalise.ts'
import { isEvent } from '../../../../events/validate.ts'

const scrub = { enabled: true, fields: [], safeFields: [], ip: 'keep' as const }

function hashOf(event: unknown): string {
  if (!isEvent(event)) throw new Error('no event')
  return fingerprintOfVersion1(normalise(event, 0, scrub).event).slice(0, 16)
}

const faults = path.resolve('tests/events/grouping/faults')
const file = v.object({ events: v.array(v.looseObject({})) })
const frames = [
  { filename: 'lib/router.js', function: 'next', in_app: false },
  { module: 'com.example.Cart$$Lambda$14/0x01', function: 'lambda$add$1', in_app: true },
  { filename: 'cart.3f2a9c1b.js', function: 'async Object.add', in_app: true, lineno: 10 }
]
const events = [
  ...fs
    .readdirSync(faults)
    .flatMap(name => v.parse(file, JSON.parse(fs.readFileSync(path.join(faults, name), 'utf8'))).events),
  {
    exception: [
      { type: 'A', value: 'order 5' },
      { type: 'B', stacktrace: frames }
    ]
  },
  { message: 'order 5 at 2026-11-23 of ann@mail.example', logger: 'shop' },
  { threads: [{ crashed: true, stacktrace: frames }] },
  { csp: { effective_directive: 'script-src', blocked_uri: 'https://cdn.example/a.js' } },
  { threads: [{}], platform: 'node', transaction: '/a' },
  { message: 'm', fingerprint: ['{{ default }}', 'tenant-1'] }
]

const hashes = v.parse(v.array(v.string()), JSON.parse(fs.readFileSync('tests/events/grouping/v1/hashes.json', 'utf8')))

t.test('every event has the hash that it had', async t => t.same(events.map(hashOf), hashes))
