/**
 * Calls the REST API of a whole node over HTTP as users and programs that the test makes. Users are inserted with a
 * session, without logging in. Every response is checked against the OpenAPI document; a difference throws.
 */
import { v7 as uuidv7 } from 'uuid'
import type { Role, Scope } from '../../schema/api/common.ts'
import { createApiToken } from '../../services/accounts/api-tokens.ts'
import { createProject, type Project } from '../../services/accounts/projects.ts'
import { startSession } from '../../services/accounts/sessions.ts'
import { createUser } from '../../services/accounts/users.ts'
import { differenceFromDocument } from './openapi.ts'
import { runningNode, type TestNode, type TestNodeOptions } from './running-node.ts'

type Test = { teardown: (work: () => Promise<void>) => void }

export type Answered<Body> = { status: number; headers: Headers; text: string; body: Body }

/** Headers that identify the caller: a cookie or a token. */
export type Credential = Readonly<Record<string, string>>

type Send = <Body = Record<string, unknown>>(path: string, body?: unknown) => Promise<Answered<Body>>

export type ApiClient = {
  credential: Credential
  get: <Body = Record<string, unknown>>(path: string) => Promise<Answered<Body>>
  post: Send
  put: Send
  patch: Send
  delete: Send
}

export type ApiUser = ApiClient & {
  id: string
  email: string
  /** The same user, by an API token. */
  withToken: (scopes: Scope[], expiresAt?: Date | null) => Promise<ApiClient & { tokenId: string }>
}

export type Organization = { id: string; slug: string; project: Project }

export type ApiUnderTest = TestNode & {
  /** The organization that every node has from its start. */
  organizationId: string
  nobody: ApiClient
  client: (credential: Credential) => ApiClient
  /** A new user, in the first organization unless another is named. With the role null it is a member of none. */
  user: (
    role: Role | null,
    about?: { organizationId?: string; email?: string; name?: string; isInstanceAdmin?: boolean }
  ) => Promise<ApiUser>
  /** Another organization with a project of its own. */
  organization: (slug: string) => Promise<Organization>
}

export async function apiUnderTest(t: Test, options: TestNodeOptions = {}): Promise<ApiUnderTest> {
  const node = await runningNode(t, options)
  const { organizationId } = node.running.project
  const client = (credential: Credential): ApiClient => clientOf(node, credential)
  let users = 0

  async function user(
    role: Role | null,
    about: { organizationId?: string; email?: string; name?: string; isInstanceAdmin?: boolean } = {}
  ): Promise<ApiUser> {
    const { email = `user${++users}@example.com`, name = '', isInstanceAdmin = false } = about
    const made = await createUser(node.sql, { email, name, passwordHash: '', isInstanceAdmin, isConfirmed: true })
    if (made === null) throw new Error(`there is a user ${email} already`)
    if (role !== null) {
      await node.sql`
        insert into memberships (organization_id, user_id, role)
        values (${about.organizationId ?? organizationId}, ${made.id}, ${role})`
    }
    const secret = await startSession(node.sql, {
      userId: made.id,
      remoteAddress: '127.0.0.1',
      userAgent: 'test',
      now: Date.now()
    })

    async function withToken(scopes: Scope[], expiresAt: Date | null = null): Promise<ApiClient & { tokenId: string }> {
      const created = await createApiToken(node.sql, {
        userId: made?.id ?? '',
        name: 'test',
        scopes,
        expiresAt,
        now: Date.now()
      })
      if (created === null) throw new Error('this user has too many tokens')
      return { ...client({ authorization: `Bearer ${created.token}` }), tokenId: created.id }
    }
    return { ...client({ cookie: `mesher_session=${secret}`, origin: node.url }), id: made.id, email, withToken }
  }

  async function organization(slug: string): Promise<Organization> {
    const id = uuidv7()
    await node.sql`insert into organizations (id, slug, name) values (${id}, ${slug}, ${slug})`
    return { id, slug, project: await createProject(node.sql, { name: `Project of ${slug}`, organizationId: id }) }
  }

  return { ...node, organizationId, nobody: client({}), client, user, organization }
}

function clientOf(node: TestNode, credential: Credential): ApiClient {
  async function send<Body>(method: string, path: string, body?: unknown): Promise<Answered<Body>> {
    const json = body === undefined ? {} : { body: JSON.stringify(body) }
    const contentType = body === undefined ? {} : { 'content-type': 'application/json' }
    const response = await fetch(node.url + path, { method, headers: { ...credential, ...contentType }, ...json })
    const text = await response.text()
    const { status, headers } = response
    const type = headers.get('content-type') ?? ''
    const answered: Body = /\bjson$/.test(type) ? JSON.parse(text) : {}
    const difference = differenceFromDocument({ method, path, status, type, body: answered })
    if (difference !== '') throw new Error(`${method} ${path}: ${difference}`)
    return { status, headers, text, body: answered }
  }
  return {
    credential,
    get: path => send('GET', path),
    post: (path, body) => send('POST', path, body),
    put: (path, body) => send('PUT', path, body),
    patch: (path, body) => send('PATCH', path, body),
    delete: (path, body) => send('DELETE', path, body)
  }
}
