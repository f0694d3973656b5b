/** Who may open the live stream: a session with the Origin of this server, or an API token. */
import type { Refusal } from '../schema/outcomes.ts'
import { callerOf } from '../services/accounts/callers.ts'
import type { Sql } from '../services/database/sql.ts'
import { isUnavailable } from '../services/database/errors.ts'
import { checkCaller } from './checks.ts'
import { Problem } from './problems.ts'
import { checkOrigin, type OwnAddress } from './origin.ts'
import { credentialsOf, type HttpCall } from './request.ts'

export type Viewing =
  | { ok: true; viewer: { credentialId: string; userId: string; isInstanceAdmin: boolean } }
  | { ok: false; refusal: Refusal }

const nobody: Refusal = {
  status: 401,
  reason: 'unauthorized',
  detail: 'Log in, or send a valid API token: Authorization: Bearer mshr_…'
}
const noDatabase: Refusal = {
  status: 503,
  reason: 'unavailable',
  retryAfterS: 5,
  detail: 'The database does not answer. Try this again later.'
}

export async function viewing(
  call: HttpCall,
  { sql, now, own }: { sql: Sql; now: () => number; own: OwnAddress }
): Promise<Viewing> {
  try {
    await checkOrigin(call, own, { sql, now: now() })
    const caller = await callerOf(sql, credentialsOf(call), now())
    const credentialId = caller?.session?.id ?? caller?.token?.id
    if (caller === null || credentialId === undefined) return { ok: false, refusal: nobody }
    checkCaller({ who: 'user', scope: 'read' }, caller)
    return { ok: true, viewer: { credentialId, userId: caller.userId, isInstanceAdmin: caller.isInstanceAdmin } }
  } catch (error) {
    if (error instanceof Problem) {
      return { ok: false, refusal: { status: error.status, reason: 'unauthorized', detail: error.message } }
    }
    if (isUnavailable(error)) return { ok: false, refusal: noDatabase }
    throw error
  }
}
