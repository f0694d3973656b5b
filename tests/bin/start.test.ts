// Goal: a first start leads to a first issue with nothing but what it prints; it stops in order, or at once when told
// twice, and what is left behind then is taken over by the next start. Method: the real program with its embedded
// PostgreSQL in a folder of its own; messages of its log are what is waited for.
import { once } from 'node:events'
import fs from 'node:fs'
import { createServer } from 'node:net'
import path from 'node:path'
import t from 'tap'
import { dataFolder } from '../support/data-folder.ts'
import { runCli } from './cli.ts'
import { startServer } from './server.ts'

function curlOf(text: string): { url: string; headers: Record<string, string>; body: string } {
  const [, url = '', rest = '', body = ''] = /curl (\S+)((?: -H '[^']+')+) -d '([^']+)'/.exec(text) ?? []
  const headers = Object.fromEntries(
    [...rest.matchAll(/-H '([^:]+): ([^']+)'/g)].map(([, name = '', value = '']) => [name, value])
  )
  return { url, headers, body }
}

function linesOf(text: string): { level: string; msg: string }[] {
  return text
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line))
}

t.test('a server whose standard output is closed at the start stops in order, with its PostgreSQL', async t => {
  const data = path.join(dataFolder(t), 'data')
  const { child, stderr, ended } = startServer(t, ['--data', data])
  child.stdout.destroy()
  t.equal(await ended, 0, stderr())
  t.match(stderr(), /Mesher has stopped/)
  t.notOk(fs.readdirSync(data, { recursive: true }).some(name => String(name).endsWith('postmaster.pid')))
})

t.test('what a first start prints sends a first event and shows its issue; the server stops in order', async t => {
  const data = path.join(dataFolder(t), 'data')
  const server = startServer(t, ['--data', data])
  await server.said('Ctrl+C')

  const { url, headers, body } = curlOf(server.stdout())
  const response = await fetch(url, { method: 'POST', headers, body })
  t.equal(response.status, 202)
  t.match(await response.json(), { outcome: 'stored' })

  const issues = await runCli(['issues', '--data', data, '--json'])
  t.equal(issues.code, 0, issues.stderr)
  t.match(JSON.parse(issues.stdout), [{ title: 'Hello, Mesher!', level: 'info', event_count: 1 }])

  const dsn = /http:\/\/[0-9a-f]{32}@\S+/.exec(server.stdout())?.[0] ?? ''
  const sent = await runCli(['send', '--dsn', dsn, '--count', '20', '--json'])
  t.match(JSON.parse(sent.stdout), { asked: 20, accepted: 20, not_accepted: 0 })

  const second = await runCli(['start', '--data', data, '--port', '0'])
  t.equal(second.code, 1)
  t.match(second.stderr, /is in use by process \d+[^]+--data/)
  const port = new URL(url).port
  t.match(
    (await runCli(['doctor', '--data', data, '--host', '127.0.0.1', '--port', port])).stdout,
    /runs at .* and is ready/
  )

  server.child.kill('SIGTERM')
  t.equal(await server.ended, 0)
  const lines = linesOf(server.stderr())
  t.equal(lines.at(-1)?.msg, 'Mesher has stopped')
  t.notOk(
    lines.some(({ level }) => level === 'warn' || level === 'error'),
    'nothing to worry about was logged'
  )
  t.notOk(server.stderr().includes(headers['X-Mesher-Key'] ?? ''), 'the key is not in the log')
  t.notOk(fs.existsSync(path.join(data, 'postgres', 'postmaster.pid')), 'PostgreSQL has stopped')
})

t.test('a second signal ends a stop that waits, and the next start takes over what was left', async t => {
  const data = path.join(dataFolder(t), 'data')
  const server = startServer(t, ['--data', data])
  await server.said('Ctrl+C')

  // A PostgreSQL that does not move keeps the orderly stop waiting.
  const postmaster = Number(fs.readFileSync(path.join(data, 'postgres', 'postmaster.pid'), 'utf8').split('\n')[0])
  process.kill(postmaster, 'SIGSTOP')
  let held = true
  const letGo = (): void => {
    if (held) process.kill(postmaster, 'SIGCONT')
    held = false
  }
  t.teardown(letGo)

  server.child.kill('SIGTERM')
  await server.said('SIGTERM: stopping')
  const again = setInterval(() => server.child.kill('SIGTERM'), 100)
  t.equal(await server.ended, 143)
  clearInterval(again)
  t.match(server.stderr(), /SIGTERM again: ending at once/)
  letGo()

  const next = startServer(t, ['--data', data])
  await next.said('Ctrl+C')
  next.child.kill('SIGINT')
  t.equal(await next.ended, 0)
  t.notOk(fs.existsSync(path.join(data, 'postgres', 'postmaster.pid')), 'PostgreSQL has stopped')
})

t.test('a port that is taken is a sentence and exit code 1, before anything is made', async t => {
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  t.teardown(() => {
    other.close()
  })
  const address = other.address()
  const port = typeof address === 'object' ? address?.port : 0

  const cwd = t.testdir()
  const { code, stdout, stderr } = await runCli(['start', '--host', '127.0.0.1', '--port', String(port)], { cwd })
  t.strictSame([code, stdout], [1, ''])
  t.match(stderr, new RegExp(`^mesher: port ${port} is taken by another program\n  Stop it, or choose another port`))
  t.strictSame(fs.readdirSync(cwd), [])
})
