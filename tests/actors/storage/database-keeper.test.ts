// Goal: a server that has ended is started again, also when it ended while nobody listened, for as long as that takes.
// Method: `restart` is a gate; the test says when the server is lost.
import t from 'tap'
import { databaseKeeper } from '../../../actors/storage/database-keeper.ts'
import { gated, keptLog, node, quiet, until } from '../support.ts'

function startKeeper(t: Parameters<typeof node>[0]) {
  const mesh = node(t)
  const restarts = gated<[], void>()
  const listeners = new Set<(reason: string) => void>()
  const { log, lines } = keptLog()
  const keeper = mesh.spawn(
    databaseKeeper({
      onLost: callback => {
        listeners.add(callback)
        return () => {
          listeners.delete(callback)
        }
      },
      restart: restarts.run,
      pauseMs: 1,
      pauseMsMax: 4,
      log
    })
  )
  return {
    mesh,
    keeper,
    restarts,
    listeners,
    lines,
    lose: async () => {
      for (const listener of listeners) listener('exit code 2')
      await quiet(mesh)
    },
    end: async (error?: Error) => {
      await quiet(mesh)
      if (error === undefined) restarts.last().succeed()
      else restarts.last().fail(error)
      await quiet(mesh)
    }
  }
}

t.test('makes sure at its start that the server runs, without a word', async t => {
  const { restarts, lines, end } = startKeeper(t)
  await end()
  t.equal(restarts.calls.length, 1)
  t.same(lines, [])
})

t.test('starts a lost server again, however often that fails', async t => {
  const { restarts, lines, lose, end } = startKeeper(t)
  await end()
  await lose()
  for (let failures = 1; failures <= 4; failures++) {
    await end(new Error('no space left on device'))
    await until(() => restarts.calls.length === 2 + failures)
  }
  await end()
  t.match(lines, [/has ended \(exit code 2\)/, /0.001 s/, /0.002 s/, /0.004 s/, /0.004 s/, /runs again/])
})

t.test('listens no longer once it has ended', async t => {
  const { mesh, keeper, listeners } = startKeeper(t)
  await quiet(mesh)
  t.equal(listeners.size, 1)
  mesh.exit(keeper, 'shutdown')
  await until(() => !mesh.isAlive(keeper))
  t.equal(listeners.size, 0)
})
