// Goal: deltas are folded soon when all is quiet, seldom under load, completely, and again after a failure.
// Method: `fold` is a gate, the clock is the test's; ticks are sent by the test.
import t from 'tap'
import { rollupFolder } from '../../../actors/storage/rollup-folder.ts'
import { gated, keptLog, node, quiet, until } from '../support.ts'
import type { RollupFolderMessage } from '../../../actors/storage/messages.ts'

function startFolder(t: Parameters<typeof node>[0], { pauseMs = 1_000_000 } = {}) {
  const mesh = node(t)
  const folds = gated<[], { more: boolean }>()
  const { log, lines } = keptLog()
  let now = 0
  const folder = mesh.spawn(rollupFolder({ fold: folds.run, pauseMs, tickMs: 1_000_000, now: () => now, log }))
  return {
    folds,
    lines,
    pass: (ms: number) => {
      now += ms
    },
    tell: async (type: 'committed' | 'fold') => {
      const message: RollupFolderMessage = { type }
      mesh.cast(folder, message)
      await quiet(mesh)
    },
    folded: async (more = false) => {
      await quiet(mesh)
      folds.last().succeed({ more })
      await quiet(mesh)
    },
    fail: async () => {
      await quiet(mesh)
      folds.last().fail(new Error('the connection was refused'))
      await quiet(mesh)
    }
  }
}

t.test('folds at its start until nothing is left', async t => {
  const { folds, folded } = startFolder(t)
  await folded(true)
  await folded(true)
  await folded()
  t.equal(folds.calls.length, 3)
})

t.test('follows a commit at once when all was quiet', async t => {
  const { folds, folded, pass, tell } = startFolder(t)
  await folded()
  pass(1_000_000)
  await tell('committed')
  t.equal(folds.calls.length, 2)
})

t.test('keeps its pause under load, then folds what came meanwhile', async t => {
  const long = startFolder(t)
  await long.folded()
  for (let commits = 0; commits < 5; commits++) await long.tell('committed')
  t.equal(long.folds.calls.length, 1)

  // This pause comes to its end by the clock, which may be at any time from here on.
  const { folds, folded, tell } = startFolder(t, { pauseMs: 1 })
  await folded()
  for (let commits = 0; commits < 5; commits++) await tell('committed')
  await until(() => folds.calls.length === 2)
  await tell('committed')
  t.equal(folds.calls.length, 2, 'one fold at a time')
  await folded()
  await until(() => folds.calls.length === 3)
})

t.test('a failure is logged once and tried again at the tick', async t => {
  const { folds, lines, fail, folded, tell } = startFolder(t)
  await fail()
  await tell('fold')
  await fail()
  await tell('fold')
  t.equal(folds.calls.length, 3)
  await folded()
  t.same(
    lines.map(line => line.split(':')[0]),
    ['warn', 'info']
  )
})
