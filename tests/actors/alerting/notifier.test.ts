// Goal: what is due is sent and its end written down, so many at once and no more, whatever fails. Method: claiming,
// sending and settling are gates that the test opens.
import t from 'tap'
import { notifier } from '../../../actors/alerting/notifier.ts'
import type { DeliveryResult } from '../../../schema/alerts.ts'
import type { Delivery } from '../../../services/alerts/deliveries.ts'
import { gated, keptLog, node, quiet } from '../support.ts'
import type { NotifierMessage } from '../../../actors/alerting/messages.ts'

function delivery(id: string, projectId = 1): Delivery {
  return {
    projectId,
    action: { type: 'slack', url: 'https://hooks.example.com' },
    attempt: 3,
    createdAt: new Date(0),
    notification: {
      deliveryId: id,
      isTest: false,
      isResolution: false,
      project: { id: String(projectId), slug: 'web', name: 'Web', organization: 'acme' },
      rule: { id: 'rule', name: 'Rule', kind: 'new_issue' },
      alerts: [],
      alertCount: 0
    }
  }
}

function world(t: Parameters<typeof node>[0]) {
  const mesh = node(t)
  const { log, lines } = keptLog()
  const claim = gated<[{ max: number; busy: number[] }], Delivery[]>()
  const send = gated<[Delivery], DeliveryResult>()
  const settle = gated<[Delivery, DeliveryResult], boolean>()
  const pid = mesh.spawn(
    notifier({
      claim: claim.run,
      send: send.run,
      settle: settle.run,
      inFlightMax: 5,
      ofProjectMax: 2,
      tickMs: 1_000_000,
      log
    })
  )
  const after = async (act: () => void): Promise<void> => {
    await quiet(mesh)
    act()
    await quiet(mesh)
  }
  return {
    claim,
    send,
    settle,
    lines,
    after,
    tick: () =>
      after(() => {
        const message: NotifierMessage = { type: 'tick' }
        mesh.cast(pid, message)
      })
  }
}

const success: DeliveryResult = { ok: true, detail: '', isFinal: false }

t.test('sends what it claims, and writes down how each ended', async t => {
  const { claim, send, settle, after } = world(t)
  await after(() => {})
  await after(() => claim.last().succeed([delivery('a'), delivery('b', 2)]))
  t.same(
    send.calls.map(({ args: [{ notification }] }) => notification.deliveryId),
    ['a', 'b']
  )
  await after(() => send.calls[1]?.succeed(success))
  t.match(settle.last().args, [{ notification: { deliveryId: 'b' } }, success])
})

t.test('takes no more than there is room for, and nothing of a project that has enough on its way', async t => {
  const { claim, send, settle, after, tick } = world(t)
  await after(() => {})
  await after(() => claim.last().succeed([delivery('a'), delivery('b'), delivery('c', 2)]))
  await tick()
  t.same(claim.last().args, [{ max: 2, busy: [1] }])
  await tick()
  t.equal(claim.calls.length, 2, 'one question at a time')
  await after(() => claim.last().succeed([delivery('d', 3), delivery('e', 4)]))
  await tick()
  t.equal(claim.calls.length, 2, 'there is no room')
  await after(() => send.calls[0]?.succeed(success))
  await tick()
  t.equal(claim.calls.length, 2, 'one is on its way until its end is written down')
  await after(() => settle.last().succeed(false))
  await tick()
  t.same(claim.last().args, [{ max: 1, busy: [] }])
})

t.test('what was given up is told, what cannot be written down too, and both are over', async t => {
  const { claim, send, settle, lines, after, tick } = world(t)
  await after(() => {})
  await after(() => claim.last().succeed([delivery('a'), delivery('b', 2)]))
  await after(() => send.calls[0]?.succeed({ ok: false, detail: 'answered 500', isFinal: false }))
  await after(() => settle.last().succeed(true))
  await after(() => send.calls[1]?.succeed(success))
  await after(() => settle.last().fail(new Error('away')))
  t.match(lines, [
    /warn: a notification by slack was given up after 3 attempts: answered 500/,
    /warn: the result of a delivery cannot be recorded/
  ])
  await tick()
  t.same(claim.last().args, [{ max: 5, busy: [] }])
})

t.test('an outage is told once and waited for', async t => {
  const { claim, lines, after, tick } = world(t)
  await after(() => {})
  for (let round = 0; round < 3; round++) {
    await after(() => claim.last().fail(new Error('away')))
    await tick()
  }
  await after(() => claim.last().succeed([]))
  t.match(lines, [/^warn: notifications cannot be read/, /^info: notifications are delivered again/])
})
