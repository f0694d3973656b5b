// Goal: the tables are tended at the start, at every tick and again after a failure, never twice at a time and with one
// retry waiting. Method: `clean` is a gate; ticks are sent by the test, the retry comes by the clock.
import t from 'tap'
import { retentionCleaner } from '../../../actors/maintenance/retention-cleaner.ts'
import { gated, keptLog, node, quiet, until } from '../support.ts'
import { createLog } from '../../../services/machine/log.ts'
import type { RetentionCleanerMessage } from '../../../actors/maintenance/messages.ts'

function startCleaner(t: Parameters<typeof node>[0], { retryMs = 1_000_000, log = keptLog().log } = {}) {
  const mesh = node(t)
  const cleanings = gated<[], void>()
  const cleaner = mesh.spawn(retentionCleaner({ clean: cleanings.run, tickMs: 1_000_000, retryMs, log }))
  return {
    mesh,
    cleanings,
    tick: async () => {
      const message: RetentionCleanerMessage = { type: 'tick' }
      mesh.cast(cleaner, message)
      await quiet(mesh)
    },
    end: async (error?: Error) => {
      await quiet(mesh)
      if (error === undefined) cleanings.last().succeed()
      else cleanings.last().fail(error)
      await quiet(mesh)
    }
  }
}

t.test('cleans at the start and at every tick, one at a time', async t => {
  const { cleanings, tick, end } = startCleaner(t)
  await tick()
  t.equal(cleanings.calls.length, 1)
  await end()
  await tick()
  t.equal(cleanings.calls.length, 2)
})

t.test('tries again after a failure', async t => {
  const { cleanings, end } = startCleaner(t, { retryMs: 1 })
  await end(new Error('a lock could not be had'))
  await until(() => cleanings.calls.length === 2)
  await end(new Error('a lock could not be had'))
  await until(() => cleanings.calls.length === 3)
})

t.test('every step that failed is in the log, once for each outage', async t => {
  const lines: string[] = []
  const log = createLog({ level: 'info', pretty: null, write: line => lines.push(line) })
  const { tick, end } = startCleaner(t, { log })
  const steps = [new Error('a lock could not be had'), new Error('the disk is full'), new TypeError('no such day')]
  for (let runs = 0; runs < 2; runs++) {
    await end(new AggregateError(steps, '3 steps failed'))
    await tick()
  }
  t.match(
    lines.map(line => JSON.parse(line)),
    [
      {
        level: 'warn',
        msg: /trying again every 1000 s/,
        err: {
          message: '3 steps failed',
          errors: steps.map(({ name, message, stack }) => ({ type: name, message, stack }))
        }
      }
    ]
  )
  t.equal(lines.length, 1)
  await end()
  t.match(JSON.parse(lines[1] ?? ''), { level: 'info', msg: /maintained again/ })
})

t.test('a tick takes the place of the retry that waits', async t => {
  const { mesh, cleanings, tick, end } = startCleaner(t, { retryMs: 20 })
  await end(new Error('away'))
  await tick()
  t.equal(cleanings.calls.length, 2)
  await end()
  // Set after the retry was, this one fires after it would have.
  const clock = startCleaner(t, { retryMs: 20 })
  await clock.end(new Error('away'))
  await until(() => clock.cleanings.calls.length === 2)
  await quiet(mesh)
  t.equal(cleanings.calls.length, 2)
})
