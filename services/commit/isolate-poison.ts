/**
 * Finds the events for whose data PostgreSQL refuses a batch: tries the whole, then halves, each in a transaction that
 * is rolled back, until every culprit stands alone. Nothing is written, the ledger included. An error that is not
 * about the data (an outage, a deadline) is thrown: then nobody knows, and nobody is blamed.
 */
import type { PreparedBatch, PreparedEvent } from '../../schema/pipeline.ts'
import { isMissingPartition, learnFrom, nothingKnown, planned } from './attempt.ts'
import type { Knowledge } from './plan.ts'
import { writePlanSteps } from './statements.ts'
import { isDataError, sqlStateOf } from '../database/errors.ts'
import type { Sql } from '../database/sql.ts'
import type { WireConnection } from '../database/wire/connection.ts'
import { withWire } from '../database/wire/pool.ts'
import type { Statement } from '../database/wire/pipeline.ts'

export type Culprit = { id: string; error: string }

const undo: Statement = { name: 'undo', text: 'select undo()' }

const attemptsMax = 20
const errorCharsMax = 500

/** The events of a batch that PostgreSQL refuses by themselves, with what it says. */
export async function findCulprits(sql: Sql, batch: PreparedBatch, { deadlineMs = 30_000 } = {}): Promise<Culprit[]> {
  const knowledge = nothingKnown()

  async function search(wire: WireConnection, events: readonly PreparedEvent[]): Promise<Culprit[]> {
    const error = await tried(
      sql,
      wire,
      { ...batch, events: [...events], sampledOut: [], quarantined: [] },
      knowledge,
      deadlineMs
    )
    const [first, ...others] = events
    if (error === undefined || first === undefined) return []
    if (others.length === 0) return [{ id: first.id, error: messageOf(error) }]
    const middle = Math.ceil(events.length / 2)
    return [...(await search(wire, events.slice(0, middle))), ...(await search(wire, events.slice(middle)))]
  }

  return await withWire(sql, wire => search(wire, batch.events))
}

/** What PostgreSQL says about the data of this batch; undefined when it takes it. */
async function tried(
  sql: Sql,
  wire: WireConnection,
  batch: PreparedBatch,
  knowledge: Knowledge,
  deadlineMs: number
): Promise<unknown> {
  for (let attempt = 1; ; attempt++) {
    const plan = await planned(sql, [batch], knowledge)
    try {
      await wire.run(
        pipeline => {
          writePlanSteps(pipeline, plan, { node: '', mark: batch.id })
          pipeline.execute(undo)
        },
        { deadlineMs }
      )
      throw new Error('a trial was not undone')
    } catch (error) {
      if (sqlStateOf(error) === 'MSH00') return undefined
      if (attempt < attemptsMax && (await learnFrom(sql, error, [batch], knowledge))) continue
      if (isDataError(error) && !isMissingPartition(error)) return error
      throw error
    }
  }
}

function messageOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).slice(0, errorCharsMax)
}
