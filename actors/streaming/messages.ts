/**
 * The messages of the live stream. The StreamManager gets what was committed on this node from storage, and what was
 * committed on other nodes from the StreamRelay, which exchanges `RelayedMessage`s with the relays there. Each
 * dashboard has a DashboardConnection, which gets encoded frames from the manager.
 */
import type { Pid } from '../../mesh/types.ts'
import type { FramesMessage } from '../../schema/sockets.ts'
import type {
  IssueAction,
  IssueCount,
  ServerMessage,
  StreamEvent,
  StreamFilters,
  StreamIssue,
  SystemView
} from '../../schema/stream.ts'
import type { CommittedBatch } from '../../services/commit/committed-batch.ts'
import type { PeriodicMessage } from '../behaviours/periodic.ts'
import type { Changes } from './stream-changes.ts'

export type SeenProject = { projectId: number; organizationId: string }

/** A subscription whose project is being looked up. */
export type Asked = { name: string; filters: StreamFilters; after: string | undefined }

export type DashboardMessage =
  | FramesMessage
  /** `events` is how many of them are in the frame. */
  | { type: 'push'; frame: Uint8Array; events: number }
  | { type: 'found'; asked: Asked; project: SeenProject | null }
  | { type: 'find_failed'; asked: Asked }
  /** The organizations that the viewer belongs to now; null when the session or token has ended. */
  | { type: 'access'; organizationIds: ReadonlySet<string> | null }

export type WatchSocket = { type: 'watch'; pid: Pid<DashboardMessage>; credentialId: string }

/** The organizations of each session or token that is still good, and which ones were asked for. */
export type CheckedAccess = { organizations: Map<string, ReadonlySet<string>>; asked: ReadonlySet<string> }

export type StreamGuardMessage = PeriodicMessage<CheckedAccess> | WatchSocket

/** An issue as it is shown, with the numbers of its counts. */
export type CountedIssue = { count: IssueCount; item: StreamIssue }
/** `unresolved` is null when it was not asked for. */
export type StreamIssues = { issues: Map<string, CountedIssue>; unresolved: number | null }

/** Messages for the StreamManager of this node and for its relay to the other nodes. */
export type StreamNews =
  | { type: 'committed'; batches: CommittedBatch[] }
  /** What a user or a process did to issues. */
  | { type: 'issues_changed'; projectId: number; action: IssueAction; issueIds: string[] }

export type StreamManagerMessage =
  | StreamNews
  /** What was committed on another node, or done to issues there. */
  | { type: 'told'; projectId: number; events: StreamEvent[]; changes: [issueId: string, action: IssueAction][] }
  /** Something may have happened to these projects that this node was not told; null: to all. */
  | { type: 'gap'; projectIds: readonly number[] | null }
  /** Send the relay again which projects are followed here. */
  | { type: 'tell_followed' }
  /** For all followers of the project. */
  | { type: 'publish'; projectId: number; message: ServerMessage }
  /** Whether this node is short of disk space; repeated after every measurement. */
  | { type: 'storage'; isLow: boolean; detail: string }
  | {
      type: 'subscribe'
      pid: Pid<DashboardMessage>
      projectId: number
      filters: StreamFilters
      after: string | undefined
    }
  | { type: 'unsubscribe'; pid: Pid<DashboardMessage>; projectId: number }
  | { type: 'flush' }
  | { type: 'read' }
  | { type: 'issues_read'; projectId: number; changes: Changes; read: StreamIssues }
  | { type: 'issues_unread'; projectId: number; changes: Changes; error: unknown }
  | { type: 'sweep' }

/** The messages that relays of different nodes send each other. */
export type RelayedMessage =
  | { type: 'told'; projectId: number; events: StreamEvent[]; changes: [issueId: string, action: IssueAction][] }
  /**
   * From a relay that has just joined the rooms of these projects: what may it have missed? `sinceMs` is how far back.
   */
  | { type: 'ask'; from: Pid<StreamRelayMessage>; projectIds: number[]; sinceMs: number | null }
  /** Null: all projects. */
  | { type: 'missed'; projectIds: number[] | null }
  /** This node has sent everything and leaves. */
  | { type: 'farewell'; node: string }

export type StreamRelayMessage =
  | RelayedMessage
  | StreamNews
  /** The manager of this node follows one more project, or exactly these. */
  | { type: 'follow'; projectId: number }
  | { type: 'followed'; projectIds: number[] }
  | { type: 'tick' }
  | { type: 'bereaved' }

export type FollowSystem = { type: 'follow'; pid: Pid<DashboardMessage>; on: boolean }

export type SystemWatcherMessage = PeriodicMessage<SystemView> | FollowSystem
