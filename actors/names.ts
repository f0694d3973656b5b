/**
 * The registered names under which Mesher's processes find each other. A restarted process has its name again, so the
 * processes that use it need no new address.
 */
import { processName, type SupervisorMessage } from '../mesh/index.ts'
import type {
  AlertEvaluatorMessage,
  AlertWatcherMessage,
  NotifierMessage,
  SpikeDetectorMessage
} from './alerting/messages.ts'
import type {
  ClusterServicesMessage,
  FiguresTellerMessage,
  LoadMonitorMessage,
  NodeDirectoryMessage
} from './cluster/messages.ts'
import type { EdgeMessage } from './edge-messages.ts'
import type {
  EventProcessorMessage,
  EventRouterMessage,
  KeyCacheMessage,
  LargeBodyProcessorMessage,
  RateLimiterMessage,
  KeyUsageMessage,
  RefusalCounterMessage,
  TakenMessage
} from './ingestion/messages.ts'
import type {
  BackupKeeperMessage,
  ClockWatcherMessage,
  DiskWatcherMessage,
  RetentionCleanerMessage
} from './maintenance/messages.ts'
import type {
  DatabaseKeeperMessage,
  RollupFolderMessage,
  SpoolMessage,
  StorageWriterMessage
} from './storage/messages.ts'
import type {
  RelayedMessage,
  StreamGuardMessage,
  StreamManagerMessage,
  StreamRelayMessage,
  SystemWatcherMessage
} from './streaming/messages.ts'

export const names = {
  edge: processName<EdgeMessage>('edge'),
  keyCache: processName<KeyCacheMessage>('key-cache'),
  rateLimiter: processName<RateLimiterMessage>('rate-limiter'),
  eventRouter: processName<EventRouterMessage>('event-router'),
  eventProcessor: processName<EventProcessorMessage>('event-processor'),
  largeBodyProcessor: processName<LargeBodyProcessorMessage>('large-body-processor'),
  storageWriter: processName<StorageWriterMessage>('storage-writer'),
  spoolReplayer: processName<SpoolMessage>('spool-replayer'),
  rollupFolder: processName<RollupFolderMessage>('rollup-folder'),
  streamManager: processName<StreamManagerMessage>('stream-manager'),
  systemWatcher: processName<SystemWatcherMessage>('system-watcher'),
  streamGuard: processName<StreamGuardMessage>('stream-guard'),
  keyUsage: processName<KeyUsageMessage>('key-usage'),
  refusalCounter: processName<RefusalCounterMessage>('refusal-counter'),
  retentionCleaner: processName<RetentionCleanerMessage>('retention-cleaner'),
  /** Also on one node of a cluster, where backups are asked for. */
  backupKeeper: processName<BackupKeeperMessage>('backup-keeper'),
  /** These three run on one node of a cluster; on the others the names have no process. */
  alertEvaluator: processName<AlertEvaluatorMessage>('alert-evaluator'),
  notifier: processName<NotifierMessage>('notifier'),
  spikeDetector: processName<SpikeDetectorMessage>('spike-detector'),
  alertWatcher: processName<AlertWatcherMessage>('alert-watcher'),
  diskWatcher: processName<DiskWatcherMessage>('disk-watcher'),
  clockWatcher: processName<ClockWatcherMessage>('clock-watcher'),
  databaseKeeper: processName<DatabaseKeeperMessage>('database'),
  clusterNode: processName<never>('cluster-node'),
  clusterServices: processName<ClusterServicesMessage>('cluster-services'),
  streamRelay: processName<StreamRelayMessage>('stream-relay'),
  figuresTeller: processName<FiguresTellerMessage>('figures-teller'),
  nodeDirectory: processName<NodeDirectoryMessage>('node-directory'),
  loadMonitor: processName<LoadMonitorMessage>('load-monitor')
} as const

/** The names of a node's processes in the whole cluster. */
export const globalNames = {
  /** The root supervisor. */
  root: (node: string) => processName<SupervisorMessage>(`Supervision/${node}`),
  eventRouter: (node: string) => processName<EventRouterMessage>(`EventRouter/${node}`),
  storageWriter: (node: string) => processName<StorageWriterMessage>(`StorageWriter/${node}`),
  streamRelay: (node: string) => processName<StreamRelayMessage>(`StreamRelay/${node}`),
  figuresTeller: (node: string) => processName<FiguresTellerMessage>(`FiguresTeller/${node}`)
} as const

/** The rooms in which processes of one kind send messages to each other on all nodes. */
export const rooms = {
  rates: processName<TakenMessage>('rates'),
  load: processName<LoadMonitorMessage>('load'),
  stream: processName<RelayedMessage>('stream'),
  /** The relays of the nodes on which a project is followed. */
  streamOf: (projectId: number) => processName<RelayedMessage>(`stream/${projectId}`)
} as const
