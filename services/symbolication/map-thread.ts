/**
 * A thread that decodes source maps, one after the other. It starts with the first job. Its memory is bounded, and so
 * is the time of a job: what exceeds either ends the thread, and the job fails with `MapThreadEnded`; the owner starts
 * another thread.
 */
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import type { DecodedOrNot } from '../../schema/symbolication.ts'
import type { MapJob, MapResult } from './map-worker.ts'

export type MapThread = {
  decode: (job: MapJob) => Promise<DecodedOrNot>
  end: () => void
}

export type MapThreadOptions = { memoryMbMax: number; jobMsMax: number; program?: URL }

/** The thread has ended over this job; `isTooLarge` when for want of memory or time. */
export class MapThreadEnded extends Error {
  readonly isTooLarge: boolean
  constructor(message: string, isTooLarge: boolean) {
    super(message)
    this.name = 'MapThreadEnded'
    this.isTooLarge = isTooLarge
  }
}

const extension = path.extname(fileURLToPath(import.meta.url))
const ownProgram = new URL(`./map-worker${extension}`, import.meta.url)

/** From the sources, a thread has to learn TypeScript first: it does not inherit that from the one that starts it. */
function startable(program: URL): URL {
  if (extension !== '.ts') return program
  const [loader, file] = [import.meta.resolve('tsx/esm/api'), program.href].map(url => JSON.stringify(url))
  return new URL(
    `data:text/javascript,${encodeURIComponent(`import{register}from${loader};register();import(${file})`)}`
  )
}

export function mapThread({ memoryMbMax, jobMsMax, program = ownProgram }: MapThreadOptions): MapThread {
  let worker: Worker | null = null

  function running(): Worker {
    if (worker !== null) return worker
    worker = new Worker(startable(program), { resourceLimits: { maxOldGenerationSizeMb: memoryMbMax } })
    worker.unref()
    return worker
  }

  function decode({ bytes, form }: MapJob): Promise<DecodedOrNot> {
    const thread = running()
    return new Promise((resolve, reject) => {
      const fail = (message: string, isTooLarge: boolean): void => {
        settle()
        thread.terminate().catch(() => {})
        worker = null
        reject(new MapThreadEnded(message, isTooLarge))
      }
      const timer = setTimeout(() => fail(`a source map took more than ${jobMsMax} ms`, true), jobMsMax)
      const onMessage = (result: MapResult): void => {
        settle()
        resolve('error' in result ? { ok: false, reason: 'map_broken' } : { ok: true, ...result })
      }
      const onError = (error: Error): void => {
        const isOutOfMemory = 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY'
        fail(`a source map ended its thread: ${error.message}`, isOutOfMemory)
      }
      const onExit = (): void => fail('the thread has ended', false)
      function settle(): void {
        clearTimeout(timer)
        thread.off('message', onMessage).off('error', onError).off('exit', onExit)
      }
      thread.on('message', onMessage).on('error', onError).on('exit', onExit)
      thread.postMessage({ bytes, form } satisfies MapJob)
    })
  }

  return {
    decode,
    end: () => {
      worker?.terminate().catch(() => {})
      worker = null
    }
  }
}
