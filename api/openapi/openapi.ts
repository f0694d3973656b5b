/**
 * The OpenAPI 3.1 document: made from the operations, and written by hand for what is no operation (ingestion, the live
 * stream, health and metrics). Each operation names who may call it, in words and as `x-mesher-access`, and every
 * status that it returns.
 */
import { problemSchema } from '../../schema/api/common.ts'
import { recentLoginMinutes } from '../checks.ts'
import { handWrittenPaths, handWrittenSchemas, securitySchemes } from './by-hand.ts'
import { refusalsOf } from './refusals.ts'
import { tagDescriptions } from './tags.ts'
import { hoistTitled, inputSchemaOf, isJson, outputSchemaOf, queryParametersOf, type Json } from './schemas.ts'
import type { Operation } from '../operation.ts'
import type { Access } from '../types.ts'

const description = `What stands behind Mesher's dashboard, and what programs may use as well.

People log in and carry the cookie of a session; requests of theirs that change something must come with
the Origin of the server. Programs send an API token as \`Authorization: Bearer mshr_…\`. A token may do what its scope
*and* its owner's present role allow (read < write < admin; ci is for builds alone). Roles: member < admin < owner.

Errors are \`application/problem+json\` (RFC 9457). Lists come in pages: \`next_cursor\` is handed back as
\`cursor\`. Times are ISO 8601 in UTC. Unknown fields and parameters are refused with 400.
What is unknown, and what belongs to others, is 404 alike.`

/** `version` is Mesher's. */
export function openApiDocument(operations: readonly Operation[], version: string): Json {
  const components = new Map<string, Json>()
  const paths: Record<string, Json> = { ...handWrittenPaths }
  for (const operation of operations) {
    const path = operation.path.replaceAll(/:(\w+)/g, '{$1}')
    paths[path] = { ...paths[path], [operation.method]: operationObject(operation) }
  }
  const hoisted = hoistTitled(paths, components)
  const usedTags = new Set(operations.map(({ tag }) => tag))
  return {
    openapi: '3.1.0',
    info: { title: 'Mesher', version, description, license: { name: 'MIT', identifier: 'MIT' } },
    servers: [{ url: '/', description: 'The server that this document comes from' }],
    tags: Object.entries(tagDescriptions)
      .filter(([name]) => usedTags.has(name) || handWrittenTags.has(name))
      .map(([name, description]) => ({ name, description })),
    paths: hoisted,
    components: {
      schemas: { Problem: outputSchemaOf(problemSchema), ...handWrittenSchemas, ...Object.fromEntries(components) },
      securitySchemes
    }
  }
}

const handWrittenTags = new Set(
  Object.values(handWrittenPaths)
    .flatMap(path => Object.values(path))
    .flatMap(operation => (isJson(operation) && Array.isArray(operation.tags) ? operation.tags : []))
)

function operationObject(operation: Operation): Json {
  const { id, tag, summary, description, access, params, query, body } = operation
  const pathParameters = Object.entries(params.entries).map(([name, schema]) => ({
    name,
    in: 'path',
    required: true,
    schema: inputSchemaOf(schema)
  }))
  return {
    operationId: id,
    tags: [tag],
    summary,
    description: [description, accessInWords(access), ...recentLoginInWords(operation)]
      .filter(text => text !== undefined)
      .join('\n\n'),
    'x-mesher-access': access,
    security:
      access.who === 'anyone' ? [] : access.who === 'session' ? [{ session: [] }] : [{ session: [] }, { token: [] }],
    parameters: [...pathParameters, ...queryParametersOf(query)],
    ...(body === null
      ? {}
      : {
          requestBody: { required: isRequired(body), content: { 'application/json': { schema: inputSchemaOf(body) } } }
        }),
    responses: { ...answersOf(operation), ...refusalsOf(refusalTexts(operation), operation.isForTools) }
  }
}

/** A body that may be left out is described so. */
function isRequired(body: NonNullable<Operation['body']>): boolean {
  return !['optional', 'nullish', 'undefinedable'].includes(body.type)
}

function accessInWords(access: Access): string {
  switch (access.who) {
    case 'anyone':
      return 'Needs no credential.'
    case 'session':
      return 'Needs the session of a person; API tokens are refused.'
    case 'user':
      return `For every user. An API token needs the scope ${access.scope}.`
    case 'role':
      return `Needs the role ${access.role} in the organization. An API token needs the scope ${access.scope}.`
    case 'instance_admin':
      return `For instance admins. An API token needs the scope ${access.scope}.`
  }
}

function recentLoginInWords({ recentLoginFor }: Operation): string[] {
  if (recentLoginFor === null) return []
  return [
    `${recentLoginFor} needs a session whose user has logged in or confirmed their password in the last ` +
      `${recentLoginMinutes} minutes; otherwise 403 of the type \`urn:mesher:problem:recent_login_required\`.`
  ]
}

function answersOf({ responses }: Operation): Record<string, Json> {
  return Object.fromEntries(
    Object.entries(responses).map(([status, { description, schema, type, types = [] }]) => {
      const json = schema === undefined ? {} : { [type ?? 'application/json']: { schema: outputSchemaOf(schema) } }
      const texts = Object.fromEntries(types.map(name => [name, { schema: { type: 'string' } }]))
      const content = { ...json, ...texts }
      return [status, { description, ...(Object.keys(content).length === 0 ? {} : { content }) }]
    })
  )
}

/** Which refusals follow from what the operation is, beside the ones that it names. */
function refusalTexts({ access, method, params, refusals = {} }: Operation): Record<number, string> {
  const changes = method !== 'get'
  return {
    400: 'Something in the path, the query or the body is not valid; `errors` names the fields',
    ...(access.who === 'anyone' ? {} : { 401: 'No credential, or one that is unknown, revoked or expired' }),
    ...(access.who !== 'anyone' || changes
      ? { 403: 'The role or the scope of the caller is not enough, or the Origin is not ours' }
      : {}),
    ...(Object.keys(params.entries).length === 0 ? {} : { 404: "Unknown, or not the caller's" }),
    ...(changes ? { 413: 'The body is too large', 415: 'The body is not application/json, or packed' } : {}),
    ...refusals,
    503: 'Not available now; Retry-After says when to come again'
  }
}
