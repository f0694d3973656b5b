/**
 * One call of an operation, from HTTP's texts to the response. It never rejects: a refusal becomes its own response, an
 * outage of the database a 503, and an unexpected error is logged and becomes a 503 that does not say what it was.
 */
import * as v from 'valibot'
import { SearchError } from '../events/search/reader.ts'
import { checkSchema, checksSchemas } from '../schema/checked.ts'
import type { Log } from '../schema/log.ts'
import { callerOf } from '../services/accounts/callers.ts'
import { PasswordsBusy } from '../services/machine/passwords.ts'
import type { Sql } from '../services/database/sql.ts'
import { isBusy, isDataError, isUnavailable } from '../services/database/errors.ts'
import type { Operation } from './operation.ts'
import type { ApiAnswer, ApiContext } from './types.ts'
import { invalidSearch, Problem, problem, problemAnswer, toolProblemAnswer } from './problems.ts'
import { checkOrigin, type OwnAddress } from './origin.ts'
import { credentialsOf, rawRequestOf, type HttpCall } from './request.ts'

export type CallOptions = {
  sql: Sql
  /** Milliseconds since the epoch. */
  now: () => number
  own: OwnAddress
  node: ApiContext['node']
  issuesChanged: ApiContext['issuesChanged']
  symbols: ApiContext['symbols']
  openOrganizations: ApiContext['openOrganizations']
  alerting: ApiContext['alerting']
  log: Log
}

export type Call = (operation: Operation, call: HttpCall) => Promise<ApiAnswer>

export function apiCaller({ sql, now, own, log, ...others }: CallOptions): Call {
  const isChecked = checksSchemas()
  const { publicUrl } = own
  const isBehindTls = publicUrl?.startsWith('https:') === true

  async function run(operation: Operation, sent: HttpCall): Promise<ApiAnswer> {
    const call = { ...sent, isSecure: sent.isSecure || isBehindTls }
    if (operation.method !== 'get') await checkOrigin(call, own, { sql, now: now() })
    const raw = rawRequestOf(operation, call, await callerOf(sql, credentialsOf(call), now()))
    const answer = await operation.run(
      { ...others, sql, log, now, publicUrl: publicUrl ?? addressOf(call), publicUrlIsSet: publicUrl !== null },
      raw
    )
    if (isChecked) checkAnswer(operation, answer)
    return answer
  }

  return async (operation, call) => {
    try {
      return await run(operation, call)
    } catch (error) {
      const refusal = problemOf(error, operation, log)
      return operation.isForTools ? toolProblemAnswer(refusal) : problemAnswer(refusal)
    }
  }
}

const hostForm = /^(?:[a-z0-9._-]{1,253}|\[[0-9a-f:.]{2,45}\])(?::\d{1,5})?$/i

/** Only its own sender is told of the host that a request names. */
function addressOf({ host, isSecure, port }: HttpCall): string {
  return hostForm.test(host) ? `${isSecure ? 'https' : 'http'}://${host}` : `http://localhost:${port}`
}

/**
 * Throws unless the operation has declared this status and a body of this form. Texts with a media type of their own
 * are not checked.
 */
function checkAnswer({ id, responses }: Operation, { status, type, body }: ApiAnswer): void {
  const declared = responses[status]
  if (declared === undefined) throw new TypeError(`${id} has declared no answer ${status}`)
  if (type === undefined) checkSchema(declared.schema ?? v.undefined(), body, `answer ${status} of ${id}`)
}

function problemOf(error: unknown, { id }: Operation, log: Log): Problem {
  if (error instanceof Problem) return error
  if (error instanceof SearchError) return invalidSearch(error)
  if (isBusy(error)) {
    return problem(503, 'All connections to the database are in use. Try this again in a moment.', { retryAfterS: 1 })
  }
  if (isUnavailable(error)) {
    return problem(503, 'The database does not answer. Try this again later.', { retryAfterS: 5 })
  }
  if (error instanceof PasswordsBusy) {
    return problem(503, 'Too many passwords are being checked. Try this again in a moment.', { retryAfterS: 1 })
  }
  log.error({ err: error, operation: id }, 'an operation of the API failed')
  // A value that no schema refused and PostgreSQL cannot store, such as a number out of its range.
  if (isDataError(error)) return problem(400, 'A value in this request cannot be looked for or stored.')
  return problem(503, 'This request could not be handled. Try it again later.', { retryAfterS: 1 })
}
