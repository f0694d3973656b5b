// Goal: subscribers get every committed event that their filters want, once, encoded once for all that share a filter;
// changed issues are read once for all; a reader that fails loses nothing; who leaves is forgotten. Method: subscribers
// are inboxes; timers are the manager's own messages, sent by the test.
import t from 'tap'
import { streamManager } from '../../../actors/streaming/stream-manager.ts'
import type { StreamFilters, StreamIssue } from '../../../schema/stream.ts'
import type { CommittedBatch } from '../../../services/commit/committed-batch.ts'
import { preparedEvent } from '../../support/prepared.ts'
import { gated, inbox, keptLog, node, quiet } from '../support.ts'
import type { DashboardMessage, StreamIssues, StreamManagerMessage } from '../../../actors/streaming/messages.ts'

const issue = '01900000-0000-7000-8000-000000000001'

function committedBatch(
  events: { level?: 'error' | 'info'; issueId?: string; projectId?: number; kind?: 'created' | 'updated' }[]
): CommittedBatch {
  const rows = events.map(({ level = 'error', issueId = issue, projectId = 1 }) => ({
    event: { ...preparedEvent(), level, projectId },
    issueId,
    rootId: issueId,
    bytes: 1,
    weight: 1
  }))
  return {
    id: 'batch',
    outcomes: [],
    stored: rows,
    changes: rows.map(({ event: { projectId, title, level }, issueId }, index) => ({
      issueId,
      projectId,
      title,
      level,
      kind: events[index]?.kind ?? 'updated'
    })),
    alreadyCommitted: false
  }
}

function shownIssue(id: string): StreamIssue {
  return {
    id,
    short_id: 'WEB-1',
    title: `Issue ${id}`,
    culprit: '',
    level: 'error',
    status: 'unresolved',
    substatus: 'new',
    event_count: 1,
    user_count: 1,
    first_seen: '2026-01-01T00:00:00.000Z',
    last_seen: '2026-01-01T00:00:00.000Z',
    assignee: null
  }
}

function startManager(t: Parameters<typeof node>[0]) {
  const mesh = node(t)
  const reads = gated<[number, string[], { unresolved: boolean }], StreamIssues>()
  const { log, lines } = keptLog()
  let now = 10_000
  const manager = mesh.spawn(
    streamManager({
      run: 'run',
      readIssues: reads.run,
      now: () => now,
      frameMs: 1_000_000,
      readMs: 1_000_000,
      readMax: 2,
      keep: { eventsMax: 5, ageMsMax: 1_000 },
      subscribersOfProjectMax: 3,
      log
    })
  )
  const tell = async (message: StreamManagerMessage) => {
    mesh.cast(manager, message)
    await quiet(mesh)
  }
  const subscriber = () => {
    const { pid, take } = inbox<DashboardMessage>(mesh)
    const frames = () => take().flatMap(message => (message.type === 'push' ? [message.frame] : []))
    return {
      pid,
      frames,
      /** What it was told since the last time it was asked. */
      told: (): Record<string, unknown>[] => frames().map(frame => JSON.parse(Buffer.from(frame).toString())),
      subscribe: (filters: StreamFilters = {}, { after, projectId = 1 }: { after?: string; projectId?: number } = {}) =>
        tell({ type: 'subscribe', pid, projectId, filters, after })
    }
  }
  return {
    mesh,
    tell,
    subscriber,
    reads,
    lines,
    pass: (ms: number) => {
      now += ms
    }
  }
}

t.test('subscribers get what their filters want, in one frame a time, the same bytes for the same filter', async t => {
  const { tell, subscriber } = startManager(t)
  const [all, too, errors, other] = [subscriber(), subscriber(), subscriber(), subscriber()]
  await all.subscribe()
  await too.subscribe()
  await errors.subscribe({ level: ['error'] })
  await other.subscribe({}, { projectId: 2 })
  for (const { told } of [all, too, errors]) t.match(told(), [{ type: 'subscribed', project: '1', seq: 'run.1-0' }])
  other.told()

  await tell({ type: 'committed', batches: [committedBatch([{}, { level: 'info' }]), committedBatch([{}])] })
  t.same(all.told(), [], 'nothing before the frame is due')
  await tell({ type: 'flush' })
  const [frame] = all.frames()
  t.equal(frame, too.frames()[0])
  t.match(JSON.parse(Buffer.from(frame ?? []).toString()), {
    type: 'events',
    project: '1',
    seq: 'run.1-3',
    events: [{ level: 'error' }, { level: 'info' }, { level: 'error' }]
  })
  t.match(errors.told(), [{ seq: 'run.1-3', events: [{ level: 'error' }, { level: 'error' }] }])
  t.same(other.told(), [])
})

t.test('resumes after a position, with the filters, and says when it cannot', async t => {
  const { tell, subscriber } = startManager(t)
  const [first, second, third] = [subscriber(), subscriber(), subscriber()]
  await first.subscribe()
  await tell({ type: 'committed', batches: [committedBatch([{}, { level: 'info' }])] })
  await tell({ type: 'flush' })
  await second.subscribe({ level: ['info'] }, { after: 'run.1-0' })
  t.match(second.told(), [
    { type: 'subscribed', seq: 'run.1-2' },
    { type: 'events', events: [{ level: 'info' }] }
  ])
  await third.subscribe({}, { after: 'elsewhere-7' })
  t.match(third.told(), [{ type: 'subscribed', seq: 'run.1-2', gap: true }])
})

t.test('a second subscription of the same socket takes the place of the first', async t => {
  const { tell, subscriber } = startManager(t)
  const { subscribe, told } = subscriber()
  await subscribe()
  await subscribe({ level: ['info'] })
  told()
  await tell({ type: 'committed', batches: [committedBatch([{}])] })
  await tell({ type: 'flush' })
  t.same(told(), [])
})

t.test(
  'changed issues are read once for all, some at a time, and their counts told; an action is told with its issue',
  async t => {
    const { mesh, tell, subscriber, reads } = startManager(t)
    const [one, two] = [subscriber(), subscriber()]
    await one.subscribe()
    await two.subscribe({ issue: 'b' })
    one.told()
    two.told()
    await tell({
      type: 'committed',
      batches: [
        committedBatch([{ issueId: 'a', kind: 'created' }, { issueId: 'a' }, { issueId: 'b' }, { issueId: 'c' }])
      ]
    })
    await tell({ type: 'read' })
    t.same(reads.last().args, [1, ['a', 'b'], { unresolved: true }])
    const count = (id: string) => ({
      issue_id: id,
      event_count: 2,
      user_count: 1,
      last_seen: '2026-01-01T00:00:00.000Z'
    })
    reads.last().succeed({
      issues: new Map([
        ['a', { item: shownIssue('a'), count: count('a') }],
        ['b', { item: shownIssue('b'), count: count('b') }]
      ]),
      unresolved: 7
    })
    await quiet(mesh)
    t.same(one.told(), [
      { type: 'issue', project: '1', action: 'created', issue: shownIssue('a') },
      { type: 'issue_counts', project: '1', issue_counts: [count('a'), count('b')], unresolved: 7 }
    ])
    t.match(two.told(), [{ type: 'issue_counts' }], 'it follows another issue')
    await tell({ type: 'read' })
    t.same(reads.last().args, [1, ['c'], { unresolved: false }])
  }
)

t.test('of several things that were done to one issue at once each is told, the last one last', async t => {
  const { mesh, tell, subscriber, reads } = startManager(t)
  const { subscribe, told } = subscriber()
  await subscribe()
  told()
  await tell({ type: 'committed', batches: [committedBatch([{ issueId: 'a', kind: 'created' }])] })
  for (const action of ['resolved', 'assigned', 'unresolved', 'resolved'] as const) {
    await tell({ type: 'issues_changed', projectId: 1, action, issueIds: ['a'] })
  }
  await tell({ type: 'read' })
  reads.last().succeed({ issues: new Map(), unresolved: 0 })
  await quiet(mesh)
  t.same(
    told().map(({ action }) => action),
    ['created', 'assigned', 'unresolved', 'resolved', undefined]
  )
})

t.test('what could not be read is read again, and what a person did is not forgotten over it', async t => {
  const { mesh, tell, subscriber, reads, lines } = startManager(t)
  const { subscribe, told } = subscriber()
  await subscribe()
  told()
  await tell({ type: 'issues_changed', projectId: 1, action: 'deleted', issueIds: ['a'] })
  await tell({ type: 'read' })
  await tell({ type: 'committed', batches: [committedBatch([{ issueId: 'a' }])] })
  for (let times = 0; times < 3; times++) {
    reads.last().fail(new Error('no connection'))
    await quiet(mesh)
    await tell({ type: 'read' })
  }
  t.equal(lines.length, 1, 'told once')
  reads.last().succeed({ issues: new Map(), unresolved: 0 })
  await quiet(mesh)
  t.equal(lines.length, 2)
  t.match(told(), [
    { type: 'issue', action: 'deleted', issue: { id: 'a' } },
    { type: 'issue_counts', issue_counts: [], unresolved: 0 }
  ])
})

t.test(
  'who leaves or ends gets nothing any more; a project is remembered for as long as somebody may come back',
  async t => {
    const { mesh, tell, subscriber, pass } = startManager(t)
    const [one, two] = [subscriber(), subscriber()]
    await one.subscribe()
    await two.subscribe()
    await tell({ type: 'unsubscribe', pid: one.pid, projectId: 1 })
    mesh.exit(two.pid, 'killed')
    await quiet(mesh)
    await tell({ type: 'committed', batches: [committedBatch([{}])] })
    await tell({ type: 'flush' })
    one.told()
    await one.subscribe({}, { after: 'run.1-0' })
    t.match(one.told(), [{ seq: 'run.1-1' }, { events: [{}] }], 'it was published while nobody followed')
    await tell({ type: 'unsubscribe', pid: one.pid, projectId: 1 })
    pass(1_000)
    await tell({ type: 'committed', batches: [committedBatch([{}])] })
    await tell({ type: 'flush' })
    await tell({ type: 'sweep' })
    await one.subscribe({}, { after: 'run.1-1' })
    t.match(one.told(), [{ seq: 'run.1-2' }, { events: [{}] }], 'just in time')

    await tell({ type: 'unsubscribe', pid: one.pid, projectId: 1 })
    pass(1_001)
    await tell({ type: 'committed', batches: [committedBatch([{}])] })
    await tell({ type: 'flush' })
    await tell({ type: 'sweep' })
    await tell({ type: 'committed', batches: [committedBatch([{}])] })
    await tell({ type: 'flush' })
    for (const after of ['run.1-0', 'run.1-2']) {
      await one.subscribe({}, { after })
      t.match(
        one.told(),
        [{ type: 'subscribed', seq: 'run.2-0', gap: true }],
        'what came while nobody followed it any more is not known'
      )
    }
  }
)

t.test('a shortage of disk space is told when it begins and ends, and to who comes in between', async t => {
  const { tell, subscriber } = startManager(t)
  const [early, late] = [subscriber(), subscriber()]
  await early.subscribe()
  await early.subscribe({}, { projectId: 2 })
  early.told()
  for (const isLow of [false, true, true]) await tell({ type: 'storage', isLow, detail: '1% is free' })
  t.same(early.told(), [{ type: 'storage', low: true, detail: '1% is free' }], 'once, however often it is said')
  await late.subscribe()
  t.match(late.told(), [{ type: 'subscribed' }, { type: 'storage', low: true }])
  await tell({ type: 'storage', isLow: false, detail: '9% is free' })
  for (const { told } of [early, late]) t.match(told(), [{ type: 'storage', low: false, detail: '9% is free' }])
})

t.test('a project has only so many followers', async t => {
  const { subscriber } = startManager(t)
  const many = [subscriber(), subscriber(), subscriber()]
  for (const { subscribe } of many) await subscribe()
  const late = subscriber()
  await late.subscribe()
  t.match(late.told(), [{ type: 'error', status: 503 }])
  await many[0]?.subscribe({ level: ['info'] })
  t.match(many[0]?.told().at(-1), { type: 'subscribed' }, 'who is there already may change filters')
})
