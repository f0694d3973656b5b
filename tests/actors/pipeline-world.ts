/**
 * The pipeline from router to spool in a world that fails as told: a database and a disk in memory, whose every answer
 * is drawn from a list, and processes that are killed and come back. The ledger and the files survive all deaths, as
 * the real ones do.
 */
import type { EventProcessorOptions } from '../../actors/ingestion/event-processor.ts'
import { eventProcessor } from '../../actors/ingestion/event-processor.ts'
import { eventRouter } from '../../actors/ingestion/event-router.ts'
import { spoolReplayer } from '../../actors/storage/spool-replayer.ts'
import { storageWriter } from '../../actors/storage/storage-writer.ts'
import { eventIdAt, mintEventId, receivedAtOf } from '../../events/event-ids.ts'
import { parseRequest } from '../../events/parse.ts'
import { processName, startMesh, worker } from '../../mesh/index.ts'
import type { AnyBehaviour, Pid } from '../../mesh/types.ts'
import type { IngestRequest, PreparedBatch, RepliesMessage } from '../../schema/pipeline.ts'
import type { CommittedBatch } from '../../services/commit/committed-batch.ts'
import type { SpoolFile } from '../../services/spool/spool.ts'
import { preparedEvent } from '../support/prepared.ts'
import { inbox, keptLog, quiet, stored } from './support.ts'
import type { EventProcessorMessage, EventRouterMessage, RouterStatus } from '../../actors/ingestion/messages.ts'
import type { SpoolMessage, SpoolStatus, StorageWriterMessage } from '../../actors/storage/messages.ts'

/** What a commit or a write comes to: at once, or when the test lets the late ones go on. */
export type Fate = { late: boolean; outcome: 'done' | 'failed' | 'unknown but done' | 'unknown and not done' }
export const healthy: Fate = { late: false, outcome: 'done' }

class OutcomeUnknown extends Error {}
class Outage extends Error {}

const router = processName<EventRouterMessage>('router')
const processor = processName<EventProcessorMessage>('processor')
const writer = processName<StorageWriterMessage>('writer')
const spool = processName<SpoolMessage>('spool')
export const mortals = [router, processor, writer, spool] as readonly string[]

const prepare: EventProcessorOptions['prepare'] = (value, { id, receivedAt, project: { projectId } }) => {
  const text = JSON.stringify(value)
  if (text.includes('throw')) throw new Error('poison')
  if (text.includes('invalid')) return { kind: 'invalid', errors: [] }
  if (text.includes('sampled')) return { kind: 'sampled_out', event: { id, projectId } }
  return { kind: 'prepared', event: preparedEvent({ id, projectId, receivedAt, payload: text }) }
}

export function pipelineWorld(fates: { commits: readonly Fate[]; writes: readonly Fate[] }) {
  const mesh = startMesh({ name: 'node', incarnation: 1 })
  const client = inbox<RepliesMessage>(mesh)
  const database = fateful(fates.commits)
  const disk = fateful(fates.writes)
  /** How often each event was committed; how often each batch. */
  const rows = new Map<string, number>()
  const ledger = new Set<string>()
  const files = new Map<string, PreparedBatch[]>()
  const problems: string[] = []
  let fileNumber = 0

  async function commit(batches: PreparedBatch[]): Promise<CommittedBatch[]> {
    if (new Set(batches.map(({ id }) => id)).size < batches.length) problems.push('one transaction had a batch twice')
    return await database.run(() =>
      batches.map(batch => {
        const alreadyCommitted = ledger.has(batch.id)
        ledger.add(batch.id)
        const [outcome] = stored([batch])
        if (!alreadyCommitted) for (const { id } of outcome?.outcomes ?? []) rows.set(id, (rows.get(id) ?? 0) + 1)
        return { id: batch.id, outcomes: outcome?.outcomes ?? [], changes: [], stored: [], alreadyCommitted }
      })
    )
  }
  const spoolFiles = {
    open: async () => {
      await disk.release()
      return { files: [...files.keys()].map(fileNamed), setAside: 0, oldestAt: null }
    },
    list: async () => ({ files: [...files.keys()].map(fileNamed), setAside: 0, oldestAt: null }),
    write: async (batches: readonly PreparedBatch[]) => {
      const name = `file-${String(++fileNumber).padStart(5, '0')}`
      return await disk.run(() => {
        files.set(name, [...batches])
        return fileNamed(name)
      })
    },
    read: async (name: string) => files.get(name) ?? null,
    remove: async (name: string) => {
      files.delete(name)
    }
  }
  const { log } = keptLog()
  const behaviours: Record<string, () => AnyBehaviour> = {
    [router]: () =>
      worker(
        eventRouter({
          next: processor,
          nextLarge: processor,
          watch: [processor, writer, spool],
          refusalCounter: 'nobody',
          batchId: mintEventId,
          now: () => 0,
          heldBytesMax: 1_000_000
        })
      ),
    [processor]: () =>
      worker(
        eventProcessor({
          parse: parseRequest,
          prepare,
          idAt: eventIdAt,
          receivedAtOf,
          writer,
          router,
          rateLimiter: 'nobody',
          refusalCounter: 'nobody',
          quarantinedCharsMax: 100
        })
      ),
    [spool]: () =>
      worker(
        spoolReplayer({
          files: spoolFiles,
          note: () => {},
          commit,
          isOutage: error => error instanceof Outage,
          probe: () => database.run(() => true),
          writer,
          router,
          folder: 'nobody',
          report: { committed: () => {}, spool: () => {} },
          bytesMax: 1_000,
          waitingCharsMax: 1_000_000,
          group: { eventsMax: 3, charsMax: 1_000_000 },
          together: { filesMax: 3, bytesMax: 1_000_000 },
          tickMs: 1_000_000,
          tellMs: 60_000,
          now: Date.now,
          log
        })
      ),
    [writer]: () =>
      worker(
        storageWriter({
          name: writer,
          commit,
          outcomeUnknown: error => error instanceof OutcomeUnknown,
          spool,
          router,
          folder: 'nobody',
          report: { committed: () => {}, group: () => {} },
          flushMs: 0,
          patienceMs: 1_000_000,
          inFlightMax: 2,
          group: { eventsMax: 4, charsMax: 1_000_000 },
          waitingCharsMax: 1_000_000,
          log
        })
      )
  }
  function revive(name: string): void {
    if (mesh.whereis(name) === undefined) behaviours[name]?.().spawnUnder(mesh, { name })
  }
  const status = {
    router: () => mesh.call<EventRouterMessage, RouterStatus>(router, replyTo => ({ type: 'status', replyTo })),
    spool: () => mesh.call<SpoolMessage, SpoolStatus>(spool, replyTo => ({ type: 'status', replyTo }))
  }
  for (const name of mortals) revive(name)

  return {
    client,
    rows,
    files,
    problems,
    route: (requests: IngestRequest[]) => mesh.cast(router, { type: 'route', requests }),
    kill: (name: string) => {
      const pid: Pid | undefined = mesh.whereis(name)
      if (pid !== undefined) mesh.exit(pid, 'killed')
    },
    reviveAll: () => {
      for (const name of mortals) revive(name)
    },
    tick: () => mesh.cast(spool, { type: 'tick' }),
    /** The pause after a death is over; when somebody is still missing the router waits once more. */
    resend: () => mesh.cast(router, { type: 'resend' }),
    /** Whatever commit is in flight has taken too long. */
    overdue: () => {
      for (let group = 1; group < 40; group++) mesh.cast(writer, { type: 'overdue', group })
    },
    releaseCommits: () => database.release(),
    releaseWrites: () => disk.release(),
    quiet: () => quiet(mesh),
    /** From now on nothing fails and nobody dies. */
    heal: () => {
      database.heal()
      disk.heal()
      for (const name of mortals) revive(name)
    },
    isIdle: async () => (await status.router()).heldBatches === 0 && (await status.spool()).files === 0,
    stop: mesh.stop
  }
}

function fileNamed(name: string): SpoolFile {
  return { name, bytes: 10, writtenAt: 0 }
}

/** Runs work as the next fate of the list says; the list is used again and again. */
function fateful(fates: readonly Fate[]) {
  const late: (() => void)[] = []
  let used = 0
  let healed = false

  function settle<Result>(outcome: Fate['outcome'], work: () => Result): Result {
    if (outcome === 'failed') throw new Outage('it is away')
    if (outcome === 'unknown and not done') throw new OutcomeUnknown('nobody knows')
    const result = work()
    if (outcome === 'unknown but done') throw new OutcomeUnknown('nobody knows')
    return result
  }
  async function release(): Promise<void> {
    for (const go of late.splice(0)) go()
  }
  return {
    run: async <Result>(work: () => Result): Promise<Result> => {
      const fate = healed ? healthy : (fates[used++ % fates.length] ?? healthy)
      if (fate.late) await new Promise<void>(resolve => late.push(resolve))
      return settle(fate.outcome, work)
    },
    release,
    heal: () => {
      healed = true
      release()
    }
  }
}
