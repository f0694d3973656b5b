// Goal: dashboards hear of every change of an alert once, however late its transaction becomes visible, and of none
// from before the start. Method: readings of the database that the test makes up; its clock is theirs.
import t from 'tap'
import { alertWatcher } from '../../../actors/alerting/alert-watcher.ts'
import type { AlertItem } from '../../../schema/api/alerts.ts'
import type { ChangedAlert } from '../../../services/alerts/fired.ts'
import { gated, keptLog, node, quiet } from '../support.ts'
import type { AlertWatcherMessage } from '../../../actors/alerting/messages.ts'

const start = Date.parse('2026-11-23T12:00:00Z')
const at = (ms: number): Date => new Date(start + ms)

function changed(id: string, ms: number): ChangedAlert {
  const item: AlertItem = {
    id,
    project: '1',
    rule: { id: 'rule', name: 'Rule' },
    type: 'new_issue',
    status: 'active',
    value: null,
    threshold: null,
    window_minutes: null,
    of: null,
    issue: null,
    event_id: null,
    fired_at: at(ms).toISOString(),
    acknowledged_at: null,
    acknowledged_by: null,
    resolved_at: null,
    resolved_by: null
  }
  return { projectId: 1, changedAt: at(ms), item }
}

function world(t: Parameters<typeof node>[0]) {
  const mesh = node(t)
  const { log, lines } = keptLog()
  const read = gated<[Date | null], { now: Date; changed: ChangedAlert[] }>()
  const told: string[] = []
  const pid = mesh.spawn(
    alertWatcher({
      read: read.run,
      tell: ({ item }) => {
        told.push(item.id)
      },
      tickMs: 1_000_000,
      backMs: 10_000,
      readMax: 3,
      log
    })
  )
  const answer = async (ms: number, ...alerts: ChangedAlert[]): Promise<void> => {
    await quiet(mesh)
    read.last().succeed({ now: at(ms), changed: alerts })
    await quiet(mesh)
  }
  const tick = async (): Promise<void> => {
    const message: AlertWatcherMessage = { type: 'tick' }
    mesh.cast(pid, message)
    await quiet(mesh)
  }
  return { mesh, read, told, lines, answer, tick }
}

t.test('looks a little further back than it has seen, and tells nothing twice', async t => {
  const { read, told, answer, tick } = world(t)
  await answer(0)
  t.same(read.last().args, [null])
  await tick()
  t.same(read.last().args, [at(-10_000)])
  await answer(5_000, changed('a', 4_000))
  await tick()
  await answer(6_000, changed('late', 3_000), changed('a', 4_000))
  await tick()
  await answer(7_000, changed('late', 3_000), changed('a', 6_500))
  t.same(told, ['a', 'late', 'a'])
  await tick()
  await answer(60_000)
  await tick()
  t.same(read.last().args, [at(50_000)])
})

t.test('a full page is followed by the next', async t => {
  const { read, told, answer, tick } = world(t)
  await answer(0)
  await tick()
  await answer(5_000, changed('a', 1_000), changed('b', 1_001), changed('c', 1_002))
  await tick()
  t.same(read.last().args, [at(1_002)])
  await answer(5_000, changed('d', 1_003))
  t.same(told, ['a', 'b', 'c', 'd'])
})

t.test('an outage and its end are logged once, and what happened meanwhile is told after it', async t => {
  const { mesh, read, told, lines, answer, tick } = world(t)
  await answer(0)
  for (let round = 0; round < 2; round++) {
    await tick()
    read.last().fail(new Error('away'))
    await quiet(mesh)
  }
  await tick()
  await answer(90_000, changed('a', 30_000))
  t.same(told, ['a'])
  t.same(lines, ['warn: alerts cannot be read for the live stream', 'info: alerts are read for the live stream again'])
})
