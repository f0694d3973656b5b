// Goal: rules are evaluated at hints, polls and ticks, one run of each kind at a time, and none is forgotten. Method:
// both evaluations are gates that the test opens.
import t from 'tap'
import { alertEvaluator } from '../../../actors/alerting/alert-evaluator.ts'
import { gated, keptLog, node, quiet } from '../support.ts'
import type { AlertEvaluatorMessage } from '../../../actors/alerting/messages.ts'

function world(t: Parameters<typeof node>[0]) {
  const mesh = node(t)
  const { log, lines } = keptLog()
  const transitions = gated<[], { more: boolean }>()
  const thresholds = gated<[], void>()
  const pid = mesh.spawn(
    alertEvaluator({
      handleTransitions: transitions.run,
      evaluateThresholds: thresholds.run,
      pollMs: 1_000_000,
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
    transitions,
    thresholds,
    lines,
    after,
    tell: (type: 'hint' | 'poll' | 'tick') =>
      after(() => {
        const message: AlertEvaluatorMessage = { type }
        mesh.cast(pid, message)
      })
  }
}

t.test('evaluates everything at the start', async t => {
  const { transitions, thresholds, after } = world(t)
  await after(() => {})
  t.same([transitions.calls.length, thresholds.calls.length], [1, 1])
})

t.test('what comes during a run is looked at by one more, and the two kinds do not wait for each other', async t => {
  const { transitions, thresholds, after, tell } = world(t)
  for (const type of ['hint', 'poll', 'hint'] as const) await tell(type)
  t.equal(transitions.calls.length, 1)
  await after(() => transitions.last().succeed({ more: false }))
  t.equal(transitions.calls.length, 2)
  await after(() => transitions.last().succeed({ more: false }))
  t.equal(transitions.calls.length, 2)
  t.equal(thresholds.calls.length, 1)
  await after(() => thresholds.last().succeed())
  await tell('tick')
  t.equal(thresholds.calls.length, 2)
})

t.test('goes on at once while more transitions wait', async t => {
  const { transitions, after } = world(t)
  await after(() => transitions.last().succeed({ more: true }))
  t.equal(transitions.calls.length, 2)
})

t.test('a failure is told once and tried again at the next poll or tick', async t => {
  const { transitions, thresholds, lines, after, tell } = world(t)
  for (let round = 1; round <= 3; round++) {
    await after(() => transitions.last().fail(new Error('away')))
    await after(() => thresholds.last().fail(new Error('away')))
    await tell('poll')
    await tell('tick')
    t.same([transitions.calls.length, thresholds.calls.length], [round + 1, round + 1])
  }
  t.equal(lines.filter(line => line.startsWith('warn')).length, 2)
  await after(() => transitions.last().succeed({ more: false }))
  t.match(lines.at(-1), /^info: alert rules on transitions are evaluated again/)
})
