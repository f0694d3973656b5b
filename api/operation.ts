/**
 * One operation of the REST API as data: where it stands, who may call it, what it takes and answers, and what it does.
 * The same data routes requests, validates them and writes the OpenAPI document. `run` checks in this order: who calls
 * (401, 403 for a token without the scope), the form of the path, the target (404 for what is unknown or not the
 * caller's), the role (403), query and body (400).
 */
import * as v from 'valibot'
import type { Role, Scope } from '../schema/api/common.ts'
import type { NodeItem, PipelineFigures, ProcessNode } from '../schema/api/system.ts'
import type { IssueAction } from '../schema/stream.ts'
import type { Caller } from '../services/accounts/callers.ts'
import type { Send } from '../services/alerts/send-notification.ts'
import type { Sql } from '../services/database/sql.ts'
import { checkCaller, checkRole, parsed } from './checks.ts'
import { problem } from './problems.ts'

export type { Caller }

/** Who stands for a caller without a credential, which only operations for anyone get to see. */
export const anonymous: Caller = {
  userId: '',
  email: '',
  name: '',
  isInstanceAdmin: false,
  scope: 'read',
  session: null,
  token: null
}

/**
 * Who may call. `anyone` needs no credential; `session` is for people at a browser only, tokens are refused with
 * 403; of a token its scope is asked as well as the role that its owner has now.
 */
export type Access =
  | { who: 'anyone' }
  | { who: 'session' }
  | { who: 'user'; scope: Scope }
  | { who: 'role'; role: Role; scope: Scope }
  | { who: 'instance_admin'; scope: Scope }

/**
 * What a path names, looked up among what the caller may see: null is 404, and says no more. `role` is the caller's in
 * the organization that the target belongs to.
 */
export type Target<Found extends { role?: Role }> = {
  /** The parameters of the path that name it. */
  params: v.ObjectEntries
  find: (sql: Sql, caller: Caller, params: Readonly<Record<string, string>>) => Promise<Found | null>
}

/** A text with a `type` goes out as it is; everything else is JSON. */
export type Answer = {
  status: number
  body?: unknown
  type?: string
  headers?: readonly (readonly [name: string, value: string])[]
}

/** The node as instance admins see it. */
export type NodeView = {
  processes: () => Promise<ProcessNode[]>
  nodes: () => Promise<NodeItem[]>
  pipeline: () => Promise<PipelineFigures>
}

/** Everything of the node that handlers may use besides the database. */
export type ApiContext = {
  sql: Sql
  /** Milliseconds since the epoch. */
  now: () => number
  /** Where people and SDKs reach this server, without a slash at the end. */
  publicUrl: string
  node: NodeView
  /** Has dashboards told what was done to issues, once it is committed. */
  issuesChanged: (projectId: number, action: IssueAction, issueIds: string[]) => void
  /** Whether notifications may go to private addresses, and how one is sent. */
  alerting: { allowPrivate: boolean; send: Send }
}

/**
 * A request as the edge read it; `body` is the parsed JSON, undefined without one. Looking at it may throw what is
 * wrong with it.
 */
export type RawRequest = {
  params: Readonly<Record<string, string>>
  query: Readonly<Record<string, string | string[]>>
  body: unknown
  caller: Caller | null
  remoteAddress: string
  userAgent: string
  /** Behind TLS, as far as can be known: cookies are Secure then. */
  isSecure: boolean
}

type Params = v.ObjectSchema<v.ObjectEntries, undefined>

export type Request<Found, Path extends v.ObjectEntries, Query, Body> = Pick<
  RawRequest,
  'remoteAddress' | 'userAgent' | 'isSecure'
> & {
  context: ApiContext
  sql: Sql
  caller: Caller
  target: Found
  params: v.InferOutput<v.ObjectSchema<Path, undefined>>
  query: Query
  body: Body
}

/** `types` are the media types besides JSON in which the same may be had, as text. */
export type Responses = Readonly<
  Record<number, { description: string; schema?: v.GenericSchema; type?: string; types?: readonly string[] }>
>

type Facts = {
  /** The operationId. */
  id: string
  method: 'get' | 'post' | 'patch' | 'delete'
  /** With `:name` for parameters. */
  path: `/api/v1/${string}`
  tag: string
  summary: string
  /** What the summary leaves open, as Markdown. */
  description?: string
  access: Access
  /** What it answers when all is well; the refusals that follow from `access`, schemas and target need not be named. */
  responses: Responses
  /** Refusals of `handle` itself, by status, with when they come. */
  refusals?: Readonly<Record<number, string>>
}

export type Operation = Facts & {
  params: Params
  query: v.GenericSchema<unknown, unknown>
  body: v.GenericSchema<unknown, unknown> | null
  run: (context: ApiContext, raw: RawRequest) => Promise<Answer>
}

type Spec<
  Found extends { role?: Role },
  Path extends v.ObjectEntries,
  Query extends v.GenericSchema,
  Body extends v.GenericSchema
> = Facts & {
  target: Target<Found>
  /** Parameters of the path beside the target's. */
  params: Path
  query: Query
  body: Body
  handle: (request: Request<Found, Path, v.InferOutput<Query>, v.InferOutput<Body>>) => Promise<Answer>
}

const noBody = v.undefined('takes no body')

/** For operations that have no target, no further parameters, no query or no body: `operation({ ...plain, … })`. */
export const plain = {
  target: { params: {}, find: async () => ({}) },
  params: {},
  query: v.strictObject({}),
  body: noBody
} as const satisfies Partial<Spec<object, Record<never, never>, v.GenericSchema, v.GenericSchema>>

/** Makes an operation; what `handle` gets is typed by the schemas given here. */
export function operation<
  Found extends { role?: Role },
  const Path extends v.ObjectEntries,
  Query extends v.GenericSchema,
  Body extends v.GenericSchema
>(spec: Spec<Found, Path, Query, Body>): Operation {
  const { id, method, path, tag, summary, description, access, responses, refusals, target, query, body, handle } = spec
  const params = v.object(spec.params)
  const targetParams = v.object(target.params)

  async function run(context: ApiContext, raw: RawRequest): Promise<Answer> {
    const { remoteAddress, userAgent, isSecure } = raw
    const caller = raw.caller ?? anonymous
    checkCaller(access, raw.caller)
    const own = parsed(params, raw.params, 'path')
    parsed(targetParams, raw.params, 'path')
    const found = await target.find(context.sql, caller, raw.params)
    if (found === null) throw problem(404, 'There is nothing at this address.')
    checkRole(access, found.role)
    const asked = parsed(query, raw.query, 'query')
    const given = parsed(body, raw.body, 'body')
    return handle({
      context,
      sql: context.sql,
      caller,
      remoteAddress,
      userAgent,
      isSecure,
      target: found,
      params: own,
      query: asked,
      body: given
    })
  }

  return {
    id,
    method,
    path,
    tag,
    summary,
    ...(description === undefined ? {} : { description }),
    access,
    responses,
    ...(refusals === undefined ? {} : { refusals }),
    run,
    query,
    params: v.object({ ...target.params, ...spec.params }),
    body: spec.body.type === 'undefined' ? null : spec.body
  }
}
