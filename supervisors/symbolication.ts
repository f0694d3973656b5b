/**
 * The processes that decode source maps, and what the node knows of maps. A poison map ends one of them, which comes
 * back; a flood of such maps is slower than the intensity, as each takes a second at least.
 */
import os from 'node:os'
import { symbolicator, type SymbolicatorMessage } from '../actors/symbolication/symbolicator.ts'
import { processName, worker } from '../mesh/index.ts'
import type { ListSpec } from '../mesh/types.ts'
import type { DecodedOrNot } from '../schema/symbolication.ts'
import { artifactByDebugId, artifactByUrl, artifactContent, mappingOfClasses } from '../services/artifacts/lookup.ts'
import { mapThread, MapThreadEnded } from '../services/symbolication/map-thread.ts'
import { symbolStore, type SymbolStore } from '../services/symbolication/symbol-store.ts'
import type { NodeParts } from './node-parts.ts'

const mebibyte = 1024 * 1024
const mapBytesMax = 64 * mebibyte
const cacheBytesMax = 256 * mebibyte
const memoryMbMax = 1_024
const jobMsMax = 10_000
const waitingMax = 32
/** A map waits for others at most: `load` has deadlines of its own. */
const callMs = 60_000

const symbolicators = Array.from({ length: Math.max(1, Math.min(4, os.availableParallelism() - 1)) }, (_, index) =>
  processName<SymbolicatorMessage>(`symbolicator-${index + 1}`)
)

export type SymbolicationDeps = { symbols: SymbolStore }

export function symbolicationDeps({ mesh, apiSql, now, log }: NodeParts): SymbolicationDeps {
  let turn = 0
  return {
    symbols: symbolStore({
      artifacts: {
        byDebugId: (projectId, debugId) => artifactByDebugId(apiSql, projectId, debugId),
        byUrl: (projectId, place) => artifactByUrl(apiSql, projectId, place),
        ofClasses: (projectId, debugId) => mappingOfClasses(apiSql, projectId, debugId),
        content: (projectId, sha1, limit) => artifactContent(apiSql, projectId, sha1, limit)
      },
      decode: job => {
        turn = (turn + 1) % symbolicators.length
        const name = symbolicators[turn] ?? ''
        return mesh.call<SymbolicatorMessage, DecodedOrNot | null>(
          name,
          replyTo => ({ type: 'decode', job, replyTo }),
          callMs
        )
      },
      cacheBytesMax,
      mapBytesMax,
      now,
      log
    })
  }
}

export function symbolication(): ListSpec {
  return {
    id: 'symbolication',
    strategy: 'one_for_one',
    maxRestarts: 50,
    withinMs: 10_000,
    children: symbolicators.map(name => ({
      id: name,
      name,
      start: () =>
        worker(
          symbolicator({
            startThread: () => mapThread({ memoryMbMax, jobMsMax }),
            isTooLarge: error => error instanceof MapThreadEnded && error.isTooLarge,
            waitingMax
          })
        )
    }))
  }
}
