// Goal: every way out of the writer: committed, late, failed and spooled, refused; each batch is answered by somebody
// and never told wrongly, whichever of its helpers dies or comes too late. Method: `commit` is a gate that the test
// opens; what is due by time the test says itself, in the writer's own protocol.
import t from 'tap'
import { storageWriter, type StorageWriterOptions } from '../../../actors/storage/storage-writer.ts'
import { processName } from '../../../mesh/index.ts'
import type { CommittedOutcome, PreparedBatch, RepliesMessage } from '../../../schema/pipeline.ts'
import type { CommittedBatch } from '../../../services/commit/committed-batch.ts'
import { awaited, fates, gated, inbox, keptLog, neighbour, node, quiet, repliesIn, stored, until } from '../support.ts'
import type { EventRouterMessage } from '../../../actors/ingestion/messages.ts'
import type {
  Awaited,
  RollupFolderMessage,
  SpoolMessage,
  StorageWriterMessage
} from '../../../actors/storage/messages.ts'

const outage = new Error('the connection was refused')
const unknown = new Error('the connection ended during a transaction')

function startWriter(t: Parameters<typeof node>[0], others: Partial<StorageWriterOptions> = {}) {
  const mesh = node(t)
  const spool = neighbour<SpoolMessage>(mesh, 'spool')
  const router = neighbour<EventRouterMessage>(mesh, 'router')
  const folder = neighbour<RollupFolderMessage>(mesh, 'folder')
  const client = inbox<RepliesMessage>(mesh)
  const commits = gated<[PreparedBatch[]], CommittedBatch[]>()
  const reported: CommittedOutcome[] = []
  const { log, lines } = keptLog()
  const name = processName<StorageWriterMessage>('writer')
  const writer = mesh.spawn(
    storageWriter({
      name,
      commit: commits.run,
      outcomeUnknown: error => error === unknown,
      spool: spool.name,
      router: router.name,
      folder: folder.name,
      report: { committed: outcomes => reported.push(...outcomes), group: () => {} },
      flushMs: 0,
      patienceMs: 1_000_000,
      inFlightMax: 1,
      group: { eventsMax: 1_000, charsMax: 1_000_000 },
      waitingCharsMax: 1_000_000,
      log,
      ...others
    }),
    { name }
  )
  const store = async (...items: Awaited[]) => {
    for (const item of items) mesh.cast(writer, { type: 'store', ...item })
    await quiet(mesh)
  }
  /** Lets the commit in flight succeed. */
  const succeed = async () => {
    const {
      args: [batches],
      succeed
    } = commits.last()
    succeed(stored(batches))
    await quiet(mesh)
  }
  const fail = async (error: unknown) => {
    commits.last().fail(error)
    await quiet(mesh)
  }
  const tell = async (message: StorageWriterMessage) => {
    mesh.cast(writer, message)
    await quiet(mesh)
  }
  const groups = () => commits.calls.map(({ args: [batches] }) => batches.map(({ id }) => id))
  return {
    mesh,
    spool: spool.inbox,
    router: router.inbox,
    folder: folder.inbox,
    client,
    commits,
    groups,
    reported,
    lines,
    writer,
    name,
    store,
    succeed,
    fail,
    tell
  }
}

/** What the spool was handed: ids and whether a refusal must be careful. */
function handed(mail: readonly SpoolMessage[]): [string, boolean][] {
  return mail.flatMap(message =>
    message.type === 'spool' ? message.items.map((item): [string, boolean] => [item.batch.id, item.doubtful]) : []
  )
}

function refusedAs(mail: readonly EventRouterMessage[]): [string, string][] {
  return mail.flatMap(message =>
    message.type === 'refused' ? message.batchIds.map((id): [string, string] => [id, message.refusal.reason]) : []
  )
}

t.test('commits at once, answers, and has the batch released and the rollups folded', async t => {
  const { client, router, folder, reported, store, succeed } = startWriter(t)
  const item = awaited(client.pid, { events: 2, request: 7 })
  await store(item)
  t.same(client.mail, [], 'nobody is answered before the commit')
  await succeed()

  t.same(fates(client.mail), ['7 stored', '8 stored'])
  t.equal(client.mail.length, 1, 'in one mail')
  t.same(router.mail, [{ type: 'settled', batchIds: [item.batch.id] }])
  t.same(folder.mail, [{ type: 'committed' }])
  t.equal(reported.length, 2)
})

t.test('groups what arrives while a commit is in flight into one next commit', async t => {
  const { client, groups, store, succeed } = startWriter(t)
  const [a, b, c] = [awaited(client.pid), awaited(client.pid), awaited(client.pid)]
  await store(a)
  await store(b, c)
  await succeed()
  await succeed()
  t.same(groups(), [[a.batch.id], [b.batch.id, c.batch.id]])
})

t.test(
  'sends a second group behind the first when it is as large, and a third when one of them is answered',
  async t => {
    const { client, commits, groups, mesh, store } = startWriter(t, { inFlightMax: 2 })
    const [a, b, c, d, e] = [
      awaited(client.pid, { events: 2 }),
      awaited(client.pid),
      awaited(client.pid),
      awaited(client.pid, { events: 3 }),
      awaited(client.pid)
    ]
    await store(a)
    await store(b)
    t.same(groups(), [[a.batch.id]], 'one event is not worth a transaction of its own')
    await store(c)
    t.same(groups(), [[a.batch.id], [b.batch.id, c.batch.id]])
    await store(d)
    t.equal(groups().length, 2)
    const {
      args: [first],
      succeed
    } = commits.calls[0] ?? commits.last()
    succeed(stored(first))
    await quiet(mesh)
    t.same(groups()[2], [d.batch.id])
    t.equal(fates(client.mail).length, 2)
    await store(e)
    t.equal(groups().length, 3)
  }
)

t.test('two groups in flight end each by itself: one is stored, the other goes to the spool', async t => {
  const { client, commits, mesh, spool, store, fail, tell } = startWriter(t, { inFlightMax: 2 })
  const [a, b] = [awaited(client.pid, { request: 1 }), awaited(client.pid, { request: 2 })]
  await store(a, b)
  await tell({ type: 'overdue', group: 1 })
  t.same(handed(spool.mail), [[a.batch.id, true]])
  await fail(unknown)
  t.same(handed(spool.mail), [
    [a.batch.id, true],
    [b.batch.id, true]
  ])
  const {
    args: [batches],
    succeed
  } = commits.calls[0] ?? commits.last()
  succeed(stored(batches))
  await quiet(mesh)
  t.same(fates(client.mail), ['1 stored'])
})

t.test('bounds a group by events and by text, but takes at least one batch', async t => {
  const { client, groups, store, succeed } = startWriter(t, { group: { eventsMax: 3, charsMax: 100 } })
  const first = awaited(client.pid)
  const items = [2, 1, 1, 5].map(events => awaited(client.pid, { events }))
  const long = [
    awaited(client.pid, { payload: 'x'.repeat(101) }),
    awaited(client.pid, { payload: 'x'.repeat(60) }),
    awaited(client.pid, { payload: 'x'.repeat(60) })
  ]
  await store(first, ...items, ...long)
  for (let commit = 0; commit < 7; commit++) await succeed()
  const ids = [...items, ...long].map(({ batch }) => batch.id)
  t.same(groups(), [
    [first.batch.id],
    ids.slice(0, 2),
    ids.slice(2, 3),
    ids.slice(3, 4),
    ids.slice(4, 5),
    ids.slice(5, 6),
    ids.slice(6, 7)
  ])
})

t.test('with a flush time it waits for that or for a full group', async t => {
  const { client, commits, groups, store, succeed, tell } = startWriter(t, {
    flushMs: 1_000_000,
    group: { eventsMax: 3, charsMax: 1_000 }
  })
  const [a, b, c] = [awaited(client.pid), awaited(client.pid), awaited(client.pid, { events: 2 })]
  await store(a)
  t.equal(commits.calls.length, 0)
  await tell({ type: 'flush' })
  t.equal(commits.calls.length, 1)
  await succeed()
  await store(b)
  t.equal(commits.calls.length, 1)
  await store(c)
  t.same(groups()[1], [b.batch.id, c.batch.id])
})

t.test(
  'tells duplicates by the id of the first, and what was committed before is answered but not reported again',
  async t => {
    const { mesh, client, commits, reported, store } = startWriter(t)
    const item = awaited(client.pid)
    await store(item)
    const [event] = item.batch.events
    const {
      args: [[batch]],
      succeed
    } = commits.last()
    succeed([
      {
        id: batch?.id ?? '',
        outcomes: [{ id: event?.id ?? '', outcome: 'duplicate', firstId: 'the first' }],
        changes: [],
        stored: [],
        alreadyCommitted: true
      }
    ])
    await quiet(mesh)
    t.match(repliesIn(client.mail), [{ result: { status: 202, id: 'the first', outcome: 'duplicate' } }])
    t.same(reported, [])
  }
)

t.test('a batch that is sent again while it waits or is in flight is committed and answered once', async t => {
  const { client, groups, store, succeed } = startWriter(t)
  const [a, b] = [awaited(client.pid, { request: 1 }), awaited(client.pid, { request: 2 })]
  await store(a, b, a, b)
  await succeed()
  await succeed()
  t.same(groups(), [[a.batch.id], [b.batch.id]])
  t.same(fates(client.mail), ['1 stored', '2 stored'])

  await store(a)
  t.equal(groups().length, 3, 'once it is settled nobody remembers it here: the ledger does')
})

t.test('a failed commit and all that follows goes to the spool until the database is back', async t => {
  const { client, spool, commits, lines, store, fail, succeed, tell } = startWriter(t)
  const [a, b, c, d] = [awaited(client.pid), awaited(client.pid), awaited(client.pid), awaited(client.pid)]
  await store(a, b)
  await fail(outage)
  await store(c)
  t.same(handed(spool.mail), [
    [a.batch.id, false],
    [b.batch.id, false],
    [c.batch.id, false]
  ])
  t.same(client.mail, [], 'the spool answers')
  t.equal(lines.filter(line => line.startsWith('warn')).length, 1, 'an outage is logged once')

  await tell({ type: 'database_up' })
  await store(d)
  t.equal(commits.calls.length, 2)
  await succeed()
  t.same(fates(client.mail), ['1 stored'])
})

t.test('an overdue commit is handed over and still answers when it succeeds', async t => {
  const { client, router, spool, lines, store, succeed, tell } = startWriter(t)
  const [a, b, c] = [
    awaited(client.pid, { request: 1 }),
    awaited(client.pid, { request: 2 }),
    awaited(client.pid, { request: 3 })
  ]
  await store(a, b)
  await tell({ type: 'overdue', group: 1 })
  t.same(
    handed(spool.mail),
    [
      [a.batch.id, true],
      [b.batch.id, false]
    ],
    'and what waited behind it'
  )

  await succeed()
  t.same(fates(client.mail), ['1 stored'])
  t.match(router.mail, [{ type: 'settled', batchIds: [a.batch.id] }])
  t.match(lines.at(-1), /commits again/)
  await store(c)
  t.equal(spool.mail.length, 2, 'the next one is committed again')
})

t.test('a commit that became overdue just as it ended is not handed over', async t => {
  const { client, spool, store, succeed, tell } = startWriter(t)
  await store(awaited(client.pid))
  await succeed()
  await tell({ type: 'overdue', group: 1 })
  t.same(spool.mail, [])
})

t.test('an overdue commit that fails is left to the spool, which has it', async t => {
  const { client, spool, store, fail, tell } = startWriter(t)
  await store(awaited(client.pid))
  await tell({ type: 'overdue', group: 1 })
  await fail(unknown)
  t.equal(handed(spool.mail).length, 1)
  t.same(client.mail, [])
})

t.test('patience is measured by the clock', async t => {
  const { client, spool, store } = startWriter(t, { patienceMs: 1 })
  await store(awaited(client.pid))
  await until(() => spool.mail.length === 1)
})

t.test('what was handed over to a spool that died is handed over again when the router sends it again', async t => {
  const { mesh, client, spool, store, tell } = startWriter(t)
  const [a, b] = [awaited(client.pid), awaited(client.pid)]
  await store(a)
  await tell({ type: 'overdue', group: 1 })
  mesh.exit(spool.pid, 'killed')
  const again = inbox<SpoolMessage>(mesh, 'spool')

  await store(a, b)
  t.same(handed(again.mail), [
    [a.batch.id, true],
    [b.batch.id, false]
  ])
})

t.test('what the spool gives back is refused, carefully where a commit may have happened', async t => {
  const { client, spool, router, store, fail, tell } = startWriter(t)
  const [a, b] = [awaited(client.pid), awaited(client.pid)]
  await store(a)
  await fail(unknown)
  await store(b)
  for (const message of spool.take()) {
    if (message.type === 'spool') await tell({ type: 'spool_refused', items: message.items })
  }
  t.same(refusedAs(router.mail), [
    [a.batch.id, 'timeout'],
    [b.batch.id, 'unavailable']
  ])
})

t.test('what the spool gives back while its commit is in flight is answered by that commit', async t => {
  for (const ending of ['success', 'failure', 'unknown'] as const) {
    const { client, spool, router, store, succeed, fail, tell } = startWriter(t)
    const item = awaited(client.pid, { request: 1 })
    await store(item)
    await tell({ type: 'overdue', group: 1 })
    const [message] = spool.take()
    if (message?.type === 'spool') await tell({ type: 'spool_refused', items: message.items })
    t.same(router.mail, [], 'it is not refused yet')

    if (ending === 'success') {
      await succeed()
      t.same(fates(client.mail), ['1 stored'])
    } else {
      await fail(ending === 'unknown' ? unknown : outage)
      t.same(handed(spool.take()), [[item.batch.id, ending === 'unknown']], 'the spool is tried once more')
    }
  }
})

t.test('what the spool gives back of an earlier copy does not touch the copy that waits', async t => {
  const { client, spool, router, store, fail, succeed, tell } = startWriter(t)
  const [a, b] = [awaited(client.pid, { request: 1 }), awaited(client.pid, { request: 2 })]
  await store(a)
  await fail(outage)
  await tell({ type: 'database_up' })
  await store(b, a)
  const [message] = spool.mail
  if (message?.type === 'spool') await tell({ type: 'spool_refused', items: message.items })
  t.same(router.mail, [])
  await succeed()
  await succeed()
  t.same(fates(client.mail), ['2 stored', '1 stored'])
})

t.test('refuses what is beyond its memory, but never a batch on its own', async t => {
  const { client, router, store, succeed, groups } = startWriter(t, { waitingCharsMax: 100 })
  const items = [60, 101, 10, 60].map(length => awaited(client.pid, { payload: 'x'.repeat(length) }))
  await store(...items)
  const [a, b, c, d] = items.map(({ batch }) => batch.id)
  t.same(refusedAs(router.mail), [
    [c, 'overloaded'],
    [d, 'overloaded']
  ])
  await succeed()
  await succeed()
  t.same(groups(), [[a], [b]])
})

t.test('a writer that dies during a commit answers nobody: the router sends again, and the ledger knows', async t => {
  const { mesh, client, commits, writer, store } = startWriter(t)
  const item = awaited(client.pid)
  await store(item)
  mesh.exit(writer, 'killed')
  commits.last().succeed(stored([item.batch]))
  await quiet(mesh)
  t.same(client.mail, [])
})
