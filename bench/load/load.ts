/**
 * Starts a load in a process of its own and follows it. The load's process prepares its requests first and then waits
 * for the message to start, so that counters can be read at that moment. It never outlives its parent, nor `durationMs`
 * plus the time that open responses may take.
 */
import { fork, type ChildProcess } from 'node:child_process'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { FromChild, LoadOptions, LoadProgress, LoadReport, ToChild } from './types.ts'

export type { LoadOptions, LoadProgress, LoadReport } from './types.ts'

export type LoadHooks = {
  onProgress?: (progress: LoadProgress) => void
  /** `open` when the warm-up is over, `closed` when nothing more is sent: the moments to read counters. */
  onWindow?: (state: 'open' | 'closed') => void
}

export type LoadRun = {
  /** Resolves at the end, whatever was refused or lost; rejects when the load's process fails. */
  report: Promise<LoadReport>
  /** Sends nothing more; the report comes when the open responses are in. */
  stop: () => void
}

/** Runs a load to its end. */
export async function runLoad(options: LoadOptions, hooks: LoadHooks = {}): Promise<LoadReport> {
  return await startLoad(options, hooks).report
}

export function startLoad(options: LoadOptions, hooks: LoadHooks = {}): LoadRun {
  const child = fork(fileURLToPath(new URL(`./child${extname(import.meta.url)}`, import.meta.url)))
  tell(child, { type: 'prepare', options })
  return { report: followed(child, hooks), stop: () => tell(child, { type: 'stop' }) }
}

function followed(child: ChildProcess, hooks: LoadHooks): Promise<LoadReport> {
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('exit', (code, signal) => reject(new Error(`the load's process ended early (${signal ?? code})`)))
    child.on('message', (message: FromChild) => {
      switch (message.type) {
        case 'ready':
          return tell(child, { type: 'start' })
        case 'window':
          return hooks.onWindow?.(message.state)
        case 'progress':
          return hooks.onProgress?.(message.progress)
        case 'report':
          return resolve(message.report)
        case 'failed':
          return reject(new Error(`the load's process failed: ${message.message}`))
      }
    })
  })
}

function tell(child: ChildProcess, message: ToChild): void {
  if (child.connected) child.send(message)
}
