/**
 * The types that operations, their checks and their refusals share: who may call, what a request holds, what is sent
 * back. Types only, so that these files need not import each other in a circle.
 */
import type { Log } from '../schema/log.ts'
import type * as v from 'valibot'
import type { Role, Scope } from '../schema/api/common.ts'
import type { NodeItem, PipelineFigures, ProcessNode } from '../schema/api/system.ts'
import type { IssueAction } from '../schema/stream.ts'
import type { Caller } from '../services/accounts/callers.ts'
import type { Send } from '../services/alerts/send-notification.ts'
import type { Sql } from '../services/database/sql.ts'
import type { SymbolStore } from '../services/symbolication/symbol-store.ts'
import type { SendMail } from '../services/machine/mail.ts'

export type { Caller }

/**
 * Who may call. `anyone` needs no credential; `session` is for people at a browser only, tokens are refused with 403; a
 * token needs the scope, and its owner the role at that moment.
 */
export type Access =
  | { who: 'anyone' }
  | { who: 'session' }
  | { who: 'user'; scope: Scope }
  | { who: 'role'; role: Role; scope: Scope }
  | { who: 'instance_admin'; scope: Scope }

/**
 * What a path names, looked up among what the caller may see. Null becomes a 404, the same for unknown and for
 * forbidden targets. `role` is the caller's in the organization that the target belongs to.
 */
export type Target<Found extends { role?: Role }> = {
  /** The parameters of the path that name it. */
  params: v.ObjectEntries
  find: (sql: Sql, caller: Caller, params: Readonly<Record<string, string>>) => Promise<Found | null>
}

type Headers = readonly (readonly [name: string, value: string])[]

/** What is sent back. A text with a `type` goes out as it is; everything else is JSON. */
export type ApiAnswer = { status: number; body?: unknown; type?: string | undefined; headers?: Headers }

/** `types` are the media types besides JSON in which the same may be had, as text. */
export type Responses = Readonly<
  Record<number, { description: string; schema?: v.GenericSchema; type?: string; types?: readonly string[] }>
>

/**
 * What an operation with these responses may send back: one of the statuses, with the body that its schema describes.
 */
export type AnswerOf<Declared extends Responses> = {
  [Status in keyof Declared & number]: Declared[Status] extends { schema: infer Schema extends v.GenericSchema }
    ? | { status: Status; body: v.InferOutput<Schema>; type?: undefined; headers?: Headers }
      | { status: Status; body: string; type: string; headers?: Headers }
    : { status: Status; body?: undefined; type?: undefined; headers?: Headers }
}[keyof Declared & number]

export type RestartOutcome = { name: string } | 'unknown' | 'temporary' | 'busy' | 'exhausted'

/** The node as instance admins see it. */
export type NodeView = {
  processes: () => Promise<ProcessNode[]>
  nodes: () => Promise<NodeItem[]>
  pipeline: () => Promise<PipelineFigures>
  /** Ends a process as a crash would; `by` is for the log. A text says why it was not done. */
  restart: (pid: string, by: string) => Promise<RestartOutcome>
}

/** Everything of the node that handlers may use besides the database. */
export type ApiContext = {
  sql: Sql
  log: Log
  /** Milliseconds since the epoch. */
  now: () => number
  /** Where people and SDKs reach this server, without a slash at the end: as it was set, else the request's address. */
  publicUrl: string
  publicUrlIsSet: boolean
  node: NodeView
  /** Tells dashboards what was done to issues, once it is committed. */
  issuesChanged: (projectId: number, action: IssueAction, issueIds: string[]) => void
  /** Source maps, for events that are read. */
  symbols: SymbolStore
  /** Whether users who are no instance admins may make organizations. */
  openOrganizations: boolean
  /** Whether notifications may go to private addresses, and how one is sent. `sendMail` is null without a server. */
  alerting: { allowPrivate: boolean; publicUrl: string; send: Send; sendMail: SendMail | null }
}

/**
 * A request as the edge read it; `body` is the parsed JSON, undefined without one. Reading it throws a `Problem` when
 * it is malformed.
 */
export type RawRequest = {
  params: Readonly<Record<string, string>>
  query: Readonly<Record<string, string | string[]>>
  body: unknown
  caller: Caller | null
  remoteAddress: string
  userAgent: string
  /** The secret by which accounts know the browser; null without one of the right form. */
  device: string | null
  /** Behind TLS, as far as can be known: cookies are Secure then. */
  isSecure: boolean
}
