/**
 * The two databases that `bench/query` reads: each the embedded PostgreSQL of a folder with one seeded project, made
 * once and kept. A database that is older than a day is made anew, because dashboards ask mostly for the last 24 hours.
 */
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as v from 'valibot'
import { seedProject } from '../../bin/seed/seed-project.ts'
import { createApiToken } from '../../services/accounts/api-tokens.ts'
import { ensurePartitions } from '../../services/database/partitions.ts'
import { migrate } from '../../services/database/migrations.ts'
import { startEmbedded, type EmbeddedServer } from '../../services/database/postgres/embedded.ts'
import { ensureDefaults } from '../../services/accounts/projects.ts'
import { sumPastDays } from '../../services/rollups/days.ts'
import { createSeededProject } from '../../services/seeding/project.ts'
import { connect, type Sql } from '../../services/database/sql.ts'
import { closeWires } from '../../services/database/wire/pool.ts'
import { createUser } from '../../services/accounts/users.ts'
import { thousands, type Progress } from '../support/text.ts'

export type Size = { name: string; events: number; issues: number; users: number }

export type Dataset = {
  size: Size
  projectId: number
  /** Of a member of the project's organization. */
  token: string
  /** The cluster's folder; its server runs. */
  postgres: EmbeddedServer
}

const ageMsMax = 24 * 3_600_000
const days = 90

const marker = v.object({ projectId: v.number(), seededAt: v.number(), events: v.number(), issues: v.number() })

/** Starts the database of this size, and seeds it where that has not been done. */
export async function openDataset(folder: string, size: Size, progress: Progress): Promise<Dataset> {
  const dataDir = join(folder, size.name)
  const markerPath = join(dataDir, 'seeded.json')
  const seeded = await readMarker(markerPath, size)
  if (seeded === null) await rm(dataDir, { recursive: true, force: true })
  const postgres = await startEmbedded({ dataDir })
  const sql = connect({ url: postgres.url, max: 4, statementTimeoutMs: 0 })
  try {
    await migrate(sql)
    await ensurePartitions(sql, { now: Date.now() })
    const known = seeded ?? (await seed(sql, size, progress))
    await sumPastDays(sql)
    if (seeded === null) await writeFile(markerPath, JSON.stringify(known))
    return { size, projectId: known.projectId, token: await newToken(sql), postgres }
  } catch (error) {
    await postgres.stop()
    throw error
  } finally {
    await sql.end()
  }
}

/** Null when there is no usable database. */
async function readMarker(path: string, { events, issues }: Size): Promise<v.InferOutput<typeof marker> | null> {
  const text = await readFile(path, 'utf8').catch(() => '')
  const result = v.safeParse(v.pipe(v.string(), v.parseJson(), marker), text)
  if (!result.success) return null
  const { output } = result
  return output.events === events && output.issues === issues && Date.now() - output.seededAt < ageMsMax ? output : null
}

async function seed(
  sql: Sql,
  { name, events, issues, users }: Size,
  progress: Progress
): Promise<v.InferOutput<typeof marker>> {
  await ensureDefaults(sql)
  const project = await createSeededProject(sql, 'Bench')
  const user = await createUser(sql, { email, name: 'Bench', passwordHash: '', isInstanceAdmin: true })
  await sql`
    insert into memberships (organization_id, user_id, role)
    select organization_id, ${user?.id ?? ''}, 'owner' from projects where id = ${project.id}`
  const now = Date.now()
  let step = ''
  try {
    await seedProject(
      sql,
      { projectId: project.id, retentionDays: 90, events, issues, users, days, size: 'small', seed: 1, now },
      {
        onStep: text => {
          step = text
        },
        onProgress: (done, all) => progress.say(`${name} events · ${step} · ${thousands(done)} of ${thousands(all)}`)
      }
    )
  } finally {
    closeWires(sql)
  }
  return { projectId: project.id, seededAt: now, events, issues }
}

const email = 'bench@example.com'

async function newToken(sql: Sql): Promise<string> {
  const [user] = await sql<{ id: string }[]>`select id from users where email = ${email}`
  const userId = user?.id ?? ''
  await sql`delete from api_tokens where user_id = ${userId}`
  const made = await createApiToken(sql, { userId, name: 'bench', scopes: ['admin'], expiresAt: null, now: Date.now() })
  if (made === null) throw new Error('the user of the benchmark got no token')
  return made.token
}
