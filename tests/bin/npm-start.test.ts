// Goal: a service manager that stops `npm start` stops the server, in order. Method: the start script of package.json
// under a real npm, in a folder of its own whose dist/bin/mesher.js is the program under test.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import { connect } from 'node:net'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import t, { type Test } from 'tap'
import { dataFolder } from '../support/data-folder.ts'
import { nodeOptions, programFile } from './cli.ts'

t.setTimeout(120_000)

/** A package with the start script of Mesher's. npm adds its own variables to the environment that it passes on. */
function packageWithStart(t: Test): string {
  const { scripts } = JSON.parse(fs.readFileSync('package.json', 'utf8'))
  return t.testdir({
    'package.json': JSON.stringify({ name: 'started', type: 'module', scripts: { start: scripts.start } }),
    dist: { bin: { 'mesher.js': `await import(${JSON.stringify(pathToFileURL(programFile).href)})\n` } }
  })
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

/** Resolves with the code of the error, or with null when somebody listens there. */
async function connectError(port: number): Promise<string | null> {
  const socket = connect(port, '127.0.0.1')
  try {
    await once(socket, 'connect')
    return null
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : String(error)
  } finally {
    socket.destroy()
  }
}

t.test('SIGTERM to npm ends the server, and npm only after it', async t => {
  const data = path.join(dataFolder(t), 'data')
  const npm = spawn('npm', ['start', '--', '--port', '0', '--host', '127.0.0.1', '--data', data], {
    cwd: packageWithStart(t),
    env: { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '', NODE_OPTIONS: nodeOptions },
    stdio: ['ignore', 'pipe', 'pipe']
  })
  const exited = once(npm, 'exit')
  let [output, errors] = ['', '']
  npm.stderr.on('data', (chunk: Buffer) => {
    errors += chunk.toString()
  })
  for await (const chunk of npm.stdout.iterator({ destroyOnReturn: false })) {
    output += String(chunk)
    if (output.includes('Ctrl+C')) break
  }
  npm.stdout.resume()
  const pid = Number(/"pid":(\d+)/.exec(errors)?.[1])
  const port = Number(/ready at http:\/\/localhost:(\d+)/.exec(output)?.[1])
  t.ok(pid > 0 && port > 0, 'it says its process id and its port', { found: `${output}${errors}` })
  t.teardown(() => {
    if (isAlive(pid)) process.kill(pid, 'SIGKILL')
  })
  t.equal(await connectError(port), null)

  npm.kill('SIGTERM')
  await exited
  t.notOk(isAlive(pid), 'the server has ended')
  t.equal(await connectError(port), 'ECONNREFUSED')
  t.notOk(fs.existsSync(path.join(data, 'postgres', 'postmaster.pid')), 'PostgreSQL has stopped')
})
