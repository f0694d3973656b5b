/**
 * The build tools that tests run against Mesher: real versions of sentry-cli and of the plugins of bundlers, which
 * tests/packages/build-tools names. They are large, so they are no packages of this project: the first test that needs
 * them installs them into a cache. Without network there are none, and such tests are skipped with a line that says so.
 */
import { execFile, spawn } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { once } from 'node:events'
import { promisify } from 'node:util'

const run = promisify(execFile)
const wanted = path.resolve('tests/packages/build-tools')

export type Ran = { code: number | null; output: string }

/** The folder with `node_modules`, or why there is none. */
export async function buildTools(): Promise<{ folder: string } | { skip: string }> {
  const lock = fs.readFileSync(path.join(wanted, 'package-lock.json'))
  const name = `build-tools-${createHash('sha256').update(lock).digest('hex').slice(0, 12)}`
  const folder = path.resolve('node_modules/.cache', name)
  if (fs.existsSync(folder)) return { folder }
  const made = `${folder}.${randomBytes(4).toString('hex')}`
  fs.mkdirSync(made, { recursive: true })
  for (const file of ['package.json', 'package-lock.json']) {
    fs.copyFileSync(path.join(wanted, file), path.join(made, file))
  }
  try {
    await run('npm', ['ci', '--no-audit', '--no-fund', '--prefer-offline'], { cwd: made, maxBuffer: 1e8 })
    // Two tests may install at the same time: the one that is there first stays.
    if (!fs.existsSync(folder)) fs.renameSync(made, folder)
    return { folder }
  } catch (error) {
    const why = error instanceof Error ? (error.message.split('\n').find(line => line.includes('error')) ?? '') : ''
    const skip = `BUILD TOOLS ARE NOT TESTED: they could not be installed (${why.slice(0, 200)})`
    console.error(skip)
    return { skip }
  } finally {
    fs.rmSync(made, { recursive: true, force: true })
  }
}

/** Runs a program to its end; its output is what both of its streams have said. */
export async function ran(
  program: string,
  parameters: readonly string[],
  { cwd, env = {}, input = '' }: { cwd: string; env?: Record<string, string>; input?: string }
): Promise<Ran> {
  const child = spawn(program, parameters, {
    cwd,
    env: { PATH: process.env.PATH ?? '', HOME: cwd, ...env },
    stdio: ['pipe', 'pipe', 'pipe']
  })
  let output = ''
  child.stdout.on('data', piece => (output += String(piece)))
  child.stderr.on('data', piece => (output += String(piece)))
  child.stdin.end(input)
  const [code] = await once(child, 'close')
  return { code: typeof code === 'number' ? code : null, output }
}
