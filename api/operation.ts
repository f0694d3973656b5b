/**
 * One operation of the REST API as data: its path, who may call it, what it takes and returns, and what it does. The
 * same data routes requests, validates them and writes the OpenAPI document. `run` checks in this order: who calls
 * (401, 403 for a token without the scope), the form of the path, the target (404 for what is unknown or not the
 * caller's), the role (403), query and body (400), the age of the login (403). In tests and `npm run dev` the response
 * is checked against its schema (api/call.ts).
 */
import * as v from 'valibot'
import type { Role } from '../schema/api/common.ts'
import type { Sql } from '../services/database/sql.ts'
import { checkCaller, checkRecentLogin, checkRole, parsed } from './checks.ts'
import { problem } from './problems.ts'
import type { Access, AnswerOf, ApiAnswer, ApiContext, Caller, RawRequest, Responses, Target } from './types.ts'

/** The caller of requests without a credential. Only operations for anyone ever get it. */
export const anonymous: Caller = {
  userId: '',
  email: '',
  name: '',
  isInstanceAdmin: false,
  scope: 'read',
  mayBuild: false,
  session: null,
  token: null
}

type Params = v.ObjectSchema<v.ObjectEntries, undefined>

export type Request<Found, Path extends v.ObjectEntries, Query, Body> = Pick<
  RawRequest,
  'remoteAddress' | 'userAgent' | 'device' | 'isSecure'
> & {
  context: ApiContext
  sql: Sql
  caller: Caller
  target: Found
  params: v.InferOutput<v.ObjectSchema<Path, undefined>>
  query: Query
  body: Body
}

type Facts<Declared extends Responses> = {
  /** The operationId. */
  id: string
  method: 'get' | 'post' | 'put' | 'patch' | 'delete'
  /** With `:name` for parameters. What build tools call is below `/api/0`, and refused in the form that they print. */
  path: `/api/v1/${string}` | `/api/0/${string}`
  tag: string
  summary: string
  /** What the summary leaves open, as Markdown. */
  description?: string
  access: Access
  /** The responses of success; refusals that follow from `access`, schemas and target need not be named. */
  responses: Declared
  /** Refusals of `handle` itself, by status, with when they come. */
  refusals?: Readonly<Record<number, string>>
}

export type Operation = Facts<Responses> & {
  params: Params
  /** Belongs to the API of build tools. */
  isForTools: boolean
  /** In words, what of it needs a login of the last minutes; null for nothing. */
  recentLoginFor: string | null
  query: v.GenericSchema<unknown, unknown>
  body: v.GenericSchema<unknown, unknown> | null
  run: (context: ApiContext, raw: RawRequest) => Promise<ApiAnswer>
}

type Spec<
  Found extends { role?: Role },
  Path extends v.ObjectEntries,
  Query extends v.GenericSchema,
  Body extends v.GenericSchema,
  Declared extends Responses
> = Facts<Declared> & {
  target: Target<Found>
  /** Parameters of the path beside the target's. */
  params: Path
  query: Query
  body: Body
  /** What of it needs a login of the last minutes: in words, and by the body. */
  recentLogin?: { for: string; when: (body: v.InferOutput<Body>) => boolean }
  handle: (
    request: Request<Found, Path, v.InferOutput<Query>, v.InferOutput<Body>>
  ) => Promise<AnswerOf<NoInfer<Declared>>>
}

const noBody = v.undefined('takes no body')

/** For operations that have no target, no further parameters, no query or no body: `operation({ ...plain, … })`. */
export const plain = {
  target: { params: {}, find: async () => ({}) },
  params: {},
  query: v.strictObject({}),
  body: noBody
} as const satisfies Partial<Spec<object, Record<never, never>, v.GenericSchema, v.GenericSchema, Responses>>

/** Makes an operation; what `handle` gets and returns is typed by the schemas given here. */
export function operation<
  Found extends { role?: Role },
  const Path extends v.ObjectEntries,
  Query extends v.GenericSchema,
  Body extends v.GenericSchema,
  const Declared extends Responses
>(spec: Spec<Found, Path, Query, Body, Declared>): Operation {
  const { id, method, path, tag, summary, description, access, responses, refusals, target, query, body } = spec
  const { recentLogin, handle } = spec
  const params = v.object(spec.params)
  const targetParams = v.object(target.params)

  // Some clients send `{}` with every POST.
  const takesNoBody = body.type === 'undefined'

  async function run(context: ApiContext, raw: RawRequest): Promise<ApiAnswer> {
    const { remoteAddress, userAgent, device, isSecure } = raw
    const caller = raw.caller ?? anonymous
    checkCaller(access, raw.caller)
    const own = parsed(params, raw.params, 'path')
    parsed(targetParams, raw.params, 'path')
    const found = await target.find(context.sql, caller, raw.params)
    if (found === null) throw problem(404, 'There is nothing at this address.')
    checkRole(access, found.role)
    const asked = parsed(query, raw.query, 'query')
    const given = parsed(body, takesNoBody && isEmptyObject(raw.body) ? undefined : raw.body, 'body')
    if (recentLogin?.when(given) === true) checkRecentLogin(caller, context.now())
    return handle({
      context,
      sql: context.sql,
      caller,
      remoteAddress,
      userAgent,
      device,
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
    isForTools: path.startsWith('/api/0/'),
    recentLoginFor: recentLogin?.for ?? null,
    run,
    query,
    params: v.object({ ...target.params, ...spec.params }),
    body: spec.body.type === 'undefined' ? null : spec.body
  }
}

function isEmptyObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length === 0
}
