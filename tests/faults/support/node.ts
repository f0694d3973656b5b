/**
 * Starts nodes under test as processes of their own and ends whatever is left of them with the test. A node that is
 * started again on the same data folder and port is the same node to its clients.
 */
import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { freePort } from '../../../bench/support/server.ts'
import { memoryOf } from '../../../bench/support/cpu.ts'
import { execArgv, extension } from '../../support/program.ts'
import type { FromNode, ToNode } from './messages.ts'

export type Test = { teardown: (work: () => Promise<void> | void) => void }

export type NodeUnderTest = {
  url: string
  pid: number
  /** What it wrote so far: its log. */
  output: () => string
  /** Resolves with how it ended: exit code or signal, and why the tree gave up if it did. */
  ended: Promise<{ code: number | null; signal: string | null; gaveUp: string | null }>
  kill: () => Promise<void>
  stop: () => Promise<void>
  /** Crashes the process of this name; false when it was not there just then. */
  crash: (name: string) => Promise<boolean>
  rssMb: () => number
  /** The most memory that it has ever used. */
  rssMbMax: () => number
  ready: () => Promise<Readiness>
  /** The global names that it knows, each with its owner. */
  registry: () => Promise<string[]>
}

export type Readiness = { status: number; ready: boolean; checks: { name: string; ok: boolean; detail: string }[] }

export type NodeOptions = {
  dataDir: string
  port: number
  databaseUrl?: string
  env?: Record<string, string>
  execPath?: string
}

const script = fileURLToPath(new URL(`./mesher-under-test${extension}`, import.meta.url))
const outputCharsMax = 200_000

/** A folder that another user may pass through: as root, PostgreSQL runs as somebody else. */
export async function testFolder(t: Test): Promise<string> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'mesher-faults-'))
  await chmod(folder, 0o711)
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  return folder
}

export { freePort }

export async function startNode(
  t: Test,
  { dataDir, port, databaseUrl, env = {}, execPath = process.execPath }: NodeOptions
): Promise<NodeUnderTest> {
  const child = fork(script, [], {
    execArgv,
    execPath,
    env: {
      ...process.env,
      MESHER_DATA: dataDir,
      MESHER_PORT: String(port),
      MESHER_HOST: '127.0.0.1',
      MESHER_NODE_NAME: 'node-under-test',
      ...(databaseUrl === undefined ? {} : { DATABASE_URL: databaseUrl }),
      ...env
    },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc']
  })
  const output = keepOutput(child)
  let gaveUp: string | null = null
  child.on('message', (message: FromNode) => {
    if (message.type === 'gave_up') gaveUp = message.reason
  })
  const ended = new Promise<Awaited<NodeUnderTest['ended']>>(resolve => {
    child.once('exit', (code, signal) => resolve({ code, signal, gaveUp }))
  })
  const kill = async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL')
    await ended
  }
  t.teardown(kill)
  const { url } = await readyOf(child, output)

  return {
    url,
    pid: child.pid ?? 0,
    output,
    ended,
    kill,
    stop: async () => {
      child.kill('SIGTERM')
      await ended
    },
    crash: name => crash(child, name),
    rssMb: () => memoryOf(child.pid ?? 0).rssMb,
    rssMbMax: () => memoryOf(child.pid ?? 0).peakRssMb,
    ready: () => readiness(url),
    registry: () => registry(child)
  }
}

async function readyOf(child: ChildProcess, output: () => string): Promise<{ url: string }> {
  return await new Promise((resolve, reject) => {
    child.on('message', (message: FromNode) => {
      if (message.type === 'ready') resolve(message)
    })
    child.once('exit', () => reject(new Error(`the node did not start:\n${output()}`)))
  })
}

async function crash(child: ChildProcess, name: string): Promise<boolean> {
  const answered = new Promise<boolean>(resolve => {
    child.on('message', function answer(message: FromNode) {
      if (message.type !== 'crashed' || message.name !== name) return
      child.off('message', answer)
      resolve(message.wasThere)
    })
  })
  ask(child, { type: 'crash', name })
  return await answered
}

async function registry(child: ChildProcess): Promise<string[]> {
  const answered = new Promise<string[]>(resolve => {
    child.on('message', function answer(message: FromNode) {
      if (message.type !== 'registry') return
      child.off('message', answer)
      resolve(message.names)
    })
  })
  ask(child, { type: 'registry' })
  return await answered
}

/** A node that has just ended answers nothing; that it cannot be told any more is no error of the test's. */
function ask(child: ChildProcess, message: ToNode): void {
  child.send(message, () => {})
}

async function readiness(url: string): Promise<Readiness> {
  const response = await fetch(`${url}/readyz`)
  const body: Omit<Readiness, 'status'> = JSON.parse(await response.text())
  return { status: response.status, ...body }
}

function keepOutput(child: ChildProcess): () => string {
  let kept = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      kept = (kept + chunk.toString()).slice(-outputCharsMax)
    })
  }
  return () => kept
}

/** Resolves once `holds` does: asks every 50 ms, for as long as the test runner lets the test run. */
export async function until(holds: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await holds())) await once(AbortSignal.timeout(50), 'abort')
}
