/** The registered names under which Mesher's processes find each other, so that a restart needs no rewiring. */
import { processName } from '../mesh/index.ts'
import type { EdgeMessage } from '../edge/messages.ts'
import type { AlertEvaluatorMessage } from './alert-evaluator.ts'
import type { AlertWatcherMessage } from './alert-watcher.ts'
import type { DatabaseKeeperMessage } from './database-keeper.ts'
import type { DiskWatcherMessage } from './disk-watcher.ts'
import type { EventProcessorMessage } from './event-processor.ts'
import type { EventRouterMessage } from './event-router.ts'
import type { KeyCacheMessage } from './key-cache.ts'
import type { NotifierMessage } from './notifier.ts'
import type { RateLimiterMessage } from './rate-limiter.ts'
import type { RefusalCounterMessage } from './refusal-counter.ts'
import type { RetentionCleanerMessage } from './retention-cleaner.ts'
import type { RollupFolderMessage } from './rollup-folder.ts'
import type { SpikeDetectorMessage } from './spike-detector.ts'
import type { SpoolMessage } from './spool-replayer.ts'
import type { StorageWriterMessage } from './storage-writer.ts'
import type { StreamGuardMessage } from './stream-guard.ts'
import type { StreamManagerMessage } from './stream-manager.ts'
import type { SystemWatcherMessage } from './system-watcher.ts'

export const names = {
  edge: processName<EdgeMessage>('edge'),
  keyCache: processName<KeyCacheMessage>('key-cache'),
  rateLimiter: processName<RateLimiterMessage>('rate-limiter'),
  eventRouter: processName<EventRouterMessage>('event-router'),
  eventProcessor: processName<EventProcessorMessage>('event-processor'),
  storageWriter: processName<StorageWriterMessage>('storage-writer'),
  spoolReplayer: processName<SpoolMessage>('spool-replayer'),
  rollupFolder: processName<RollupFolderMessage>('rollup-folder'),
  streamManager: processName<StreamManagerMessage>('stream-manager'),
  systemWatcher: processName<SystemWatcherMessage>('system-watcher'),
  streamGuard: processName<StreamGuardMessage>('stream-guard'),
  refusalCounter: processName<RefusalCounterMessage>('refusal-counter'),
  retentionCleaner: processName<RetentionCleanerMessage>('retention-cleaner'),
  /** Of these three there is one in a cluster: elsewhere nobody has the name. */
  alertEvaluator: processName<AlertEvaluatorMessage>('alert-evaluator'),
  notifier: processName<NotifierMessage>('notifier'),
  spikeDetector: processName<SpikeDetectorMessage>('spike-detector'),
  alertWatcher: processName<AlertWatcherMessage>('alert-watcher'),
  diskWatcher: processName<DiskWatcherMessage>('disk-watcher'),
  databaseKeeper: processName<DatabaseKeeperMessage>('database')
} as const
