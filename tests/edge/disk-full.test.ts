// Goal: a node that is short of disk space refuses events on every route, shows it in /readyz and on the live stream,
// and recovers. Method: a whole node with a disk that the test plays.
import t from 'tap'
import WebSocket from 'ws'
import { names } from '../../actors/names.ts'
import { turn } from '../actors/support.ts'
import { apiUnderTest } from '../support/api.ts'

t.test('events are refused while the disk is nearly full', async t => {
  let freeBytes = 1
  const node = await apiUnderTest(t, {
    override: deps => ({ ...deps, diskSpace: async () => ({ freeBytes, totalBytes: 100 }) })
  })
  const measure = (): void => {
    node.running.mesh.cast(names.diskWatcher, { type: 'tick' })
  }
  const post = async (path: string, body: string): Promise<Response> =>
    await fetch(node.url + path, { method: 'POST', headers: { 'X-Mesher-Key': node.key }, body })
  const until = async (holds: () => Promise<boolean>): Promise<void> => {
    while (!(await holds())) {
      measure()
      await turn()
    }
  }
  await until(async () => (await post('/api/v1/events', '{"message":"a"}')).status === 503)

  const refused = await post('/api/v1/events', '{"message":"a"}')
  t.equal(refused.headers.get('retry-after'), '60')
  t.match(await refused.json(), { type: /disk_full$/, title: 'Disk nearly full', status: 503 })
  t.equal((await post('/api/v1/events/bulk', '[{"message":"a"}]')).status, 503)
  t.equal((await post(`/api/${node.projectId}/store/?sentry_key=${node.key}`, '{"message":"a"}')).status, 503)
  const ready = await fetch(`${node.url}/readyz`)
  t.equal(ready.status, 503)
  t.match(await ready.json(), { checks: [{ name: 'disk', ok: false, detail: /1.0% of the disk is free/ }] })

  const { credential } = await node.user('member')
  const socket = new WebSocket(`${node.url.replace('http', 'ws')}/api/v1/stream`, { headers: credential })
  t.teardown(() => socket.terminate())
  const frames: { type: string; low?: boolean }[] = []
  socket.on('message', data => {
    frames.push(JSON.parse(String(data)))
  })
  socket.on('open', () => socket.send(JSON.stringify({ type: 'subscribe', project: '1' })))
  await until(async () => frames.some(({ type }) => type === 'storage'))
  t.match(
    frames,
    [{ type: 'subscribed' }, { type: 'storage', low: true, detail: /^1.0% of the disk is free/ }],
    'a dashboard that connects meanwhile is told'
  )

  freeBytes = 50
  await until(async () => (await post('/api/v1/events', '{"message":"a"}')).status === 202)
  t.equal((await fetch(`${node.url}/readyz`)).status, 200)
  // The event that was taken is among them, sooner or later.
  const told = () => frames.filter(({ type }) => type === 'storage')
  await until(async () => told().length > 1)
  t.match(told().at(-1), { type: 'storage', low: false, detail: '50.0% of the disk is free' })
})
