/** Prepared events and batches for tests of the write path: plain, valid, with ids that carry the wanted time. */
import { createHash, randomBytes } from 'node:crypto'
import { v7 as uuidv7 } from 'uuid'
import type { PreparedBatch, PreparedEvent } from '../../schema/pipeline.ts'
import { ensurePartitions } from '../../services/database/partitions.ts'
import { createProject, ensureDefaults } from '../../services/accounts/projects.ts'
import type { Sql } from '../../services/database/sql.ts'
import { closeWires } from '../../services/database/wire/pool.ts'
import { testDatabase } from './database.ts'

/** 64 hex digits for a name: events with the same name belong to one issue. */
export function fingerprintOf(name: string): string {
  return createHash('sha256').update(name).digest('hex')
}

export function eventId(): string {
  return randomBytes(16).toString('hex')
}

/** An event of issue `issue` in project 1; every member may be given. */
export function preparedEvent({
  issue = 'a',
  receivedAt = Date.now(),
  ...others
}: Partial<PreparedEvent> & { issue?: string } = {}): PreparedEvent {
  return {
    id: uuidv7({ msecs: receivedAt }),
    projectId: 1,
    retentionDays: 30,
    receivedAt,
    occurredAt: receivedAt,
    eventId: null,
    level: 'error',
    environment: 'production',
    release: 'shop@1.0',
    platform: 'node',
    message: `TypeError: ${issue} is not a function`,
    title: `TypeError: ${issue}`,
    culprit: '/cart',
    userHash: '',
    user: '',
    tags: {},
    fingerprint: fingerprintOf(issue),
    grouping: { rule: 'exception', version: 'mesher:1', components: ['TypeError', issue] },
    payload: JSON.stringify({ message: issue }),
    ...others
  }
}

export function preparedBatch(events: PreparedEvent[], others: Partial<PreparedBatch> = {}): PreparedBatch {
  return { id: uuidv7(), events, sampledOut: [], quarantined: [], ...others }
}

/** A migrated database with two projects (1 and 2) and partitions for these days. */
export async function databaseForEvents(t: Parameters<typeof testDatabase>[0]): Promise<Sql> {
  const { sql } = await testDatabase(t, { max: 8 })
  t.teardown(async () => closeWires(sql))
  await ensureDefaults(sql)
  await createProject(sql, { name: 'Second' })
  await ensurePartitions(sql, { now: Date.now(), daysAhead: 1 })
  return sql
}
