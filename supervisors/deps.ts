/** What the supervision tree is made of: everything its processes need and may not import. */
import type { EventProcessorOptions } from '../actors/event-processor.ts'
import type { DatabaseKeeperOptions } from '../actors/database-keeper.ts'
import type { SpoolOptions } from '../actors/spool-replayer.ts'
import type { StorageWriterOptions } from '../actors/storage-writer.ts'
import type { Config } from '../schema/config.ts'
import type { Log } from '../schema/log.ts'
import type { Sql } from '../services/sql.ts'

export type TreeDeps = {
  config: Config
  log: Log
  sql: Sql
  /** Milliseconds, monotonic. */
  now: () => number
  database: Pick<DatabaseKeeperOptions, 'onLost' | 'restart'>
  clean: () => Promise<void>
  prepare: EventProcessorOptions['prepare']
  commit: StorageWriterOptions['commit']
  outcomeUnknown: StorageWriterOptions['outcomeUnknown']
  probe: SpoolOptions['probe']
  spoolFiles: SpoolOptions['files']
  report: StorageWriterOptions['report'] & SpoolOptions['report']
}
