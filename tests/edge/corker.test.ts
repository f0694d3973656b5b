// Goal: work that needs a cork runs in order: after the first moment, then at once; the corker's connection ends with
// it. Method: a corker alone. That upgraded sockets stay open is shown by a thousand of them in stream-stalled.test.ts.
import t from 'tap'
import { corker } from '../../edge/corker.ts'

t.test('runs the work in the order in which it comes', async t => {
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
