/** Registered names: one owner each, freed when the owner ends. A process may have several. */
import type { Process, Runtime } from './runtime.ts'

/** Throws when another process has the name: that is a programmer error. */
export function registerName(runtime: Runtime, process: Process, name: string): void {
  const owner = runtime.names.get(name)
  if (owner === process) return
  if (owner !== undefined) throw new Error(`the name ${name} is taken by ${owner.label}`)
  runtime.names.set(name, process)
  process.names ??= new Set()
  process.names.add(name)
}

export function unregisterName(runtime: Runtime, process: Process, name: string): void {
  if (process.names?.delete(name) === true) runtime.names.delete(name)
}

export function freeNames(runtime: Runtime, process: Process): void {
  for (const name of process.names ?? []) runtime.names.delete(name)
  process.names = undefined
}
