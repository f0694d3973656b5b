/** What a figure was measured on, and how busy the machine was meanwhile: figures without it cannot be compared. */
import { cpus, loadavg, totalmem } from 'node:os'

export type Machine = { cores: number; model: string; memoryGb: number; node: string; load1m: number }

export function machineNow(): Machine {
  const model = cpus()[0]?.model.trim() ?? 'unknown processor'
  return {
    cores: cpus().length,
    model,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    load1m: Math.round((loadavg()[0] ?? 0) * 100) / 100
  }
}

export function describeMachine({ cores, model, memoryGb, node, load1m }: Machine): string {
  return `${cores} cores of ${model}, ${memoryGb} GB, Node ${node}, load ${load1m}`
}

/** The share of all cores that was busy between two moments, everything on the machine counted. */
export function busyShare(before: BusyTimes, after: BusyTimes): number {
  const total = after.totalMs - before.totalMs
  return total > 0 ? (after.busyMs - before.busyMs) / total : 0
}

export type BusyTimes = { busyMs: number; totalMs: number }

export function busyTimes(): BusyTimes {
  let busyMs = 0
  let idleMs = 0
  for (const { times } of cpus()) {
    busyMs += times.user + times.nice + times.sys + times.irq
    idleMs += times.idle
  }
  return { busyMs, totalMs: busyMs + idleMs }
}
