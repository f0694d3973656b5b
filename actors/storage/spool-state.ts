/** What SpoolReplayer knows, what it is given, and its figures. */
import type { ProcessName, Self } from '../../mesh/types.ts'
import type { Log } from '../../schema/log.ts'
import type { CommittedOutcome, PreparedBatch } from '../../schema/pipeline.ts'
import type { CommittedBatch } from '../../services/commit/committed-batch.ts'
import type { SpoolListing } from '../../services/spool/files.ts'
import type { SpoolFile } from '../../services/spool/spool.ts'
import type { GroupLimits } from './awaited.ts'
import type {
  FateMessage,
  Handed,
  Outage,
  RollupFolderMessage,
  SpoolMessage,
  SpoolStatus,
  StorageWriterMessage
} from './messages.ts'

export type State = {
  /** False until the folder has been read. */
  opened: boolean
  files: SpoolFile[]
  bytes: number
  waiting: Handed[]
  /**
   * The ids of the batches that wait or are being written, and their size. A batch with one of these ids is not taken
   * twice.
   */
  pending: Set<string>
  pendingChars: number
  writing: boolean
  replaying: boolean
  /** Null while the database takes events. */
  outage: Outage | null
  /** When the log was last told of the outage. */
  toldAt: number
  /** The last write succeeded, or none was needed. */
  accepting: boolean
  /** Client id of an event in the spool → the id that the event was given. */
  spooledIds: Map<string, string>
  /** Names of files that the database has refused. */
  refused: Set<string>
  /** How many files are set aside. */
  setAside: number
  /** How many files are replayed alone, to find the one that the database refuses. */
  alone: number
  listing: boolean
  listedAt: number
}

export type SpoolOptions = {
  files: {
    open: () => Promise<SpoolListing>
    /** What is in the folder now: an operator may have put files back. */
    list: () => Promise<SpoolListing>
    write: (batches: readonly PreparedBatch[]) => Promise<SpoolFile>
    /** Null when there is nothing to replay: the file is gone, or was damaged and set aside. */
    read: (name: string) => Promise<PreparedBatch[] | null>
    remove: (name: string) => Promise<void>
  }
  /** Tells the other nodes what is in the folder; called after every look into it. */
  note: (listing: SpoolListing) => void
  commit: (batches: PreparedBatch[]) => Promise<CommittedBatch[]>
  /** True when the error means that the database is away, not that it refuses the data. */
  isOutage: (error: unknown) => boolean
  /** Resolves when the database is there. */
  probe: () => Promise<unknown>
  writer: ProcessName<StorageWriterMessage>
  router: ProcessName<FateMessage>
  folder: ProcessName<RollupFolderMessage>
  report: { committed: (outcomes: readonly CommittedOutcome[]) => void; spool: (status: SpoolStatus) => void }
  bytesMax: number
  waitingCharsMax: number
  /** What is replayed in one transaction. */
  group: GroupLimits
  /** What is read for one replay, in memory all at once. A larger file comes alone. */
  together: { filesMax: number; bytesMax: number }
  tickMs: number
  /** How often the log is told that an outage goes on, and the folder is looked through. */
  tellMs: number
  /** Milliseconds since the epoch. */
  now: () => number
  log: Log
}

export type Spool = Self<SpoolMessage>

/** Before the folder has been read. */
export function unopened(): State {
  return {
    opened: false,
    files: [],
    bytes: 0,
    waiting: [],
    pending: new Set(),
    pendingChars: 0,
    writing: false,
    replaying: false,
    outage: null,
    toldAt: 0,
    accepting: true,
    spooledIds: new Map(),
    refused: new Set(),
    setAside: 0,
    alone: 0,
    listing: false,
    listedAt: 0
  }
}

export function withFiles(state: State, files: SpoolFile[]): State {
  return { ...state, files, bytes: files.reduce((sum, file) => sum + file.bytes, 0) }
}

export function statusOf(
  { files, bytes, accepting, outage, setAside }: State,
  { bytesMax }: Pick<SpoolOptions, 'bytesMax'>
): SpoolStatus {
  return { accepting, outage, files: files.length, bytes, bytesMax, setAside, oldestAt: oldestOf(files) }
}

/** A refused file is not in its place any more. */
function oldestOf(files: readonly SpoolFile[]): number | null {
  return files.reduce<number | null>((oldest, { writtenAt }) => Math.min(oldest ?? writtenAt, writtenAt), null)
}
