/**
 * The database of a node or of a command: the one that DATABASE_URL names, or the embedded one of the data folder.
 * `openDatabase` owns the embedded one and is refused while another process does. `useDatabase` shares it with a
 * running owner, and owns it for the time of the command when there is none.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { checkExternalDatabase } from './external.ts'
import { findRunning, startEmbedded } from './postgres/embedded.ts'
import { isStartError } from './start-error.ts'

export type DatabaseConfig = { databaseUrl: string | null; dataDir: string }

export type DatabaseHooks = {
  /** Called with what takes time or may surprise, in sentences for people. */
  onProgress?: (text: string) => void
  /** Gives up a start that is under way. */
  signal?: AbortSignal
}

export type Database = {
  readonly kind: 'embedded' | 'external'
  /** For `connect`, and for other processes of this machine. */
  readonly url: string
  readonly version: string
  /** Calls back whenever an embedded server that we own ends by itself; returns a function that stops listening. */
  readonly onLost: (callback: (reason: string) => void) => () => void
  /** Starts an embedded server that we own and that has ended. */
  readonly restart: () => Promise<void>
  /** Ends what we own. Close every connection first. */
  readonly stop: () => Promise<void>
}

/** A server that starts together with Mesher may need a moment. */
const externalPatienceMs = 15_000
/** How long an owner may take to get its server ready before a command gives up. */
const ownerPatienceMs = 60_000
const pollMs = 100

export async function openDatabase(config: DatabaseConfig, hooks: DatabaseHooks = {}): Promise<Database> {
  if (config.databaseUrl !== null) return external(config.databaseUrl, externalPatienceMs, hooks)
  return { kind: 'embedded', ...(await startEmbedded({ dataDir: config.dataDir, ...hooks })) }
}

export async function useDatabase(config: DatabaseConfig, hooks: DatabaseHooks = {}): Promise<Database> {
  if (config.databaseUrl !== null) return external(config.databaseUrl, 0, hooks)
  const until = Date.now() + ownerPatienceMs
  for (;;) {
    try {
      return await openDatabase(config, hooks)
    } catch (error) {
      if (!isStartError(error) || error.code !== 'data_in_use' || Date.now() > until) throw error
    }
    const running = await findRunning(config.dataDir)
    if (running) return borrowed('embedded', running.url, running.version)
    await sleep(pollMs)
  }
}

async function external(url: string, patienceMs: number, { onProgress = () => {} }: DatabaseHooks): Promise<Database> {
  return borrowed('external', url, await checkExternalDatabase(url, { patienceMs, onProgress }))
}

/** Another process starts and stops it. */
function borrowed(kind: Database['kind'], url: string, version: string): Database {
  return { kind, url, version, onLost: () => () => {}, restart: async () => {}, stop: async () => {} }
}
