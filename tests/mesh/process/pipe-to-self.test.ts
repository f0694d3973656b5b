// Goal: the outcome of a promise reaches the process as its mail, and a fault in the functions that make the message
// ends that process alone. Method: promises that the test resolves and rejects, before and after the process has ended.
import t from 'tap'
import { pipeToSelf, type DeadLetter } from '../../../mesh/index.ts'
import type { Behaviour, Self } from '../../../mesh/types.ts'
import { gate, node, until } from '../support.ts'

type Mail = { type: 'done'; result: number } | { type: 'failed'; error: unknown }

function recorder(got: Mail[], setUp: (self: Self<Mail>) => void): Behaviour<Mail, null> {
  return {
    init: self => {
      setUp(self)
      return null
    },
    handle: (state, message) => {
      got.push(message)
      return state
    }
  }
}

function pipe(self: Self<Mail>, promise: Promise<number>): void {
  pipeToSelf(
    self,
    promise,
    result => ({ type: 'done', result }),
    error => ({ type: 'failed', error })
  )
}

t.test('a result and an error come as mail', async t => {
  const mesh = node(t)
  const got: Mail[] = []
  const error = new Error('away')
  mesh.spawn(
    recorder(got, self => {
      pipe(self, Promise.resolve(1))
      pipe(self, Promise.reject(error))
    })
  )
  await until(() => got.length === 2)
  t.same(got, [
    { type: 'done', result: 1 },
    { type: 'failed', error }
  ])
})

t.test('what comes after the end of the process is a dead letter', async t => {
  const letters: DeadLetter[] = []
  const mesh = node(t, { onDeadLetter: letter => letters.push(letter) })
  const [started, result] = [gate(), gate()]
  const pid = mesh.spawn(
    recorder([], self => {
      pipe(
        self,
        result.passed.then(() => 1)
      )
      started.open()
    })
  )
  await started.passed
  mesh.exit(pid, 'killed')
  await mesh.exitOf(pid)
  result.open()
  await until(() => letters.length === 1)
  t.match(letters, [{ to: pid, message: { type: 'done', result: 1 }, why: 'ended' }])
})

t.test('a function that throws crashes the process', async t => {
  const mesh = node(t)
  const fault = () => {
    throw new RangeError('a fault')
  }
  const exitAfter = (promise: () => Promise<number>) =>
    mesh.exitOf(mesh.spawn(recorder([], self => pipeToSelf(self, promise(), fault, fault))))
  const reason = { error: { name: 'RangeError', message: 'a fault' } }
  t.match(await exitAfter(() => Promise.resolve(1)), reason)
  t.match(await exitAfter(() => Promise.reject(new Error('away'))), reason)
})
