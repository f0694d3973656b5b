/**
 * What the walk of the API needs: worlds of one organization each with everything that paths and bodies can name, and
 * the recipes of its requests.
 */
import { names } from '../../actors/names.ts'
import { pidKey } from '../../mesh/index.ts'
import { storeBundle } from '../../services/artifacts/bundles.ts'
import { createRule } from '../../services/alerts/rules.ts'
import { addDeploy } from '../../services/releases/deploys.ts'
import { createInvite } from '../../services/accounts/invites.ts'
import { createSearch } from '../../services/search/saved-searches.ts'
import { addComment } from '../../services/issues/activity.ts'
import { mergeIssues } from '../../services/issues/merges.ts'
import { listKeys } from '../../services/accounts/keys.ts'
import { startSession } from '../../services/accounts/sessions.ts'
import { hashPassword } from '../../services/machine/passwords.ts'
import type { ApiUnderTest, ApiUser, Organization } from '../support/api.ts'

export type World = {
  organization: Organization
  owner: ApiUser
  admin: ApiUser
  member: ApiUser
  /** By the name of the parameter of a path. */
  ids: Record<string, string>
  /** Another issue of the project, which nothing is merged into. */
  sibling: string
}

const strangersAddress = 'walked@example.org'
const ownersPassword = 'correct horse'
const ownersHash = hashPassword(ownersPassword)

/** An organization, and in it a project with an event. */
export async function makeWorld(api: ApiUnderTest, slug: string): Promise<World> {
  const organization = await api.organization(slug)
  const user = (role: 'owner' | 'admin' | 'member') =>
    api.user(role, { organizationId: organization.id, email: `${role}@${slug}.example.com` })
  const [owner, admin, member] = [await user('owner'), await user('admin'), await user('member')]
  await api.sql`update users set password_hash = ${await ownersHash} where id = ${owner.id}`
  const event = await sendEvent(api, organization)
  const { tokenId } = await owner.withToken(['read'])
  await startSession(api.sql, { userId: owner.id, remoteAddress: '192.0.2.1', userAgent: 'elsewhere', now: Date.now() })
  const [session] = await api.sql<
    { id: string }[]
  >`select id from sessions where user_id = ${owner.id} order by id desc limit 1`
  const { issue, sibling, comment } = await makeIssues(api, organization, owner)
  const [key] = await listKeys(api.sql, organization.project.id)
  const invited = await createInvite(api.sql, {
    organizationId: organization.id,
    callerId: owner.id,
    email: `invited@${slug}.example.com`,
    role: 'member',
    now: Date.now()
  })
  const alert = await makeAlert(api, organization)
  const search = await createSearch(
    api.sql,
    { projectId: organization.project.id, userId: owner.id, isAdmin: true },
    { name: 'All', query: '', sort: 'last_seen', isShared: true },
    { isDefault: false, now: Date.now() }
  )
  await addDeploy(api.sql, organization.project.id, 'web@1', {
    environment: 'production',
    name: '',
    url: '',
    startedAt: null,
    finishedAt: new Date()
  })
  const ids = {
    org: organization.id,
    project: String(organization.project.id),
    issue,
    comment_id: comment,
    feedback_id: await makeFeedback(api, organization),
    event,
    token_id: tokenId,
    session_id: session?.id ?? '',
    user_id: member.id,
    version: 'web@1',
    artifact: await storeBundle(
      api.sql,
      {
        projectId: organization.project.id,
        kind: 'scripts',
        name: '',
        checksum: Buffer.alloc(20),
        release: '',
        dist: ''
      },
      []
    ),
    key: 'shard',
    key_id: key?.id ?? '',
    invite_id: typeof invited === 'string' ? '' : invited.invite.id,
    token: 'a'.repeat(43),
    pid: processPid(api),
    search: search?.id ?? '',
    ...alert
  }
  return { organization, owner, admin, member, ids, sibling }
}

/** The issue of the event that was sent, with another merged into it and a comment, and one that is not merged. */
async function makeFeedback(api: ApiUnderTest, { project }: Organization): Promise<string> {
  const [row] = await api.sql<{ id: string }[]>`
    insert into user_feedback (project_id, id, received_at, name, email, message, url, environment, release)
    values (${project.id}, gen_random_uuid(), now(), 'Ann', '', 'It broke', '', '', '') returning id`
  return row?.id ?? ''
}

async function makeIssues(
  api: ApiUnderTest,
  organization: Organization,
  { id: userId }: ApiUser
): Promise<{ issue: string; sibling: string; comment: string }> {
  const projectId = organization.project.id
  await sendEvent(api, organization, 'the same broke elsewhere')
  await sendEvent(api, organization, 'another thing broke')
  const rows = await api.sql<{ id: string }[]>`select id from issues where project_id = ${projectId} order by number`
  const [issue = '', merged = '', sibling = ''] = rows.map(row => row.id)
  await mergeIssues(api.sql, { projectId, organizationId: organization.id, userId }, [merged], issue)
  const comment = await addComment(api.sql, { projectId, issueId: issue }, { userId, text: 'Seen it.' })
  return { issue, sibling, comment: comment?.id ?? '' }
}

/** A rule that nothing of the walk makes fire, and an alert of it. */
async function makeAlert({ sql }: ApiUnderTest, { project }: Organization): Promise<{ rule: string; alert: string }> {
  const rule = await createRule(
    sql,
    project.id,
    {
      name: 'Regressions',
      isEnabled: true,
      condition: { type: 'regression' },
      filters: {},
      actions: [{ type: 'email', to: [strangersAddress] }],
      cooldownMinutes: 60
    },
    Date.now()
  )
  const [alert] = await sql<{ id: string }[]>`
    insert into alerts (project_id, id, rule_id, rule_name, kind, subject, status, fired_at)
    select ${project.id}, gen_random_uuid(), ${rule?.id ?? ''}, 'Regressions', 'regression', 'project', 'active', now()
      returning id`
  return { rule: rule?.id ?? '', alert: alert?.id ?? '' }
}

async function sendEvent(api: ApiUnderTest, { project }: Organization, message = 'something broke'): Promise<string> {
  const response = await fetch(`${api.url}/api/v1/events`, {
    method: 'POST',
    headers: { 'x-mesher-key': project.publicKey ?? '', 'content-type': 'application/json' },
    body: JSON.stringify({ message, level: 'error', tags: { shard: '7' } })
  })
  const body: { id: string } = JSON.parse(await response.text())
  return body.id
}

export type Recipe = {
  /** A body that is good. */
  body?: (world: World) => unknown
  /** What stands after the path. */
  query?: string
  /** Who is sure to get what they ask for, where that is not the owner. */
  by?: 'member'
  /** For operations that anyone may call: what a caller without a credential gets. */
  anyone?: number
}

const noSources = { commit_url: '', source_url: '', mappings: [] }

/** By the id of the operation; one that needs neither body nor query needs no recipe. */
export const recipes: Readonly<Record<string, Recipe>> = {
  setUp: { body: () => ({ token: 'x', email: 'first@example.com', password: 'correct horse' }), anyone: 409 },
  logIn: { body: () => ({ email: 'nobody@example.com', password: 'correct horse' }), anyone: 401 },
  getOpenApi: { anyone: 200 },
  getWho: { anyone: 200 },
  readSetup: { anyone: 200 },
  confirmMe: { body: () => ({ password: ownersPassword }) },
  changeMe: { body: () => ({ name: 'Renamed' }) },
  deleteMe: { by: 'member' },
  createToken: { body: () => ({ name: 'walked', scopes: ['read'] }) },
  createOrganization: { body: () => ({ name: 'Walked' }) },
  changeOrganization: { body: () => ({ name: 'Walked' }) },
  changeMember: { body: () => ({ role: 'member' }) },
  createInvite: { body: () => ({ email: 'walked@example.com', role: 'member' }) },
  getInvite: { anyone: 404 },
  acceptInvite: { body: () => ({ password: 'correct horse' }), anyone: 404 },
  changeFeedback: { body: () => ({ state: 'resolved' }) },
  changeAlerts: { body: () => ({ act: 'acknowledge' }) },
  createProject: { body: () => ({ name: 'Walked' }) },
  changeProject: { body: () => ({ name: 'Walked' }) },
  createKey: { body: () => ({ label: 'Walked' }) },
  changeKey: { body: () => ({ active: false }) },
  changeIssue: { body: () => ({ status: 'resolved' }) },
  changeIssues: { body: ({ ids }) => ({ ids: [ids.issue], change: { status: 'resolved' } }) },
  changeIssuesOfOrganization: { body: () => ({ filter: { query: 'none' }, change: { status: 'resolved' } }) },
  mergeIssue: { body: ({ sibling }) => ({ into: sibling }) },
  createComment: { body: () => ({ text: 'Walked' }) },
  changeComment: { body: () => ({ text: 'Walked' }) },
  createAlertRule: { body: () => ({ name: 'Walked', condition: { type: 'new_issue' } }) },
  previewAlertActions: { body: () => ({ actions: [{ type: 'slack', url: 'https://hooks.example.com/a' }] }) },
  askRecipient: { body: () => ({ email: strangersAddress }) },
  getMailQuestion: { anyone: 404 },
  answerMailQuestion: { body: () => ({ wants: true }), anyone: 404 },
  createSavedSearch: { body: () => ({ name: 'Walked', query: 'is:new' }) },
  changeSavedSearch: { body: () => ({ default: true }) },
  changeAlertRule: { body: () => ({ name: 'Walked' }) },
  changeSettings: { body: () => ({ sample_rate: 0.5 }) },
  previewScrub: {
    body: () => ({ event: { message: 'm' }, scrub: { enabled: true, fields: [], safe_fields: [], ip: 'keep' } })
  },
  getPerson: { query: '?id=7' },
  searchPersons: { query: '?query=ada' },
  exportPersonOfProject: { query: '?id=7' },
  exportPersonOfOrganization: { query: '?id=7' },
  erasePersonInProject: { body: () => ({ id: '7' }) },
  erasePersonInOrganization: { body: () => ({ email: 'walked@example.com' }) },
  toolCreateRelease: { body: ({ ids }) => ({ version: 'web@2', projects: [ids.project] }) },
  toolCreateReleaseOfProject: { body: () => ({ version: 'web@2', projects: [] }) },
  toolChangeRelease: { body: () => ({ dateReleased: '2026-11-29T12:00:00.123456789Z' }) },
  toolChangeReleaseOfProject: { body: () => ({ commits: [{ id: 'abc', patch_set: [{ path: 'a.ts', type: 'M' }] }] }) },
  toolCreateDeploy: { body: () => ({ environment: 'production' }) },
  toolCreateDeployOfProject: { body: () => ({ environment: 'production', name: null }) },
  toolAssembleBundle: { body: ({ ids }) => ({ checksum: 'a'.repeat(40), chunks: [], projects: [ids.project] }) },
  toolAssembleDebugFiles: { body: () => ({ ['a'.repeat(40)]: { name: 'libapp.so', chunks: ['b'.repeat(40)] } }) },
  toolChangeIssues: { body: () => ({ status: 'resolved', snoozeDuration: null }), query: '?status=unresolved' },
  compareReleases: { query: '?base=web@1&other=web@1' },
  listComparedIssues: { query: '?base=web@1&other=web@1&in=both' },
  changeRelease: { body: () => ({ status: 'open' }) },
  changeCodeMappings: { body: () => noSources },
  tryCodeMappings: { body: () => ({ ...noSources, path: 'app/cart.js' }) },
  previewGrouping: { body: () => ({ fingerprint_rules: 'type:A -> b', stack_rules: '' }) }
}

/**
 * Ids in bodies that belong to somebody else or do not exist, and roles that are not the caller's to give: what
 * somebody of the own world gets for naming them.
 */
export type ForeignCase = {
  operation: string
  name: string
  by: 'owner' | 'admin' | 'member'
  body: (own: World, other: World) => unknown
  status: number
}

export const foreignCases: readonly ForeignCase[] = [
  {
    operation: 'createInvite',
    name: 'an admin invites an owner',
    by: 'admin',
    body: () => ({ email: 'walked@example.com', role: 'owner' }),
    status: 403
  },
  {
    operation: 'changeMember',
    name: 'an admin makes an owner',
    by: 'admin',
    body: () => ({ role: 'owner' }),
    status: 403
  },
  {
    operation: 'changeIssue',
    name: 'an assignee of another organization',
    by: 'member',
    body: (_, other) => ({ status: 'resolved', assignee: other.member.id }),
    status: 400
  },
  {
    operation: 'mergeIssue',
    name: 'into an issue of another organization',
    by: 'member',
    body: (_, other) => ({ into: other.ids.issue }),
    status: 400
  },
  {
    operation: 'changeIssues',
    name: 'an issue of another organization among the ids',
    by: 'member',
    body: (own, other) => ({ ids: [own.ids.issue, other.ids.issue], change: { status: 'resolved' } }),
    status: 400
  },
  {
    operation: 'changeIssues',
    name: 'deletes an issue of another organization',
    by: 'member',
    body: (own, other) => ({ ids: [own.ids.issue, other.ids.issue], change: { delete: true } }),
    status: 400
  },
  {
    operation: 'changeIssues',
    name: 'an assignee of another organization',
    by: 'member',
    body: (own, other) => ({ ids: [own.ids.issue], change: { assignee: other.member.id } }),
    status: 400
  },
  {
    operation: 'changeIssues',
    name: 'merges into an issue of another organization',
    by: 'member',
    body: (own, other) => ({ ids: [own.ids.issue], change: { merge_into: other.ids.issue } }),
    status: 400
  },
  {
    operation: 'changeIssuesOfOrganization',
    name: 'a project of another organization',
    by: 'member',
    body: (_, other) => ({ filter: { project: [other.ids.project] }, change: { status: 'resolved' } }),
    status: 400
  },
  {
    operation: 'toolCreateRelease',
    name: 'a project of another organization',
    by: 'member',
    body: (_, other) => ({ version: 'web@9', projects: [other.ids.project] }),
    status: 400
  },
  {
    operation: 'toolChangeRelease',
    name: 'a project of another organization',
    by: 'member',
    body: (own, other) => ({ projects: [own.ids.project, other.ids.project], status: 'archived' }),
    status: 400
  },
  {
    operation: 'toolCreateDeploy',
    name: 'a project of another organization',
    by: 'member',
    body: (_, other) => ({ environment: 'production', projects: [other.ids.project] }),
    status: 400
  },
  {
    operation: 'toolAssembleBundle',
    name: 'a project of another organization',
    by: 'member',
    body: (own, other) => ({
      checksum: 'a'.repeat(40),
      chunks: ['b'.repeat(40)],
      projects: [own.ids.project, other.ids.project]
    }),
    status: 400
  },
  {
    operation: 'changeComment',
    name: "somebody else's comment",
    by: 'member',
    body: () => ({ text: 'Walked' }),
    status: 403
  }
]

/** Of a process that may be restarted at any time. */
function processPid({ running }: ApiUnderTest): string {
  const pid = running.mesh.whereis(names.diskWatcher)
  if (pid === undefined) throw new Error('the disk watcher runs')
  return pidKey(pid)
}
