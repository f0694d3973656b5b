/**
 * One measurement of one server: starts it on a fresh database, lets the load run, reads processor time and memory at
 * the start and the end of the measured window, stops it, and checks the end state. Nothing else may be measured at the
 * same time.
 */
import { join } from 'node:path'
import { runLoad, type LoadOptions, type LoadReport } from '../load/load.ts'
import { checkEndState, type EndState } from './check.ts'
import { cpuSecondsOfTree, memoryOf } from './cpu.ts'
import { busyShare, busyTimes, type BusyTimes } from './machine.ts'
import type { Progress } from './text.ts'
import type { Server } from './server.ts'

export type Measurement = {
  ratePerS: number
  report: LoadReport
  endState: EndState
  cpuUsPerEvent: { server: number; postgres: number; load: number }
  peakRssMb: number
  /** The share of all cores that was busy, and the part of it that no process of the benchmark used. */
  busyShare: number
  elsewhereShare: number
}

export type MeasureOptions = {
  name: string
  start: () => Promise<Server>
  /** Further checks of what the server has written, after it has stopped. */
  audit: (databaseUrl: string) => Promise<string[]>
  databaseUrl: string
  postmasterPid: number
  keys: readonly string[]
  connections: number
  warmupMs: number
  durationMs: number
  run: number
  folder: string
  progress: Progress
  /** Further options of the load. */
  load?: Pick<LoadOptions, 'asSdks' | 'envelopesTo' | 'sdkMix'>
}

type Sample = { serverS: number; postgresS: number; busy: BusyTimes }

export async function measure(options: MeasureOptions): Promise<Measurement> {
  const { name, databaseUrl, postmasterPid, keys, connections, warmupMs, durationMs, run, folder, progress } = options
  const server = await options.start()
  const journalPath = join(folder, `journal-${run}.tsv`)
  const sample = (): Sample => ({
    serverS: serverSeconds(server),
    postgresS: cpuSecondsOfTree(postmasterPid),
    busy: busyTimes()
  })
  const samples: Sample[] = []
  const startedMs = Date.now()

  const report = await runLoad(
    {
      url: server.url,
      keys,
      connections,
      run,
      journalPath,
      warmupMs,
      durationMs: warmupMs + durationMs,
      ...options.load
    },
    {
      onWindow: () => samples.push(sample()),
      onProgress: ({ ratePerS }) =>
        progress.say(
          `${name} · ${connections} connections · ` +
            `${Math.round((Date.now() - startedMs) / 1_000)} s · ${ratePerS} events/s`
        )
    }
  )
  const { peakRssMb } = memoryOf(server.pid)
  progress.say(`${name} · stopping and checking every row`)
  await server.stop()
  const endState = await checkEndState(databaseUrl, [journalPath])
  endState.problems.push(...(await options.audit(databaseUrl)))
  return { ratePerS: report.window.ratePerS, report, endState, peakRssMb, ...usage(samples, report) }
}

/** With its workers and the processes that belong to it. */
function serverSeconds({ pid, others = [] }: Server): number {
  return [pid, ...others].reduce((sum, each) => sum + cpuSecondsOfTree(each), 0)
}

function usage(
  [before, after]: Sample[],
  report: LoadReport
): Pick<Measurement, 'cpuUsPerEvent' | 'busyShare' | 'elsewhereShare'> {
  if (!before || !after) throw new Error('the measured window was not seen')
  const { acknowledged, cpuS, cpuUsPerEvent } = report.window
  const perEvent = (seconds: number): number => (acknowledged > 0 ? (seconds * 1e6) / acknowledged : 0)
  const serverS = after.serverS - before.serverS
  const postgresS = after.postgresS - before.postgresS
  const allS = (after.busy.totalMs - before.busy.totalMs) / 1_000
  const busy = busyShare(before.busy, after.busy)
  return {
    cpuUsPerEvent: { server: perEvent(serverS), postgres: perEvent(postgresS), load: cpuUsPerEvent },
    busyShare: busy,
    elsewhereShare: allS > 0 ? Math.max(0, busy - (serverS + postgresS + cpuS) / allS) : 0
  }
}
