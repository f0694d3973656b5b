/**
 * Who may upload chunks, and what becomes of one. The edge reads the body as it comes and asks here, so that no more
 * than a chunk of each upload is in memory.
 */
import type { Log } from '../../schema/log.ts'
import { limits } from '../../schema/limits.ts'
import { callerOf } from '../../services/accounts/callers.ts'
import { findOrganization } from '../../services/accounts/visible.ts'
import { ArtifactRefused, storeChunk, waitingBytes, type Chunk } from '../../services/artifacts/chunks.ts'
import type { Sql } from '../../services/database/sql.ts'
import { isUnavailable } from '../../services/database/errors.ts'
import { checkCaller, checkRole } from '../checks.ts'
import { notFound, Problem, problem, toolProblemAnswer } from '../problems.ts'
import { checkOrigin, type OwnAddress } from '../origin.ts'
import { credentialsOf, type HttpCall } from '../request.ts'
import type { ApiAnswer } from '../types.ts'

const access = { who: 'role', role: 'member', scope: 'ci' } as const

export type UploadOptions = { sql: Sql; now: () => number; own: OwnAddress; log: Log }

export type ChunkUploads = {
  /** The organization that the call may upload to. */
  begin: (call: HttpCall) => Promise<{ organizationId: string } | ApiAnswer>
  /** Null when it was stored, else the refusal. */
  store: (organizationId: string, chunk: Chunk) => Promise<ApiAnswer | null>
}

export function chunkUploads({ sql, now, own, log }: UploadOptions): ChunkUploads {
  const answerOf = (error: unknown): ApiAnswer => toolProblemAnswer(problemOf(error, log))
  return {
    begin: async call => {
      try {
        await checkOrigin(call, own, { sql, now: now() })
        const caller = await callerOf(sql, credentialsOf(call), now())
        checkCaller(access, caller)
        const found = await findOrganization(sql, caller?.userId ?? '', organizationIn(call))
        if (found === null) throw notFound()
        checkRole(access, found.role)
        if ((await waitingBytes(sql, found.organizationId)) > limits.chunksWaitingBytesMax) {
          throw problem(413, 'Too many chunks wait to be assembled. They expire after a day.')
        }
        return { organizationId: found.organizationId }
      } catch (error) {
        return answerOf(error)
      }
    },
    store: async (organizationId, chunk) => {
      try {
        await storeChunk(sql, organizationId, chunk)
        return null
      } catch (error) {
        return answerOf(error)
      }
    }
  }
}

function organizationIn({ params }: HttpCall): string {
  try {
    return decodeURIComponent(params[0] ?? '').replaceAll('\0', '')
  } catch {
    throw notFound()
  }
}

function problemOf(error: unknown, log: Log): Problem {
  if (error instanceof Problem) return error
  if (error instanceof ArtifactRefused) return problem(400, error.message)
  if (isUnavailable(error)) {
    return problem(503, 'The database does not answer. Try this again later.', { retryAfterS: 5 })
  }
  log.error({ err: error }, 'a chunk of an upload could not be handled')
  return problem(503, 'This request could not be handled. Try it again later.', { retryAfterS: 1 })
}
