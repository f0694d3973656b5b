/**
 * Whether the pipeline works: there is room on the disk, the spool or the database takes events, keys are known, and
 * the oldest event without an outcome is young. A process that does not reply within a second fails its check.
 */
import type { EventRouterMessage, RouterStatus } from '../actors/ingestion/messages.ts'
import { clockText } from '../actors/maintenance/clock-watcher.ts'
import type {
  ClockStatus,
  ClockWatcherMessage,
  DiskStatus,
  DiskWatcherMessage
} from '../actors/maintenance/messages.ts'
import { names } from '../actors/names.ts'
import { outageText } from '../actors/storage/outage.ts'
import type { SpoolMessage, SpoolStatus } from '../actors/storage/messages.ts'
import type { LocalMesh } from '../mesh/index.ts'
import type { Check, Readiness } from '../schema/readiness.ts'

const patienceMs = 1_000
const oldestMsMax = 30_000

export async function readiness(mesh: LocalMesh): Promise<Readiness> {
  const checks = await Promise.all([
    check('disk', async () =>
      diskCheck(
        await mesh.call<DiskWatcherMessage, DiskStatus>(
          names.diskWatcher,
          replyTo => ({ type: 'status', replyTo }),
          patienceMs
        )
      )
    ),
    check('clock', async () =>
      clockCheck(
        await mesh.call<ClockWatcherMessage, ClockStatus>(
          names.clockWatcher,
          replyTo => ({ type: 'status', replyTo }),
          patienceMs
        )
      )
    ),
    check('storage', async () =>
      storageCheck(
        await mesh.call<SpoolMessage, SpoolStatus>(
          names.spoolReplayer,
          replyTo => ({ type: 'status', replyTo }),
          patienceMs
        )
      )
    ),
    check('pipeline', async () =>
      pipelineCheck(
        await mesh.call<EventRouterMessage, RouterStatus>(
          names.eventRouter,
          replyTo => ({ type: 'status', replyTo }),
          patienceMs
        )
      )
    )
  ])
  return { ready: checks.every(({ ok }) => ok), checks }
}

async function check(name: string, run: () => Promise<Omit<Check, 'name'>>): Promise<Check> {
  try {
    return { name, ...(await run()) }
  } catch {
    return { name, ok: false, detail: 'the process behind this does not answer' }
  }
}

function diskCheck({ isLow, detail }: DiskStatus): Omit<Check, 'name'> {
  return { ok: !isLow, detail }
}

/** A wrong clock keeps the node from leading, but not from accepting events. */
function clockCheck(status: ClockStatus): Omit<Check, 'name'> {
  if (!status.isSkewed) return { ok: true, detail: 'the clock agrees with that of the database' }
  return { ok: true, detail: `${clockText(status)}: this node leads nothing` }
}

function storageCheck({ outage, accepting, files, bytes }: SpoolStatus): Omit<Check, 'name'> {
  if (outage === null) {
    return {
      ok: true,
      detail:
        files === 0 ? 'the database takes events' : `the database takes events; ${files} spool files are being replayed`
    }
  }
  const why = outageText(outage, Date.now())
  if (accepting) return { ok: true, detail: `events are spooled (${files} files, ${bytes} bytes): ${why}` }
  return { ok: false, detail: `neither the database nor the spool takes events: ${why}` }
}

function pipelineCheck({ heldBatches, oldestHeldMs }: RouterStatus): Omit<Check, 'name'> {
  const ageS = Math.round(oldestHeldMs / 1000)
  return {
    ok: oldestHeldMs < oldestMsMax,
    detail: heldBatches === 0 ? 'nothing waits' : `${heldBatches} batches wait, the oldest for ${ageS} s`
  }
}
