// Goal: a worker counts as started when it is ready, its unexpected end is a crash and its expected one is not, and it
// never outlives its process here. Method: a child of the test's making.
import t from 'tap'
import { workerProcess, type WorkerChild } from '../../../actors/cluster/worker-process.ts'
import { formatReason } from '../../../mesh/index.ts'
import { keptLog, node, quiet, turn } from '../support.ts'

function start(t: Parameters<typeof node>[0]) {
  const mesh = node(t)
  const said: string[] = []
  let ready = (): void => {}
  let refuse = (_error: Error): void => {}
  let end = (_how: string): void => {}
  const child: WorkerChild = {
    pid: 1,
    ready: new Promise((resolve, reject) => {
      ready = resolve
      refuse = reject
    }),
    ended: new Promise(resolve => {
      end = resolve
    }),
    stop: () => {
      said.push('stop')
    },
    kill: () => {
      said.push('kill')
    }
  }
  const pid = mesh.spawn(workerProcess({ name: 'web-1', fork: () => child, log: keptLog().log }))
  return {
    mesh,
    pid,
    said,
    ready: () => ready(),
    refuse: (error: Error) => refuse(error),
    end: (how: string) => end(how)
  }
}

t.test('a worker that ends by itself is a crash', async t => {
  const { mesh, pid, ready, end } = start(t)
  ready()
  await quiet(mesh)
  const ended = mesh.exitOf(pid)
  end('SIGSEGV')
  t.match(formatReason(await ended), /the worker web-1 has ended: SIGSEGV/)
})

t.test('a worker that is told to stop ends normally', async t => {
  const { mesh, pid, ready, end, said } = start(t)
  ready()
  mesh.cast(pid, { type: 'stop' })
  await quiet(mesh)
  t.same(said, ['stop'])
  const ended = mesh.exitOf(pid)
  end('exit code 0')
  t.equal(await ended, 'normal')
})

t.test('one that does not start is a crash, and one whose process is killed is killed', async t => {
  const failing = start(t)
  const reason = failing.mesh.exitOf(failing.pid)
  await turn()
  failing.refuse(new Error('no port'))
  t.match(formatReason(await reason), /no port/)

  const killed = start(t)
  killed.ready()
  await quiet(killed.mesh)
  killed.mesh.exit(killed.pid, 'killed')
  await quiet(killed.mesh)
  t.ok(killed.said.includes('kill'))
})
