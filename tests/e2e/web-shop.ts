/**
 * A dashboard whose owner has a project "Web shop" full of made-up events of the past two weeks: for tests that look at
 * what is there and change nothing.
 */
import assert from 'node:assert'
import { seedProject } from '../../bin/seed/seed-project.ts'
import { createSeededProject } from '../../services/seeding/project.ts'
import { closeWires } from '../../services/database/wire/pool.ts'
import { dashboard, type Dashboard } from './support.ts'

export type WebShop = Dashboard & {
  /** Of the owner's session. */
  credential: Readonly<Record<string, string>>
  /** The unresolved issue with most events. */
  issueId: string
}

const quiet = { onStep: () => {}, onProgress: () => {} }

export async function webShop(
  t: Parameters<typeof dashboard>[0],
  { events, issues, users }: { events: number; issues: number; users: number }
): Promise<WebShop> {
  const made = await dashboard(t)
  const { sql } = made
  const { credential } = await made.user('owner', { name: 'Ada Lovelace', isInstanceAdmin: true })
  const { id: projectId } = await createSeededProject(sql, 'Web shop')
  await seedProject(
    sql,
    { projectId, retentionDays: 90, events, issues, users, days: 14, size: 'full', seed: 1, now: Date.now() },
    quiet
  )
  closeWires(sql)
  const [issue] = await sql<
    { id: string }[]
  >`select id from issues where project_id = ${projectId} and status = 'unresolved' order by event_count desc limit 1`
  assert(issue)
  return { ...made, credential, issueId: issue.id }
}
