// Goal: jobs are worked off in their order by at most so many threads; a thread that dies takes its own job along and
// no other, and what is closed leaves nothing running. Method: real threads, which do what the job says.
import t, { type Test } from 'tap'
import { JobNotBegun, threadPool, type ThreadPool } from '../../../services/machine/thread-pool.ts'

type Job = { value: number } | { throws: string } | { exits: number } | { waitsFor: SharedArrayBuffer }
type Result = { value: number; thread: number }

const owner = { project: '1', sender: 'a' }
const program = `
  import { parentPort, threadId } from 'node:worker_threads'
  parentPort.on('message', job => {
    if ('throws' in job) throw new RangeError(job.throws)
    if ('exits' in job) process.exit(job.exits)
    if ('waitsFor' in job) Atomics.wait(new Int32Array(job.waitsFor), 0, 0)
    parentPort.postMessage({ value: job.value ?? -1, thread: threadId })
  })`

function pool(t: Test, threadsMax: number): ThreadPool<Job, Result> {
  const threads = threadPool<Job, Result>({
    entry: new URL(`data:text/javascript,${encodeURIComponent(program)}`),
    threadsMax,
    waitingMax: 4,
    idleMs: 60_000,
    heapMbMax: 64
  })
  t.teardown(() => threads.close())
  return threads
}

t.test('one thread does one job after the other', async t => {
  const { run } = pool(t, 1)
  const done: number[] = []
  const results = await Promise.all(
    [1, 2, 3].map(async value => {
      const result = await run({ value }, owner)
      done.push(result.value)
      return result
    })
  )
  t.same(done, [1, 2, 3])
  t.equal(new Set(results.map(({ thread }) => thread)).size, 1)
})

t.test('another thread takes what comes while the first is busy', async t => {
  const { run } = pool(t, 2)
  const gate = new SharedArrayBuffer(4)
  const waiting = run({ waitsFor: gate }, owner)
  const { thread } = await run({ value: 7 }, owner)
  Atomics.store(new Int32Array(gate), 0, 1)
  Atomics.notify(new Int32Array(gate), 0)
  t.not((await waiting).thread, thread)
})

t.test('who has taken much of a thread lets others go first', async t => {
  const { run } = pool(t, 1)
  const other = { project: '2', sender: 'a' }
  const gate = new SharedArrayBuffer(4)
  const done: number[] = []
  const ran = async (job: Job, by: typeof owner): Promise<number> => done.push((await run(job, by)).value)
  // Its time includes the start of the thread, which takes many times as long as a job.
  const jobs = [
    ran({ waitsFor: gate }, owner),
    ran({ value: 3 }, owner),
    ran({ value: 1 }, other),
    ran({ value: 2 }, other)
  ]
  Atomics.store(new Int32Array(gate), 0, 1)
  Atomics.notify(new Int32Array(gate), 0)
  await Promise.all(jobs)
  t.same(done, [-1, 1, 2, 3])
})

t.test('a thread that dies takes its job along and no other', async t => {
  const { run } = pool(t, 1)
  const jobs = [
    run({ throws: 'broken' }, owner),
    run({ value: 1 }, owner),
    run({ exits: 3 }, owner),
    run({ value: 2 }, owner)
  ]
  const settled = await Promise.allSettled(jobs)
  t.match(settled, [
    { status: 'rejected', reason: { name: 'RangeError', message: 'broken' } },
    { status: 'fulfilled', value: { value: 1 } },
    { status: 'rejected', reason: { message: 'a thread ended with 3 before its work was done' } },
    { status: 'fulfilled', value: { value: 2 } }
  ])
})

t.test('a job that cannot be copied is rejected, and the next one is done', async t => {
  const threads = threadPool<unknown, Result>({
    entry: new URL(`data:text/javascript,${encodeURIComponent(program)}`),
    threadsMax: 1,
    waitingMax: 4,
    idleMs: 60_000,
    heapMbMax: 64
  })
  t.teardown(() => threads.close())
  await t.rejects(threads.run({ value: () => 1 }, owner), { name: 'DataCloneError' })
  t.match(await threads.run({ value: 2 }, owner), { value: 2 })
})

t.test('closing rejects what is not done, and what comes later', async t => {
  const { run, close } = pool(t, 1)
  const jobs = Promise.allSettled([run({ waitsFor: new SharedArrayBuffer(4) }, owner), run({ value: 1 }, owner)])
  close()
  t.match(await jobs, [{ status: 'rejected' }, { status: 'rejected' }])
  await t.rejects(run({ value: 2 }, owner), { message: 'the threads have ended' })
})

t.test('a job that gives way, and one that no thread can be started for, are told from those that failed', async t => {
  const { run, close } = pool(t, 1)
  const gate = new SharedArrayBuffer(4)
  const first = run({ waitsFor: gate }, owner)
  const jobs = Promise.allSettled([1, 2, 3, 4, 5].map(value => run({ value }, owner)))
  const other = run({ value: 6 }, { project: '1', sender: 'b' })
  Atomics.store(new Int32Array(gate), 0, 1)
  Atomics.notify(new Int32Array(gate), 0)
  await first
  t.match(await other, { value: 6 }, 'another sender is not refused')
  const settled = await jobs
  t.same(
    settled.map(({ status }) => status),
    ['fulfilled', 'fulfilled', 'fulfilled', 'rejected', 'rejected']
  )
  t.match(settled[4], { reason: { name: 'JobNotBegun', isCrowded: true } })
  close()

  const gone = threadPool<Job, Result>({
    entry: new URL('file:///nowhere/thread.js'),
    threadsMax: 1,
    waitingMax: 4,
    idleMs: 60_000,
    heapMbMax: 64
  })
  t.teardown(() => gone.close())
  const error = await gone.run({ value: 1 }, owner).catch((reason: unknown) => reason)
  t.ok(error instanceof JobNotBegun)
  t.match(error, { isCrowded: false, cause: { code: /MODULE_NOT_FOUND$/ } })
})
