// Goal: work that has to be corked is done in order: after a moment just after the start, then at once; its own
// connection ends with it. Method: a corker of the test's own. That sockets which were upgraded by it stay open is
// shown by a thousand of them in stream-stalled.test.ts.
import t from 'tap'
import { corker } from '../../edge/corker.ts'

t.test('does what it is given, in order', async t => {
  const { run, close } = corker()
  t.teardown(close)
  const done: number[] = []
  run(() => done.push(1))
  t.same(done, [], 'its connection is not there yet')
  await new Promise<void>(resolve => {
    run(() => {
      done.push(2)
      resolve()
    })
  })
  t.same(done, [1, 2])
  run(() => done.push(3))
  t.same(done, [1, 2, 3], 'at once')
})

t.test('may be closed before it is ready', async () => {
  corker().close()
})
