/**
 * A few threads that work off jobs, one at a time each, in turns that are fair to projects and senders by the time that
 * their jobs have taken. Threads are started when there is work for them and end after a while without any. Jobs and
 * results are copied between threads. A job is rejected when its thread ends before it is done; the next one gets a new
 * thread. A job that no thread has begun is rejected with `JobNotBegun`: nothing is wrong with it. So are jobs that
 * give way where too many wait.
 */
import { Worker, type WorkerOptions } from 'node:worker_threads'
import { fairQueue, type Owner } from './fair-queue.ts'

/** `isCrowded`: too many wait; otherwise no thread can be started. */
export class JobNotBegun extends Error {
  readonly isCrowded: boolean
  constructor(message: string, isCrowded: boolean, cause?: unknown) {
    super(message, { cause })
    this.name = 'JobNotBegun'
    this.isCrowded = isCrowded
  }
}

export type ThreadPool<Job, Result> = {
  run: (job: Job, owner: Owner) => Promise<Result>
  /** Ends all threads; what was not done is rejected. */
  close: () => void
}

export type ThreadPoolOptions = {
  /** The file that a thread runs. It answers each message with one. */
  entry: URL
  threadsMax: number
  /** Jobs that wait. */
  waitingMax: number
  idleMs: number
  /** Of one thread: beyond it the thread ends, not the process. */
  heapMbMax: number
}

type Waiting<Job, Result> = {
  job: Job
  owner: Owner
  resolve: (result: Result) => void
  reject: (error: Error) => void
}
type Thread<Job, Result> = {
  worker: Worker
  waiting: Waiting<Job, Result> | null
  /** When it was given what it works on. */
  since: number
  idle: NodeJS.Timeout | undefined
  isRunning: boolean
}

/** What a thread ends with whose program could not be loaded, although the thread itself had started. */
const notLoaded: ReadonlySet<unknown> = new Set([
  'MODULE_NOT_FOUND',
  'ERR_MODULE_NOT_FOUND',
  'ERR_WORKER_INIT_FAILED',
  'ENOENT',
  'EMFILE'
])

export function threadPool<Job, Result>({
  entry,
  threadsMax,
  waitingMax,
  idleMs,
  heapMbMax
}: ThreadPoolOptions): ThreadPool<Job, Result> {
  const queue = fairQueue<Waiting<Job, Result>>(waitingMax)
  const threads = new Set<Thread<Job, Result>>()
  let isClosed = false

  function next(): void {
    for (;;) {
      const free = [...threads].find(({ waiting }) => waiting === null)
      if (free === undefined && (isClosed || threads.size >= threadsMax)) return
      const first = queue.take()
      if (first === undefined) return
      if (free !== undefined) give(free, first)
      else giveNew(first)
    }
  }

  function giveNew(waiting: Waiting<Job, Result>): void {
    try {
      give(start(), waiting)
    } catch (error) {
      queue.done(waiting.owner, 0)
      waiting.reject(new JobNotBegun('no thread can be started', false, error))
    }
  }

  function give(thread: Thread<Job, Result>, waiting: Waiting<Job, Result>): void {
    clearTimeout(thread.idle)
    thread.waiting = waiting
    thread.since = performance.now()
    thread.worker.ref()
    try {
      thread.worker.postMessage(waiting.job)
    } catch (error) {
      waiting.reject(error instanceof Error ? error : new Error(String(error)))
      rest(thread)
    }
  }

  function start(): Thread<Job, Result> {
    const worker = workerOf(entry, { resourceLimits: { maxOldGenerationSizeMb: heapMbMax } })
    const thread: Thread<Job, Result> = { worker, waiting: null, since: 0, idle: undefined, isRunning: false }
    threads.add(thread)
    worker.on('online', () => {
      thread.isRunning = true
    })
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
    charge(thread)
    thread.worker.unref()
    thread.idle = setTimeout(() => stop(thread), idleMs).unref()
  }

  /** To whom its time goes. */
  function charge(thread: Thread<Job, Result>): void {
    if (thread.waiting !== null) queue.done(thread.waiting.owner, performance.now() - thread.since)
    thread.waiting = null
  }

  function stop(thread: Thread<Job, Result>): void {
    thread.worker.terminate().catch((error: Error) => end(thread, error))
  }

  function end(thread: Thread<Job, Result>, error: Error): void {
    clearTimeout(thread.idle)
    threads.delete(thread)
    const isBegun = thread.isRunning && !('code' in error && notLoaded.has(error.code))
    thread.waiting?.reject(isBegun ? error : new JobNotBegun('a thread could not be started', false, error))
    charge(thread)
    next()
  }

  return {
    run: (job, owner) =>
      new Promise((resolve, reject) => {
        if (isClosed) return reject(new Error('the threads have ended'))
        queue.push({ job, owner, resolve, reject }, owner)?.reject(new JobNotBegun('too many jobs wait', true))
        next()
      }),
    close: () => {
      isClosed = true
      for (const { reject } of queue.clear()) reject(new Error('the threads have ended'))
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
