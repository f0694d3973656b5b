/**
 * A few threads that work off jobs, one at a time each, in the order in which the jobs came. Threads are started when
 * there is work for them and end after a while without any. Jobs and results are copied between threads. A job is
 * rejected when its thread ends before it is done; the next one gets a new thread. How many jobs wait is for the caller
 * to bound.
 */
import { Worker, type WorkerOptions } from 'node:worker_threads'

export type ThreadPool<Job, Result> = {
  run: (job: Job) => Promise<Result>
  /** Ends all threads; what was not done is rejected. */
  close: () => void
}

export type ThreadPoolOptions = {
  /** The file that a thread runs. It answers each message with one. */
  entry: URL
  threadsMax: number
  idleMs: number
  /** Of one thread: beyond it the thread ends, not the process. */
  heapMbMax: number
}

type Waiting<Job, Result> = { job: Job; resolve: (result: Result) => void; reject: (error: Error) => void }
type Thread<Job, Result> = { worker: Worker; waiting: Waiting<Job, Result> | null; idle: NodeJS.Timeout | undefined }

export function threadPool<Job, Result>({
  entry,
  threadsMax,
  idleMs,
  heapMbMax
}: ThreadPoolOptions): ThreadPool<Job, Result> {
  const queue: Waiting<Job, Result>[] = []
  const threads = new Set<Thread<Job, Result>>()
  let isClosed = false

  function next(): void {
    for (let [first] = queue; first !== undefined; [first] = queue) {
      const free = [...threads].find(({ waiting }) => waiting === null) ?? start()
      if (free === null) return
      queue.shift()
      give(free, first)
    }
  }

  function give(thread: Thread<Job, Result>, waiting: Waiting<Job, Result>): void {
    clearTimeout(thread.idle)
    thread.waiting = waiting
    thread.worker.ref()
    try {
      thread.worker.postMessage(waiting.job)
    } catch (error) {
      waiting.reject(error instanceof Error ? error : new Error(String(error)))
      rest(thread)
    }
  }

  function start(): Thread<Job, Result> | null {
    if (isClosed || threads.size >= threadsMax) return null
    const worker = workerOf(entry, { resourceLimits: { maxOldGenerationSizeMb: heapMbMax } })
    const thread: Thread<Job, Result> = { worker, waiting: null, idle: undefined }
    threads.add(thread)
    worker.on('message', (result: Result) => {
      thread.waiting?.resolve(result)
      rest(thread)
      next()
    })
    worker.on('error', error => end(thread, error))
    worker.on('exit', code => end(thread, new Error(`a thread ended with ${code} before its work was done`)))
    return thread
  }

  function rest(thread: Thread<Job, Result>): void {
    thread.waiting = null
    thread.worker.unref()
    thread.idle = setTimeout(() => stop(thread), idleMs).unref()
  }

  function stop(thread: Thread<Job, Result>): void {
    thread.worker.terminate().catch((error: Error) => end(thread, error))
  }

  function end(thread: Thread<Job, Result>, error: Error): void {
    clearTimeout(thread.idle)
    threads.delete(thread)
    thread.waiting?.reject(error)
    thread.waiting = null
    next()
  }

  return {
    run: job =>
      new Promise((resolve, reject) => {
        if (isClosed) return reject(new Error('the threads have ended'))
        queue.push({ job, resolve, reject })
        next()
      }),
    close: () => {
      isClosed = true
      for (const { reject } of queue.splice(0)) reject(new Error('the threads have ended'))
      for (const thread of threads) stop(thread)
    }
  }
}

/** Sources that are run unbuilt have a loader, which Node 20 does not give to threads. */
function workerOf(entry: URL, options: WorkerOptions): Worker {
  if (!entry.pathname.endsWith('.ts')) return new Worker(entry, options)
  const loader = JSON.stringify(import.meta.resolve('tsx/esm/api'))
  const code = `import(${loader}).then(({ register }) => register() && import(${JSON.stringify(entry.href)}))`
  return new Worker(code, { ...options, eval: true })
}
