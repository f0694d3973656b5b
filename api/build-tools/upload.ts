/**
 * Who may upload chunks, and what becomes of one. The edge reads the body as it comes and asks here, so that no more
 * than a chunk of each upload is in memory.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Log } from '../../schema/log.ts'
import { limits } from '../../schema/limits.ts'
import { callerOf } from '../../services/accounts/callers.ts'
import { findOrganization, projectsIn } from '../../services/accounts/visible.ts'
import { ArtifactRefused, storeChunk, waitingBytes, type Chunk } from '../../services/artifacts/chunks.ts'
import { entriesOfBundle } from '../../services/artifacts/bundles.ts'
import { mappingArchive, requestAssembly } from '../../services/artifacts/requests.ts'
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
  /** Makes mappings of an archive whose chunks are stored; the answer tells what it held. */
  mappings: (call: HttpCall, organizationId: string, archive: StoredArchive) => Promise<ApiAnswer>
}

type StoredArchive = { checksum: string; chunks: readonly string[] }

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
    },
    mappings: async ({ params }, organizationId, archive) => {
      try {
        const [project] = await projectsIn(sql, organizationId, [decoded(params[1])])
        if (project === undefined) throw notFound()
        return { status: 200, body: await assembledMappings(sql, { organizationId, projectId: project.id }, archive) }
      } catch (error) {
        return answerOf(error)
      }
    }
  }
}

const askEveryMs = 250
/** In all 55 seconds: proxies wait for an answer a minute. */
const asksMax = 220

/** Waits until it is assembled. These tools ask once, and tell their user what the answer holds. */
async function assembledMappings(
  sql: Sql,
  { organizationId, projectId }: { organizationId: string; projectId: number },
  { checksum, chunks }: StoredArchive
): Promise<Record<string, string>[]> {
  const place = { kind: 'debug_file', name: mappingArchive, release: '', dist: '', debugId: '' } as const
  for (let asked = 0; asked < asksMax; asked++) {
    const scope = { organizationId, projectIds: [projectId] }
    const assembly = await requestAssembly(sql, scope, { ...place, checksum, chunks })
    if (assembly.state === 'error') throw problem(400, assembly.why)
    if (assembly.state === 'not_found') throw problem(400, 'The form holds no archive.')
    if (assembly.state === 'ok') break
    await sleep(askEveryMs)
  }
  const entries = await entriesOfBundle(sql, projectId, { kind: 'debug_file', checksum })
  if (entries.length === 0) throw problem(503, 'The archive could not be read in time. Send it again.')
  return entries.map(({ debug_id: id, url, sha1 }) => ({
    uuid: id,
    debugId: id,
    objectName: url,
    cpuName: 'any',
    symbolType: 'proguard',
    sha1
  }))
}

function organizationIn({ params }: HttpCall): string {
  return decoded(params[0])
}

function decoded(part = ''): string {
  try {
    return decodeURIComponent(part).replaceAll('\0', '')
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
