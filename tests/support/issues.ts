/**
 * What tests of issues share: events committed and counted for a project of a whole node, and the issues that they
 * made.
 */
import type { PreparedEvent } from '../../schema/pipeline.ts'
import { createUser } from '../../services/accounts/users.ts'
import { foldAll } from '../../services/commit/count-check.ts'
import { commitBatches } from '../../services/commit/attempt.ts'
import { ensurePartitionsFor } from '../../services/database/partitions.ts'
import type { Sql } from '../../services/database/sql.ts'
import type { IssueChanger } from '../../services/issues/changes.ts'
import { fingerprintOf, preparedBatch, preparedEvent } from './prepared.ts'

export type EventOf = Partial<PreparedEvent> & { issue?: string }

/** Commits one event for each description, through the real commit, and folds what it counted. */
export async function commitEvents(sql: Sql, ...events: EventOf[]): Promise<PreparedEvent[]> {
  const prepared = events.map(preparedEvent)
  const batch = preparedBatch(prepared)
  await ensurePartitionsFor(sql, [batch], { now: Date.now() })
  await commitBatches(sql, [batch], { node: 'test', deadlineMs: 30_000 })
  await foldAll(sql)
  return prepared
}

/** The id of the issue that events of this name made. */
export async function issueIdOf(sql: Sql, issue: string, projectId = 1): Promise<string> {
  const [row] = await sql<
    { id: string }[]
  >`select id from issues where project_id = ${projectId} and fingerprint = ${Buffer.from(fingerprintOf(issue), 'hex')}`
  if (row === undefined) throw new Error(`there is no issue ${issue}`)
  return row.id
}

/** A member of the organization of project 1, as the one who changes its issues. */
export async function changerIn(sql: Sql): Promise<IssueChanger> {
  const user = await createUser(sql, {
    email: 'dev@example.com',
    name: 'Dev',
    passwordHash: '',
    isInstanceAdmin: false
  })
  const [organization] = await sql<{ id: string }[]>`select id from organizations`
  const changer = { projectId: 1, organizationId: organization?.id ?? '', userId: user?.id ?? '' }
  await sql`
    insert into memberships (organization_id, user_id, role)
    values (${changer.organizationId}, ${changer.userId}, 'member')`
  return changer
}
