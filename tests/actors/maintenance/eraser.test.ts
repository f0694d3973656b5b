// Goal: what was deleted is worked off step by step, one at a time; what is due without anybody asking is looked for
// first, and again later. Method: `step` and `review` are gates; ticks are sent by the test.
import t from 'tap'
import { eraser } from '../../../actors/maintenance/eraser.ts'
import type { ErasureStep } from '../../../services/erasure/steps.ts'
import { gated, keptLog, node, quiet, until } from '../support.ts'
import type { EraserMessage } from '../../../actors/maintenance/messages.ts'

const removing: ErasureStep = { state: 'removing', rows: 100 }
const nothing: ErasureStep = { state: 'none' }

function startEraser(t: Parameters<typeof node>[0]) {
  const mesh = node(t)
  const steps = gated<[], ErasureStep>()
  const reviews = gated<[], void>()
  const { log, lines } = keptLog()
  const pid = mesh.spawn(
    eraser({
      step: steps.run,
      review: reviews.run,
      tickMs: 1_000_000,
      reviewMs: 1_000_000,
      pauseMs: 1,
      now: () => 0,
      log
    })
  )
  return {
    steps,
    reviews,
    lines,
    tell: async (type: 'tick' | 'review') => {
      const message: EraserMessage = { type }
      mesh.cast(pid, message)
      await quiet(mesh)
    },
    reviewed: async () => {
      await quiet(mesh)
      reviews.last().succeed()
      await quiet(mesh)
    },
    stepped: async (step: ErasureStep) => {
      await quiet(mesh)
      steps.last().succeed(step)
      await quiet(mesh)
    },
    fail: async (gate: { last: () => { fail: (error: unknown) => void } }) => {
      await quiet(mesh)
      gate.last().fail(new Error('the connection was refused'))
      await quiet(mesh)
    }
  }
}

t.test('reviews at its start, then takes steps until nothing is left', async t => {
  const { steps, reviews, stepped, reviewed, tell } = startEraser(t)
  await reviewed()
  t.equal(steps.calls.length, 1)
  await stepped(removing)
  await until(() => steps.calls.length === 2)
  await tell('tick')
  t.equal(steps.calls.length, 2, 'a tick does not begin a second one')
  await stepped(nothing)
  await tell('tick')
  t.equal(steps.calls.length, 3)
  t.equal(reviews.calls.length, 1)
})

t.test('tells when a deletion is complete', async t => {
  const { steps, lines, stepped, reviewed } = startEraser(t)
  await reviewed()
  await stepped({ state: 'finished', kind: 'project', name: 'Shop', rows: 5 })
  t.same(lines, ['info: a deletion is complete'])
  await until(() => steps.calls.length === 2)
})

t.test('reviews again when it is time, and repeats a review that failed', async t => {
  const { reviews, steps, stepped, reviewed, fail, tell } = startEraser(t)
  await reviewed()
  await stepped(nothing)
  await tell('review')
  await tell('tick')
  t.equal(reviews.calls.length, 2)
  await fail(reviews)
  await tell('tick')
  t.equal(reviews.calls.length, 3)
  t.equal(steps.calls.length, 1)
})

t.test('a step that fails is taken again at the next tick, and told once', async t => {
  const { steps, lines, stepped, reviewed, fail, tell } = startEraser(t)
  await reviewed()
  await fail(steps)
  await tell('tick')
  await fail(steps)
  t.match(lines, [/^warn: what was deleted cannot be removed/])
  t.equal(lines.length, 1)
  await tell('tick')
  await stepped(nothing)
  t.equal(steps.calls.length, 3)
  t.match(lines.slice(1), [/^info: what was deleted is removed again/])
})
