// Goal: a start with workers is one server: they share the port and a PostgreSQL that none of them owns, one that is
// killed is started again, another server on the port is refused, and all of it stops in order. Method: the real
// program with its embedded PostgreSQL; its log and `mesher nodes` are what is waited for.
import { once } from 'node:events'
import path from 'node:path'
import t from 'tap'
import { dataFolder } from '../support/data-folder.ts'
import { runCli, startCli } from './cli.ts'
import { startServer } from './server.ts'

type Line = { msg: string; worker?: number; node?: string }
type Listed = { name: string; state: string; links: string[] }

const folder = dataFolder(t)
const data = path.join(folder, 'data')

async function listed(): Promise<Listed[]> {
  const { stdout } = await runCli(['nodes', '--json', '--data', data])
  const nodes: Listed[] = JSON.parse(stdout)
  return nodes.map(({ name, state, links }) => ({ name, state, links }))
}

t.test('two workers are one server', async t => {
  const child = startCli([
    'start',
    '--workers',
    '2',
    '--port',
    '0',
    '--host',
    '127.0.0.1',
    '--name',
    'web',
    '--data',
    data
  ])
  const ended = once(child, 'close')
  t.teardown(() => {
    child.kill('SIGKILL')
  })
  let stdout = ''
  let stderr = ''
  let heard = (): void => {}
  child.stdout.on('data', (text: Buffer) => {
    stdout += text.toString()
    heard()
  })
  child.stderr.on('data', (text: Buffer) => {
    stderr += text.toString()
    heard()
  })
  const said = async (isSaid: () => boolean): Promise<void> => {
    while (!isSaid()) {
      await Promise.race([
        new Promise<void>(resolve => {
          heard = resolve
        }),
        ended.then(() => {
          throw new Error(`it ended:\n${stderr}`)
        })
      ])
    }
  }
  const lines = (): Line[] =>
    stderr
      .split('\n')
      .slice(0, -1)
      .filter(line => line.startsWith('{'))
      .map(line => JSON.parse(line))
  const ready = () =>
    lines().flatMap(({ msg, worker }) => (worker !== undefined && msg.endsWith('is ready') ? [worker] : []))

  await said(() => stdout.includes('Ctrl+C'))
  const both = [
    { name: 'web-1', state: 'up', links: ['web-2'] },
    { name: 'web-2', state: 'up', links: ['web-1'] }
  ]
  await said(() => lines().some(({ msg, node }) => node === 'web-1' && msg === 'linked with the node web-2'))
  let nodes = await listed()
  while (JSON.stringify(nodes) !== JSON.stringify(both)) nodes = await listed()
  t.same(nodes, both)

  const [, url = '', key = ''] = /curl (\S+) -H 'X-Mesher-Key: (\w+)'/.exec(stdout) ?? []
  const { port } = new URL(url)
  const send = async () =>
    (
      await fetch(url, {
        method: 'POST',
        headers: { 'x-mesher-key': key, connection: 'close' },
        body: '{"message":"to whichever"}'
      })
    ).status
  for (let times = 0; times < 10; times++) t.equal(await send(), 202)

  const metrics = async () => await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
  // A worker that does not answer the other in time is left out.
  let figures = await metrics()
  while (!['web-1', 'web-2'].every(name => figures.includes(`node="${name}"`))) figures = await metrics()
  for (const name of ['web-1', 'web-2']) {
    t.match(figures, new RegExp(`^mesher_events_total\\{outcome="stored",node="${name}"\\} \\d+$`, 'm'))
  }
  t.equal(figures.split('# TYPE mesher_events_total counter').length, 2, 'each family is there once')

  const second = await runCli(['start', '--port', port, '--host', '127.0.0.1', '--data', path.join(folder, 'other')])
  t.match(second, { code: 1, stderr: /port \d+ is taken by another program/ })

  const [killed = 0] = ready()
  process.kill(killed, 'SIGKILL')
  await said(() => ready().length === 3)
  t.ok(lines().some(({ msg }) => msg.includes('the worker web-1 has ended: SIGKILL')))
  t.equal(await send(), 202)

  child.kill('SIGTERM')
  const [code] = await ended
  t.equal(code, 0)
  t.ok(lines().some(({ msg }) => msg === 'Mesher has stopped'))
  const { stdout: issues } = await runCli(['issues', '--json', '--data', data])
  t.match(JSON.parse(issues), [{ event_count: 11 }], 'everything that was acknowledged is there')
  t.same(await listed(), [], 'nobody is listed who has stopped')
})

t.test('a worker that is frozen does not hold up a stop, and what it acknowledged is there', async t => {
  const server = startServer(t, ['--workers', '2', '--name', 'ice', '--data', path.join(folder, 'ice')])
  await server.said('Ctrl+C')
  const [, url = '', key = ''] = /curl (\S+) -H 'X-Mesher-Key: (\w+)'/.exec(server.stdout()) ?? []
  for (let times = 0; times < 6; times++) {
    const headers = { 'x-mesher-key': key, connection: 'close' }
    t.equal((await fetch(url, { method: 'POST', headers, body: '{"message":"kept"}' })).status, 202)
  }
  const [, frozen = ''] = /"worker":(\d+)[^\n]*the worker ice-1 is ready/.exec(server.stderr()) ?? []
  process.kill(Number(frozen), 'SIGSTOP')
  server.child.kill('SIGTERM')
  t.equal(await server.ended, 0)
  t.match(server.stderr(), /the worker ice-1 does not stop: it is killed/)
  t.match(server.stderr(), /Mesher has stopped/)
  t.throws(() => process.kill(Number(frozen), 0), { code: 'ESRCH' })
  const issues = await runCli(['issues', '--json', '--data', path.join(folder, 'ice')])
  t.match(JSON.parse(issues.stdout), [{ event_count: 6 }])
})
