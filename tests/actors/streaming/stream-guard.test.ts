// Goal: every socket hears what its session still allows, from one query for all; an outage takes nothing away. Method:
// connections are inboxes, the check is a gate, ticks are sent by the test.
import t from 'tap'
import { streamGuard } from '../../../actors/streaming/stream-guard.ts'
import { gated, inbox, keptLog, node, quiet } from '../support.ts'
import type { DashboardMessage } from '../../../actors/streaming/messages.ts'

t.test('asks once for all, and tells each', async t => {
  const mesh = node(t)
  const { log, lines } = keptLog()
  const checks = gated<[string[]], Map<string, ReadonlySet<string>>>()
  const guard = mesh.spawn(streamGuard({ check: checks.run, tickMs: 1_000_000, log }))
  const check = async () => {
    mesh.cast(guard, { type: 'tick' })
    await quiet(mesh)
  }
  await check()
  t.equal(checks.calls.length, 0, 'nobody holds a socket')

  const [one, two, gone] = [inbox<DashboardMessage>(mesh), inbox<DashboardMessage>(mesh), inbox<DashboardMessage>(mesh)]
  for (const [{ pid }, credentialId] of [
    [one, 'a'],
    [two, 'b'],
    [gone, 'c']
  ] as const) {
    mesh.cast(guard, { type: 'watch', pid, credentialId })
  }
  mesh.exit(gone.pid, 'killed')
  await quiet(mesh)
  await check()
  t.same(checks.last().args, [['a', 'b']])
  const late = inbox<DashboardMessage>(mesh)
  mesh.cast(guard, { type: 'watch', pid: late.pid, credentialId: 'd' })
  checks.last().succeed(new Map([['a', new Set(['org'])]]))
  await quiet(mesh)
  t.same(one.take(), [{ type: 'access', organizationIds: new Set(['org']) }])
  t.same(two.take(), [{ type: 'access', organizationIds: null }])
  t.same(late.take(), [], 'it was not asked for yet')

  await check()
  checks.last().fail(new Error('no connection'))
  await check()
  checks.last().fail(new Error('no connection'))
  await quiet(mesh)
  t.same([...one.take(), ...two.take()], [])
  t.match(lines, [/^warn: it cannot be checked/])
  t.equal(lines.length, 1, 'once, not at every tick')
  await check()
  checks.last().succeed(new Map())
  await quiet(mesh)
  t.match(lines.slice(1), [/^info: it is checked again/])
})
