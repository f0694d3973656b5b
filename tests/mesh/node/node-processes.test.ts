// Goal: nodes in processes of their own: one that is killed is lost at once, one that is stopped is noticed and comes
// back, one that leaves says so. Method: real child processes with signals; short times between heartbeats where
// silence has to be noticed.
import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { processName } from '../../../mesh/index.ts'
import type { ReplyTo } from '../../../mesh/types.ts'
import { execArgv, extension } from '../../support/program.ts'
import { testNode, until } from './node-support.ts'
import type { TestNode } from './node-support.ts'
import { startProbe } from '../support.ts'

const script = fileURLToPath(new URL(`node-child${extension}`, import.meta.url))

async function child(
  t: { teardown: (stop: () => void) => void },
  name: string,
  { address }: TestNode
): Promise<ChildProcess> {
  const started = fork(script, [name, address], { execArgv })
  t.teardown(() => {
    started.kill('SIGKILL')
  })
  await once(started, 'message')
  return started
}

const echo = (name: string) => processName<ReplyTo<number>>(`echo/${name}`)
const ask = (replyTo: ReplyTo<number>): ReplyTo<number> => replyTo
const downs = ({ events }: TestNode): string[] =>
  events.flatMap(event => (event.type === 'nodedown' ? [event.node.name] : []))

t.test('a killed node is lost at once, with all that counted on it; its next run is another', async t => {
  const a = await testNode(t, 'a')
  const killed = await child(t, 'b', a)
  await until(() => a.node.names.whereis(echo('b')) !== undefined)
  const pid = a.node.names.whereis(echo('b'))
  if (pid === undefined) return
  t.equal(await a.mesh.call(pid, ask), 1)
  const watcher = startProbe(a.mesh, { trapExits: true })
  await watcher.run(self => {
    self.monitor(pid)
    self.link(pid)
  })
  t.equal(await a.mesh.call(pid, ask), 2)
  killed.kill('SIGKILL')
  await until(() => watcher.signals.length === 2)
  t.same(
    watcher.signals.map(signal => ('reason' in signal ? signal.reason : undefined)),
    ['noconnection', 'noconnection']
  )
  t.equal(a.node.names.whereis(echo('b')), undefined)

  await child(t, 'b', a)
  await until(() => a.node.names.whereis(echo('b')) !== undefined)
  t.equal(a.mesh.cast(pid, { node: 'a', incarnation: 1, call: 1 }), 'ok')
  await until(() => a.deadLetters.some(({ why }) => why === 'noconnection'))
  const again = a.node.names.whereis(echo('b'))
  if (again !== undefined) t.equal(await a.mesh.call(again, ask), 1)
})

t.test('three processes know each other; a stopped one is down, and linked again when it goes on', async t => {
  const a = await testNode(t, 'a', { timing: { heartbeatMs: 50, downAfterMs: 2_000, redialMsMin: 1, redialMsMax: 20 } })
  const [, stopped] = await Promise.all([child(t, 'b', a), child(t, 'c', a)])
  await until(() => a.node.names.list().length === 2)
  stopped.kill('SIGSTOP')
  await until(() => downs(a).includes('c'))
  t.same(
    a.node.names.list().map(({ name }) => name),
    ['echo/b']
  )
  stopped.kill('SIGCONT')
  await until(() => a.node.names.list().length === 2)
  const pid = a.node.names.whereis(echo('c'))
  if (pid !== undefined) t.equal(await a.mesh.call(pid, ask), 1)
})

t.test('a node that leaves says so', async t => {
  const a = await testNode(t, 'a')
  const leaving = await child(t, 'b', a)
  const exit = once(leaving, 'exit')
  leaving.send('leave')
  await until(() => downs(a).includes('b'))
  t.match(a.events.at(-1), { type: 'nodedown', why: 'it left' })
  t.same(await exit, [0, null])
})
