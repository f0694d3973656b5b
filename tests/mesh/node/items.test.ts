// Goal: only well-formed items pass, whatever comes over a link.
// Method: every kind of item as it is sent, then spoiled part by part; fast-check for anything else.
import fc from 'fast-check'
import t from 'tap'
import { isAddress, isExitReason, isItem, kind } from '../../../mesh/node/items.ts'
import type { Item } from '../../../mesh/node/items.ts'

const pid = { node: 'a', incarnation: 1, serial: 5 }

const items: Item[] = [
  [kind.ping],
  [kind.pong],
  [kind.bye],
  [kind.peers, [['b', 'host:1']]],
  [kind.cast, 1, undefined],
  [kind.call, 1, 2, { any: 'thing' }],
  [kind.callFailed, 1, 'overloaded'],
  [kind.callFailed, 1, 'noproc'],
  [kind.forgetCall, 1],
  [kind.reply, 1, null],
  [kind.link, 1, 2],
  [kind.unlink, 1, 2],
  [kind.exit, 0, 2, 'killed', 'request'],
  [kind.exit, 1, 2, { linked: pid, reason: { error: { name: 'Error', message: 'm' } } }, 'link'],
  [kind.started, 1, 2],
  [kind.watch, 1, 2],
  [kind.unwatch, 1],
  [kind.down, 1, 'normal'],
  [kind.spawn, 1, 'name', [], 0, 0],
  [kind.spawned, 1, 2],
  [kind.spawnFailed, 1, 'noproc'],
  [kind.claim, 'name', 1, 5],
  [kind.unclaim, 'name', 1],
  [kind.interest, 'room', true],
  [kind.publish, 'room', 1]
]

/** Parts that are for processes, not for the runtime. */
const free = new Map<number, number>([
  [kind.cast, 2],
  [kind.call, 3],
  [kind.reply, 2],
  [kind.spawn, 3],
  [kind.publish, 2]
])

t.test('every kind of item passes as it is sent, and there is one of each here', async t => {
  for (const item of items) t.equal(isItem(item), true, JSON.stringify(item))
  t.same(new Set(items.map(([tag]) => tag)), new Set(Object.values(kind)))
})

t.test('a part too many, too few or of another type does not pass', async t => {
  for (const item of items) {
    t.equal(isItem([...item, 1]), false)
    t.equal(isItem(item.slice(0, -1)), false)
    for (let part = 0; part < item.length; part++) {
      if (free.get(item[0]) === part) continue
      for (const bad of [{}, NaN, -1, 1.5, '', 'x'.repeat(256), null]) {
        if (isItem(item.map((good: unknown, index) => (index === part ? bad : good)))) {
          t.fail(`${JSON.stringify(item)} with ${JSON.stringify(bad)} as ${part}`)
        }
      }
    }
  }
  fc.assert(fc.property(fc.anything(), value => !isItem(value) || Array.isArray(value)))
})

t.test('reasons have a depth, and texts a length', async t => {
  const nested = (depth: number): unknown => (depth === 0 ? 'killed' : { linked: pid, reason: nested(depth - 1) })
  t.equal(isExitReason(nested(5)), true)
  t.equal(isExitReason(nested(50)), false)
  t.equal(isExitReason({ error: { name: 'Error', message: 'x'.repeat(70_000) } }), false)
  t.equal(isExitReason({ error: { name: 'Error', message: 'm', stack: 5 } }), false)
  t.equal(isExitReason('because'), false)
})

t.test('an address is a host and a port', async t => {
  for (const good of ['localhost:1', '127.0.0.1:65535', '[::1]:4000', 'node-1.example.org:4000', 'my_host:1']) {
    t.equal(isAddress(good), true, good)
  }
  for (const bad of [
    '',
    'host',
    'host:',
    ':1',
    'host:123456',
    'http://host:1',
    'host:1/path',
    'ho st:1',
    'user@host:1',
    '[host]:1',
    'host:1\n'
  ]) {
    t.equal(isAddress(bad), false, bad)
  }
})
