// Goal: Mesher runs on every version of Node.js that it says: no package asks for another one, it starts, takes events
// on all doors, shows the dashboard, and has everything after a restart, by the transport that fits. Method: the
// versions from npm, and what the build made. Packages are the same on all but for the binary of uWebSockets.js, so
// only a version that has one and is not the version of this run needs an install of its own.
import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import pLimit from 'p-limit'
import { satisfies } from 'semver'
import t, { type Test } from 'tap'
import * as v from 'valibot'
import { WebSocket } from 'ws'
import { dataFolder } from '../support/data-folder.ts'
import { testPackages } from '../support/packages.ts'

const run = promisify(execFile)
const versions = [
  { major: '20', transport: 'uws' },
  { major: '22', transport: 'uws' },
  // uWebSockets.js has no binary for them that Mesher takes.
  { major: '24', transport: 'node' },
  { major: '26', transport: 'node' }
] as const
const built = path.resolve('dist')
const packages = testPackages('nodes')
const isHere = process.platform === 'linux' && process.arch === 'x64'
const why = !fs.existsSync(path.join(built, 'web/index.html'))
  ? 'there is no build: npm run build'
  : isHere
    ? false
    : 'npm has these binaries for Linux on x64'

const readySchema = v.pipe(v.string(), v.parseJson(), v.object({ ready: v.literal(true), transport: v.string() }))
const lockSchema = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({
    packages: v.record(
      v.string(),
      v.object({
        dev: v.optional(v.boolean(), false),
        engines: v.optional(v.object({ node: v.optional(v.string(), '*') }), { node: '*' })
      })
    )
  })
)
const eventsSchema = v.pipe(v.string(), v.parseJson(), v.array(v.object({ message: v.string() })))

const lock = v.parse(lockSchema, fs.readFileSync('package-lock.json', 'utf8'))
const binaries = versions.filter(({ transport }) => transport === 'uws').map(({ major }) => binaryOf(major))

t.setTimeout(600_000)
// Starts wait for PostgreSQL.
const atOnce = pLimit(2)

t.test('the versions', { jobs: versions.length, skip: why }, async t => {
  for (const { major, transport } of versions) {
    t.test(`Node.js ${major}`, t => atOnce(() => trial(t, major, transport)))
  }
})

type Trial = Pick<Test, 'teardown' | 'equal' | 'match' | 'same' | 'notMatch'>

async function trial(t: Trial, major: string, transport: string): Promise<void> {
  const bin = path.join(packages, `node-${major}`, 'bin')
  const { PATH = '', HOME = '', NODE_EXTRA_CA_CERTS } = process.env
  // npm's Node.js does not know the certificates of the machine, of a proxy before the registry for one.
  const env = { PATH: `${bin}:${PATH}`, HOME, ...(NODE_EXTRA_CA_CERTS !== undefined && { NODE_EXTRA_CA_CERTS }) }
  const version = (await run('node', ['-p', 'process.versions.node'], { env })).stdout.trim()
  t.match(version, new RegExp(`^${major}\\.`))
  t.same(unfit(version), transport === 'uws' ? binaries.filter(name => !name.endsWith(`-${major}`)) : binaries)
  const isThisInstall = transport === 'node' || fs.existsSync(path.join('node_modules', binaryOf(major)))
  const folder = isThisInstall ? path.resolve('.') : await install(t, major, env)

  const data = dataFolder(t)
  const first = await start(folder, env, data)
  const ready = v.parse(readySchema, await (await fetch(`${first.url}/readyz`)).text())
  t.equal(ready.transport, transport)
  await tryDoors(t, first)
  t.match(await (await fetch(first.url)).text(), /<div id="app">/)
  await stop(t, first.child)

  const second = await start(folder, env, data)
  const listed = await run('node', [path.join(folder, 'dist/bin/mesher.js'), 'events', '--json', '--data', data], {
    env
  })
  t.equal(v.parse(eventsSchema, listed.stdout).length, 5, 'all are there after a restart')
  await stop(t, second.child)
}

function binaryOf(major: string): string {
  return `@uwsjs/linux-x64-${major}`
}

/** The packages that npm would leave out on this version, or warn of; those of the tools aside. */
function unfit(version: string): string[] {
  return Object.entries(lock.packages)
    .filter(([, { dev, engines }]) => !dev && !satisfies(version, engines.node))
    .map(([place]) => place.replace('node_modules/', ''))
}

/** Returns the folder. */
async function install(t: Trial, major: string, env: NodeJS.ProcessEnv): Promise<string> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), `mesher-node-${major}-`))
  t.teardown(() => fs.rmSync(folder, { recursive: true, force: true }))
  // Root lends the database's programs to another user, who must reach them.
  fs.chmodSync(folder, 0o755)
  fs.mkdirSync(path.join(folder, 'web'))
  for (const file of ['package.json', 'package-lock.json', 'web/package.json']) {
    fs.copyFileSync(file, path.join(folder, file))
  }
  for (const part of ['dist', 'schema/migrations']) fs.cpSync(part, path.join(folder, part), { recursive: true })
  const args = [
    'ci',
    '--omit=dev',
    '--workspaces=false',
    '--no-audit',
    '--no-fund',
    '--prefer-offline',
    '--fetch-retries=5'
  ]
  const { stdout, stderr } = await run('npm', args, { cwd: folder, env })
  t.notMatch(stdout + stderr, /EBADENGINE/, 'no package is of another version')
  return folder
}

type Started = { child: ChildProcess; url: string; key: string }

async function start(folder: string, env: NodeJS.ProcessEnv, data: string): Promise<Started> {
  const args = [path.join(folder, 'dist/bin/mesher.js'), 'start', '--port', '0', '--host', '127.0.0.1', '--data', data]
  const child = spawn('node', args, { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  const found = new Promise<Started>((resolve, reject) => {
    const look = (chunk: Buffer): void => {
      said += chunk.toString()
      const [, key = '', host = ''] = /http:\/\/([0-9a-f]{32})@([^/]+)\/1/.exec(said) ?? []
      if (host !== '') resolve({ child, url: `http://${host}`, key })
    }
    child.stdout.on('data', look)
    child.stderr.on('data', look)
    child.once('exit', () => reject(new Error(`it did not start: ${said}`)))
  })
  return await found
}

async function stop(t: Trial, child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  t.same(await ended, [0, null])
}

async function tryDoors(t: Trial, { url, key }: Started): Promise<void> {
  const post = async (address: string, body: string, headers: Record<string, string> = {}): Promise<number> => {
    const sent = { 'x-mesher-key': key, 'content-type': 'application/json', ...headers }
    return (await fetch(url + address, { method: 'POST', body, headers: sent })).status
  }
  const envelope = '{}\n{"type":"event"}\n{"message":"an envelope"}\n'
  t.equal(await post('/api/v1/events', '{"message":"one"}'), 202)
  t.equal(await post('/api/v1/events/bulk', '[{"message":"of a list"}]'), 202)
  t.equal(await post(`/api/1/envelope/?sentry_key=${key}`, envelope), 200)
  t.equal(await post(`/api/1/store/?sentry_key=${key}`, '{"message":"the old form"}'), 200)
  t.equal(await post('/v1/logs', '{"resourceLogs":[]}', { authorization: `Bearer ${key}` }), 200)
  const socket = new WebSocket(`${url.replace('http', 'ws')}/ingest?key=${key}`)
  await once(socket, 'open')
  socket.send('{"message":"a frame"}')
  t.match(JSON.parse(String((await once(socket, 'message'))[0])), { type: 'accepted', outcome: 'stored' })
  socket.close()
  await once(socket, 'close')
}
