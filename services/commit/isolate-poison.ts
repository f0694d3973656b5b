/**
 * Finds the poison events of a batch, for whose data PostgreSQL refuses it, and puts them into quarantine. It tries the
 * whole, then halves, each in a transaction that is rolled back, until every poison event stands alone. Nothing is
 * written, the ledger included. An error that is not about the data (an outage, a deadline) is thrown: then it is not
 * known which events are poison, and none is set aside.
 */
import type { PreparedBatch, PreparedEvent, QuarantinedEvent } from '../../schema/pipeline.ts'
import { isDataError, isMissingPartition, sqlStateOf } from '../database/errors.ts'
import type { Sql } from '../database/sql.ts'
import type { WireConnection } from '../database/wire/connection.ts'
import type { PreparedStatement } from '../database/wire/pipeline.ts'
import { withWire } from '../database/wire/pool.ts'
import { learnFrom, nothingKnown, planned } from './knowledge.ts'
import type { Knowledge } from './plan.ts'
import { wordSets } from './word-sets.ts'
import { writePlanSteps } from './statements.ts'

/** An event that is refused by itself, with what PostgreSQL says. */
export type Poison = { id: string; error: string }

const undo: PreparedStatement = { name: 'undo', text: 'select undo()' }

const attemptsMax = 20
const errorCharsMax = 500
const deadlineMs = 30_000

/** The batch with its poison events in quarantine, their bodies cut to `charsMax`. */
export async function quarantinePoison(sql: Sql, batch: PreparedBatch, charsMax: number): Promise<PreparedBatch> {
  const errors = new Map((await findPoison(sql, batch)).map(({ id, error }) => [id, error]))
  const events: PreparedEvent[] = []
  const quarantined: QuarantinedEvent[] = [...batch.quarantined]
  for (const event of batch.events) {
    const error = errors.get(event.id)
    if (error === undefined) events.push(event)
    else quarantined.push(quarantinedOf(event, error, charsMax))
  }
  return { ...batch, events, quarantined }
}

function quarantinedOf({ id, projectId, payload }: PreparedEvent, error: string, charsMax: number): QuarantinedEvent {
  return { id, projectId, error, body: payload.slice(0, charsMax).toWellFormed() }
}

/** The poison events of a batch, in its order. */
export async function findPoison(sql: Sql, batch: PreparedBatch): Promise<Poison[]> {
  const knowledge = nothingKnown()

  async function search(wire: WireConnection, events: readonly PreparedEvent[]): Promise<Poison[]> {
    const part: PreparedBatch = { ...batch, events: [...events], sampledOut: [], quarantined: [] }
    const error = await refusalOf(sql, wire, part, knowledge)
    const [first, ...others] = events
    if (error === undefined || first === undefined) return []
    if (others.length === 0) return [{ id: first.id, error: messageOf(error) }]
    const middle = Math.ceil(events.length / 2)
    return [...(await search(wire, events.slice(0, middle))), ...(await search(wire, events.slice(middle)))]
  }

  return await withWire(sql, wire => search(wire, batch.events))
}

/** The error by which PostgreSQL refuses the data of this batch; undefined when it takes it. */
async function refusalOf(sql: Sql, wire: WireConnection, batch: PreparedBatch, knowledge: Knowledge): Promise<unknown> {
  for (let attempt = 1; ; attempt++) {
    const plan = await planned(sql, [batch], knowledge)
    try {
      await wire.run(
        pipeline => {
          writePlanSteps(pipeline, plan, { node: '', mark: batch.id, sets: wordSets(sql) })
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
