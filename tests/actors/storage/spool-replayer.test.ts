// Goal: what the spool answers is on disk, is replayed in order and in small transactions, and is never twice in a
// file; what it cannot keep it gives back; a broken folder, a damaged file or a refusing database crashes nothing and
// holds nothing else up. Method: files and database are gates; ticks are sent by the test; `status` and silence are the
// synchronisation.
import t from 'tap'
import { spoolReplayer } from '../../../actors/storage/spool-replayer.ts'
import type { SpoolOptions } from '../../../actors/storage/spool-state.ts'
import type { SpoolListing } from '../../../services/spool/files.ts'
import type { PreparedBatch, RepliesMessage } from '../../../schema/pipeline.ts'
import type { CommittedBatch } from '../../../services/commit/committed-batch.ts'
import type { SpoolFile } from '../../../services/spool/spool.ts'
import { awaited, fates, gated, inbox, keptLog, neighbour, node, quiet, repliesIn, stored } from '../support.ts'
import type { EventRouterMessage } from '../../../actors/ingestion/messages.ts'
import type {
  Awaited,
  RollupFolderMessage,
  SpoolMessage,
  SpoolStatus,
  StorageWriterMessage
} from '../../../actors/storage/messages.ts'

const outage = new Error('the connection was refused')

function startSpool(
  t: Parameters<typeof node>[0],
  { found = [], ...others }: Partial<SpoolOptions> & { found?: SpoolFile[] } = {}
) {
  const mesh = node(t)
  const writer = neighbour<StorageWriterMessage>(mesh, 'writer')
  const router = neighbour<EventRouterMessage>(mesh, 'router')
  const folder = neighbour<RollupFolderMessage>(mesh, 'folder')
  const client = inbox<RepliesMessage>(mesh)
  const writes = gated<[readonly PreparedBatch[]], SpoolFile>()
  const reads = gated<[string], PreparedBatch[] | null>()
  const commits = gated<[PreparedBatch[]], CommittedBatch[]>()
  const probes = gated<[], unknown>()
  const lists = gated<[], SpoolListing>()
  const noted: SpoolListing[] = []
  const removed: string[] = []
  const reported: string[] = []
  const { log, lines } = keptLog()
  const clock = { ms: 0 }
  const spool = mesh.spawn(
    spoolReplayer({
      files: {
        open: async () => ({ files: found, setAside: 0, oldestAt: null }),
        list: lists.run,
        write: writes.run,
        read: reads.run,
        remove: async name => {
          removed.push(name)
        }
      },
      note: listing => {
        noted.push(listing)
      },
      commit: commits.run,
      isOutage: error => error === outage,
      probe: probes.run,
      writer: writer.name,
      router: router.name,
      folder: folder.name,
      report: { committed: outcomes => reported.push(...outcomes.map(({ outcome }) => outcome)), spool: () => {} },
      bytesMax: 1_000,
      waitingCharsMax: 1_000_000,
      group: { eventsMax: 1_000, charsMax: 1_000_000 },
      together: { filesMax: 1, bytesMax: 1_000 },
      tickMs: 1_000_000,
      tellMs: 60_000,
      now: () => clock.ms,
      log,
      ...others
    })
  )
  const tell = async (message: SpoolMessage) => {
    mesh.cast(spool, message)
    await quiet(mesh)
  }
  return {
    mesh,
    spool,
    writer: writer.inbox,
    router: router.inbox,
    folder: folder.inbox,
    client,
    writes,
    reads,
    commits,
    probes,
    lists,
    noted,
    removed,
    reported,
    lines,
    clock,
    tell,
    hand: (...items: Awaited[]) => tell({ type: 'spool', items, from: writer.name, why: 'it is read-only' }),
    /** Lets the write in progress succeed. */
    written: async (name: string, bytes = 100) => {
      writes.last().succeed({ name, bytes, writtenAt: 0 })
      await quiet(mesh)
    },
    /** Lets the replay in progress read this and, if there is something, commit it. */
    replayed: async (batches: PreparedBatch[] | null) => {
      await quiet(mesh)
      reads.last().succeed(batches)
      await quiet(mesh)
      if (batches !== null) commits.last().succeed(stored(batches))
      await quiet(mesh)
    },
    failReplay: async (error: unknown, batches = [awaited(client.pid).batch]) => {
      await quiet(mesh)
      reads.last().succeed(batches)
      await quiet(mesh)
      commits.last().fail(error)
      await quiet(mesh)
    },
    status: () => mesh.call<SpoolMessage, SpoolStatus>(spool, replyTo => ({ type: 'status', replyTo }))
  }
}

function file(name: string, bytes = 100): SpoolFile {
  return { name, bytes, writtenAt: 5 }
}

function idsOf(batches: readonly PreparedBatch[]): string[] {
  return batches.map(({ id }) => id)
}

t.test('answers when the file is on disk, not before', async t => {
  const { client, router, hand, written, status } = startSpool(t)
  const item = awaited(client.pid, { events: 2, request: 4 })
  await hand(item)
  t.same(client.mail, [])
  t.match(await status(), { files: 0, outage: { why: 'it is read-only' } })

  await written('1')
  t.same(fates(client.mail), ['4 stored', '5 stored'])
  t.same(router.mail, [{ type: 'settled', batchIds: [item.batch.id] }])
  t.match(await status(), { files: 1, bytes: 100, accepting: true })
})

t.test('what arrives during a write shares the next file, within its size', async t => {
  const { client, writes, hand, written } = startSpool(t, { waitingCharsMax: 100_000_000 })
  const [a, b, c] = [awaited(client.pid), awaited(client.pid), awaited(client.pid)]
  const large = [
    awaited(client.pid, { payload: 'x'.repeat(10_000_000) }),
    awaited(client.pid, { payload: 'x'.repeat(10_000_000) })
  ]
  await hand(a)
  for (const item of [b, c, ...large]) await hand(item)
  for (const name of ['1', '2', '3']) await written(name)
  t.same(
    writes.calls.map(({ args: [batches] }) => idsOf(batches)),
    [
      [a.batch.id],
      idsOf([b.batch, c.batch, ...large.slice(0, 1).map(({ batch }) => batch)]),
      large.slice(1).map(({ batch }) => batch.id)
    ]
  )
})

t.test('a batch that comes again while it waits or is being written is taken once', async t => {
  const { client, writes, hand, written } = startSpool(t)
  const [a, b] = [awaited(client.pid, { request: 1 }), awaited(client.pid, { request: 2 })]
  await hand(a)
  await hand(a, b)
  await hand(b)
  await written('1')
  await written('2')
  t.same(
    writes.calls.map(({ args: [batches] }) => idsOf(batches)),
    [[a.batch.id], [b.batch.id]]
  )
  t.same(fates(client.mail), ['1 stored', '2 stored'])
})

t.test('a client id that is in the spool already is a duplicate', async t => {
  const { client, hand, written } = startSpool(t)
  const [first, second, other] = [awaited(client.pid), awaited(client.pid), awaited(client.pid)]
  for (const {
    batch: {
      events: [event]
    }
  } of [first, second, other]) {
    if (event !== undefined) event.eventId = 'e'.repeat(32)
  }
  for (const {
    batch: {
      events: [event]
    }
  } of [other]) {
    if (event !== undefined) event.projectId = 2
  }
  await hand(first)
  await written('1')
  await hand(second, other)
  await written('2')
  const id = first.batch.events[0]?.id
  t.match(repliesIn(client.mail), [
    { result: { id, outcome: 'stored' } },
    { result: { id, outcome: 'duplicate' } },
    { result: { outcome: 'stored' } }
  ])
})

t.test('gives back what the disk does not take, logs once, and takes again when it can', async t => {
  const { writer, client, writes, lines, hand, written, status } = startSpool(t)
  const items = [awaited(client.pid), awaited(client.pid), awaited(client.pid)]
  for (const item of items) {
    await hand(item)
    writes.last().fail(new Error('no space left on device'))
  }
  await hand(awaited(client.pid))
  t.match(
    writer.mail,
    items.map(item => ({ type: 'spool_refused', items: [item] }))
  )
  t.equal(lines.filter(line => line.startsWith('error')).length, 1)
  t.equal((await status()).accepting, false)

  await written('1')
  t.equal((await status()).accepting, true)
})

t.test('gives back what is beyond its bounds on disk and in memory', async t => {
  const full = startSpool(t, { found: [file('1', 1_000)] })
  await full.hand(awaited(full.client.pid))
  t.match(full.writer.mail, [{ type: 'spool_refused' }])
  t.equal(full.writes.calls.length, 0)

  const slow = startSpool(t, { waitingCharsMax: 100 })
  for (let index = 0; index < 4; index++) await slow.hand(awaited(slow.client.pid, { payload: 'x'.repeat(51) }))
  t.equal(slow.writer.mail.length, 2)
  await slow.written('1')
  await slow.hand(awaited(slow.client.pid, { payload: 'x'.repeat(51) }))
  t.equal(slow.writer.mail.length, 2, 'what was written makes room')
})

t.test('replays file after file, in their order, under the old ids, then the spool is empty', async t => {
  const { client, folder, reads, commits, removed, reported, replayed, status } = startSpool(t, {
    found: [file('1'), file('2')]
  })
  const [a, b] = [awaited(client.pid, { events: 2 }).batch, awaited(client.pid).batch]
  await replayed([a])
  await replayed([b])
  t.same(
    reads.calls.map(({ args: [name] }) => name),
    ['1', '2']
  )
  t.same(
    commits.calls.map(({ args: [batches] }) => idsOf(batches)),
    [[a.id], [b.id]]
  )
  t.same(removed, ['1', '2'])
  t.equal(reported.length, 3)
  t.equal(folder.mail.length, 2)
  t.same(await status(), {
    accepting: true,
    outage: null,
    files: 0,
    bytes: 0,
    bytesMax: 1_000,
    setAside: 0,
    oldestAt: null
  })
})

t.test('replays a file in small transactions', async t => {
  const { mesh, client, reads, commits, removed } = startSpool(t, {
    found: [file('1')],
    group: { eventsMax: 2, charsMax: 1_000 }
  })
  const batches = [1, 1, 1, 5].map(events => awaited(client.pid, { events }).batch)
  await quiet(mesh)
  reads.last().succeed(batches)
  await quiet(mesh)
  for (let done = 0; done < 3; done++) {
    t.equal(commits.calls.length, done + 1, 'one after the other')
    t.same(removed, [])
    commits.last().succeed(stored(commits.last().args[0]))
    await quiet(mesh)
  }
  t.same(
    commits.calls.map(({ args: [group] }) => group.length),
    [2, 1, 1]
  )
  t.same(removed, ['1'])
})

t.test('an outage changes nothing about the order; it is tried at the next tick', async t => {
  const { reads, lines, failReplay, replayed, tell, client } = startSpool(t, { found: [file('1'), file('2')] })
  await failReplay(outage)
  t.equal(reads.calls.length, 1, 'not at once')
  await tell({ type: 'tick' })
  await tell({ type: 'tick' })
  await replayed([awaited(client.pid).batch])
  t.same(
    reads.calls.map(({ args: [name] }) => name),
    ['1', '1', '2']
  )
  t.same(
    lines.filter(line => line.startsWith('error')),
    []
  )
})

t.test('a file that the database refuses is logged once and lets others pass', async t => {
  const { client, reads, probes, writer, lines, failReplay, replayed, hand, written, tell, status } = startSpool(t, {
    found: [file('1'), file('2')]
  })
  await failReplay(new Error('a bug'))
  await tell({ type: 'tick' })
  await replayed([awaited(client.pid).batch])
  await failReplay(new Error('a bug'))
  t.same(
    reads.calls.map(({ args: [name] }) => name),
    ['1', '2', '1']
  )
  t.equal(lines.filter(line => line.startsWith('error')).length, 1)
  t.equal((await status()).files, 1)

  await hand(awaited(client.pid))
  await written('3')
  await tell({ type: 'tick' })
  await failReplay(new Error('a bug'))
  probes.last().succeed(1)
  await tell({ type: 'tick' })
  t.match(writer.mail, [{ type: 'database_up' }], 'the writer needs not wait for it')
})

t.test('a file that has gone or was damaged is done with', async t => {
  const { commits, replayed, status } = startSpool(t, { found: [file('1')] })
  await replayed(null)
  t.equal(commits.calls.length, 0)
  t.match(await status(), { files: 0, bytes: 0 })
})

t.test('small files are replayed together; when the database refuses them, each is tried alone', async t => {
  const { client, reads, commits, removed, lines, mesh, status, tell } = startSpool(t, {
    found: [file('1'), file('2'), file('3'), file('4', 950)],
    together: { filesMax: 9, bytesMax: 1_000 }
  })
  const batches = [1, 2, 3].map(() => awaited(client.pid).batch)
  const answerReads = async (calls: readonly number[], ...read: PreparedBatch[]) => {
    await quiet(mesh)
    for (const [index, call] of calls.entries()) {
      reads.calls[call]?.succeed(read.slice(index, index + 1))
      await quiet(mesh)
    }
  }
  await answerReads([0, 1, 2], ...batches)
  t.same(idsOf(commits.last().args[0]), idsOf(batches), 'in one transaction, without the large one')
  commits.last().fail(new Error('violates a constraint'))
  for (const [index, batch] of batches.entries()) {
    await answerReads([3 + index], batch)
    t.same(idsOf(commits.last().args[0]), [batch.id])
    if (index === 1) commits.last().fail(new Error('violates a constraint'))
    else commits.last().succeed(stored([batch]))
    await quiet(mesh)
    if (index === 1) await tell({ type: 'tick' })
  }
  t.same(removed, ['1', '3'])
  t.match(lines.at(-1), /^error: 2 stays in the spool/)
  t.match(await status(), { files: 2 })
})

t.test('a batch that is in two files is committed once', async t => {
  const { client, reads, commits, removed, mesh } = startSpool(t, {
    found: [file('1'), file('2')],
    together: { filesMax: 9, bytesMax: 1_000 }
  })
  const { batch } = awaited(client.pid)
  await quiet(mesh)
  for (const call of [0, 1]) {
    reads.calls[call]?.succeed([batch])
    await quiet(mesh)
  }
  t.same(idsOf(commits.last().args[0]), [batch.id])
  commits.last().succeed(stored([batch]))
  await quiet(mesh)
  t.same(removed, ['1', '2'])
})

t.test('finds files that an operator has put back', async t => {
  const { lists, noted, reads, clock, tell, status, mesh } = startSpool(t)
  await tell({ type: 'tick' })
  t.equal(lists.calls.length, 0)
  clock.ms += 61_000
  await tell({ type: 'tick' })
  lists.last().succeed({ files: [file('7')], setAside: 2, oldestAt: 5 })
  await quiet(mesh)
  t.match(await status(), { files: 1, bytes: 100, setAside: 2 })
  t.match(noted, [{ setAside: 2, oldestAt: 5 }])
  await tell({ type: 'tick' })
  t.same(reads.last().args, ['7'])
})

t.test('asks for a database that was down and tells the writer when it is back', async t => {
  const { client, writer, writes, probes, hand, tell, mesh, status } = startSpool(t)
  await hand(awaited(client.pid))
  writes.last().fail(new Error('no space left on device'))
  await tell({ type: 'tick' })
  await tell({ type: 'tick' })
  t.equal(probes.calls.length, 1, 'one question at a time')
  probes.last().fail(outage)
  await quiet(mesh)
  await tell({ type: 'tick' })
  t.match(await status(), { accepting: false, outage: { why: outage.message, since: 0 } })

  probes.last().succeed(1)
  await quiet(mesh)
  t.match(await status(), { accepting: true, outage: null })
  t.match(writer.mail, [{ type: 'spool_refused' }, { type: 'database_up' }])
  await tell({ type: 'tick' })
  t.equal(probes.calls.length, 2, 'nobody asks when all is well')
})

t.test('says every minute why it spools and since when, until it does not any more', async t => {
  const { client, probes, lines, clock, hand, written, tell, replayed, mesh } = startSpool(t)
  const told = () => lines.filter(line => line.includes('takes no events since'))
  clock.ms = Date.parse('2026-03-01T12:00:00Z')
  const item = awaited(client.pid)
  await hand(item)
  await written('1')
  await tell({ type: 'tick' })
  t.same(told(), [], 'the writer has said that it begins')
  clock.ms += 61_000
  await tell({ type: 'tick' })
  await tell({ type: 'tick' })
  t.same(told(), [
    'warn: the database takes no events since 2026-03-01T12:00:00.000Z (1 min): it is read-only; ' +
      'the spool holds 1 files, 100 bytes'
  ])
  await replayed([item.batch])
  clock.ms += 61_000
  await tell({ type: 'tick' })
  await quiet(mesh)
  t.equal(told().length, 1)
  t.equal(probes.calls.length, 0)
})

t.test('a spool that cannot be opened gives everything back and is opened at a later tick', async t => {
  let broken = true
  const { client, writer, reads, probes, lines, hand, tell, mesh, status } = startSpool(t, {
    files: {
      open: async () => {
        if (broken) throw new Error('input/output error')
        return { files: [file('1')], setAside: 0, oldestAt: null }
      },
      list: () => Promise.reject(new Error('input/output error')),
      write: () => Promise.reject(new Error('nothing is written')),
      read: () => Promise.resolve(null),
      remove: async () => {}
    }
  })
  t.match(await status(), { accepting: false })
  await hand(awaited(client.pid))
  t.match(writer.take(), [{ type: 'spool_refused' }])
  await tell({ type: 'tick' })
  probes.last().succeed(1)
  await quiet(mesh)
  t.match(writer.take(), [{ type: 'database_up' }], 'the database is asked all the same')
  t.match(await status(), { accepting: false, outage: null })
  t.equal(lines.filter(line => line.startsWith('error')).length, 1)

  broken = false
  await tell({ type: 'tick' })
  t.match(await status(), { accepting: true, files: 0 })
  t.match(lines, [/cannot be opened/, /holds 1 files/, /the spool is empty/])
  t.same(reads.calls, [])
})
