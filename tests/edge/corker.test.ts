// Goal: work that needs a cork runs in order: after the first moment, then at once; the corker's connection ends with
// it. Method: a corker alone. That upgraded sockets stay open is shown by a thousand of them in stream-stalled.test.ts.
import t from 'tap'
import { loadUws, type ListenSocket } from '../../edge/transport/uws-binary.ts'
import { corker } from '../../edge/transport/uws-corker.ts'

const listenOnLoopback: Parameters<typeof corker>[0] = (path, handle) => {
  const { App, us_listen_socket_close: closeSocket, us_socket_local_port: portOf } = loadUws()
  const app = App()
  app.get(path, handle)
  const listening: ListenSocket[] = []
  app.listen('127.0.0.1', 0, 0, socket => {
    if (socket !== false) listening.push(socket)
  })
  const [socket] = listening
  if (socket === undefined) throw new Error('loopback has a free port')
  return {
    port: portOf(socket),
    stopListening: () => listening.splice(0).forEach(closeSocket),
    closeAll: () => app.close()
  }
}

t.test('runs the work in the order in which it comes', async t => {
  const { run, close } = corker(listenOnLoopback)
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
  corker(listenOnLoopback).close()
})
