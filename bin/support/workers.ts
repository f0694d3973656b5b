/** Starts the processes of workers, and defines the messages between them and their owner. */
import { fork, type ChildProcess } from 'node:child_process'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { WorkerChild } from '../../actors/cluster/worker-process.ts'
import type { Config } from '../../schema/config.ts'
import type { LogOptions } from '../../services/machine/log.ts'

/** What is the same for all of them. */
export type WorkerFacts = { version: string; pretty: LogOptions['pretty']; dashboardFolder: string }
export type WorkerStart = WorkerFacts & { type: 'start'; config: Config; workers: readonly string[] }
export type ToWorker = WorkerStart | { type: 'stop' }
export type FromWorker = { type: 'ready' }

const script = fileURLToPath(new URL(`../worker${extname(import.meta.url)}`, import.meta.url))

/** The configuration goes through the IPC channel: secrets are neither in the environment nor among the arguments. */
export function workerForker(facts: WorkerFacts): (config: Config, workers: readonly string[]) => WorkerChild {
  return (config, workers) => {
    const child = fork(script, [], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
    const killWithUs = (): void => {
      child.kill('SIGKILL')
    }
    process.once('exit', killWithUs)
    const ended = new Promise<string>(resolve => {
      child.once('error', error => resolve(error.message))
      child.once('exit', (code, signal) => {
        process.off('exit', killWithUs)
        resolve(signal ?? `exit code ${code}`)
      })
    })
    tell(child, { type: 'start', config, workers, ...facts })
    return {
      pid: child.pid ?? 0,
      ready: readyOf(child, ended, config.nodeName),
      ended,
      stop: () => tell(child, { type: 'stop' }),
      kill: () => {
        child.kill('SIGKILL')
      }
    }
  }
}

async function readyOf(child: ChildProcess, ended: Promise<string>, name: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    child.on('message', (message: FromWorker) => {
      if (message.type === 'ready') resolve()
    })
    ended.then(how => reject(new Error(`the worker ${name} did not start: ${how}`)), reject)
  })
}

function tell(child: ChildProcess, message: ToWorker): void {
  // A worker that has just ended is handled by its exit event.
  if (child.connected) child.send(message, () => {})
}
