/**
 * Starts a server as a process of its own, waits until it is ready, and stops it with SIGTERM. A server that does not
 * stop within 25 s is killed, and the benchmark fails: accepted requests must not be left open.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'

/** `others` are servers beside it whose processor time counts too. */
export type Server = { pid: number; url: string; stop: () => Promise<void>; others?: readonly number[] }

export type ServerOptions = {
  /** Path of the script without its ending, relative to this file. */
  script: string
  args: readonly string[]
  env: Record<string, string>
  url: string
  /** A route that returns 200 when the server is ready. */
  readyPath: string
  nodeArgs?: readonly string[]
}

const readyMsMax = 60_000
const stopMsMax = 25_000
const outputCharsMax = 4_000

export async function startServer(options: ServerOptions): Promise<Server> {
  const script = fileURLToPath(new URL(`${options.script}${extname(import.meta.url)}`, import.meta.url))
  const child = spawn(process.execPath, [...process.execArgv, ...(options.nodeArgs ?? []), script, ...options.args], {
    env: { ...process.env, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe']
  })
  const output = keepOutput(child)
  const killWithUs = (): void => {
    child.kill('SIGKILL')
  }
  process.once('exit', killWithUs)
  child.once('exit', () => process.off('exit', killWithUs))

  try {
    await untilReady(child, options.url + options.readyPath)
  } catch (error) {
    child.kill('SIGKILL')
    throw new Error(
      `${options.script} did not start: ${error instanceof Error ? error.message : String(error)}\n${output()}`
    )
  }
  return { pid: child.pid ?? 0, url: options.url, stop: () => stop(child, output) }
}

/** A free port below the range of ephemeral ports, so that no other program gets it by chance. */
export async function freePort(): Promise<number> {
  const port = randomInt(10_000, 30_000)
  const server = createServer()
  const isFree = await new Promise<boolean>(resolve => {
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => {
      server.close(() => resolve(true))
    })
  })
  return isFree ? port : await freePort()
}

async function untilReady(child: ChildProcess, url: string): Promise<void> {
  const endMs = Date.now() + readyMsMax
  while (Date.now() < endMs) {
    if (child.exitCode !== null || child.signalCode !== null) {
      throw new Error(`it ended with ${child.signalCode ?? child.exitCode}`)
    }
    const status = await fetch(url).then(
      response => response.status,
      () => 0
    )
    if (status === 200) return
    await new Promise(resolve => setTimeout(resolve, 100))
  }
  throw new Error(`it was not ready within ${readyMsMax / 1_000} s`)
}

async function stop(child: ChildProcess, output: () => string): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) {
    throw new Error(`the server ended on its own (${child.signalCode ?? child.exitCode})\n${output()}`)
  }
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  const killing = setTimeout(() => child.kill('SIGKILL'), stopMsMax)
  await ended
  clearTimeout(killing)
  if (child.signalCode === 'SIGKILL') {
    throw new Error(`the server did not stop within ${stopMsMax / 1_000} s\n${output()}`)
  }
}

/** The last of what the server wrote, for the message when it fails. Reading it keeps its pipe from filling up. */
function keepOutput(child: ChildProcess): () => string {
  let kept = ''
  const keep = (chunk: Buffer): void => {
    kept = (kept + chunk.toString()).slice(-outputCharsMax)
  }
  child.stdout?.on('data', keep)
  child.stderr?.on('data', keep)
  return () => kept
}
