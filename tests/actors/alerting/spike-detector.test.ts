// Goal: spikes are looked for at the start and at every tick, one search at a time, and what escalates is told. Method:
// the search is a gate that the test opens.
import t from 'tap'
import { spikeDetector } from '../../../actors/alerting/spike-detector.ts'
import { gated, keptLog, node, quiet } from '../support.ts'
import type { Escalated, SpikeDetectorMessage } from '../../../actors/alerting/messages.ts'

t.test('searches one at a time, tells what escalates, and goes on after a failure', async t => {
  const mesh = node(t)
  const search = gated<[], Escalated[]>()
  const told: Escalated[] = []
  const { log, lines } = keptLog()
  const pid = mesh.spawn(
    spikeDetector({
      detect: search.run,
      onEscalated: escalated => {
        told.push(escalated)
      },
      tickMs: 1_000_000,
      log
    })
  )
  const tick = async (): Promise<void> => {
    const message: SpikeDetectorMessage = { type: 'tick' }
    mesh.cast(pid, message)
    await quiet(mesh)
  }
  await tick()
  t.equal(search.calls.length, 1)
  search.last().fail(new Error('away'))
  await quiet(mesh)
  await tick()
  search.last().fail(new Error('still away'))
  await quiet(mesh)
  t.match(lines, [/^warn/])
  t.equal(lines.length, 1, 'once for the outage')
  await tick()
  search.last().succeed([
    { projectId: 1, issueIds: ['a'] },
    { projectId: 2, issueIds: ['b'] }
  ])
  await quiet(mesh)
  t.same(told, [
    { projectId: 1, issueIds: ['a'] },
    { projectId: 2, issueIds: ['b'] }
  ])
  await tick()
  t.equal(search.calls.length, 4)
  t.match(lines.slice(1), [/^info: archived issues are searched for spikes again/])
})
