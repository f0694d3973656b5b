/** What builds have uploaded for a project: listed, and deleted. Uploads come below /api/0 (api/build-tools). */
import { artifactList, artifactQuery, type ArtifactItem } from '../schema/api/artifacts.ts'
import { uuid } from '../schema/api/common.ts'
import { limits } from '../schema/limits.ts'
import { artifactUsage, deleteBundles, listBundles, type Bundle } from '../services/artifacts/bundles.ts'
import { daysKept } from '../services/artifacts/upkeep.ts'
import { afterOf, pageOf } from './cursors.ts'
import { operation, plain, type Operation } from './operation.ts'
import { notFound } from './problems.ts'
import { projectTarget } from './targets.ts'

const facts = { ...plain, tag: 'Releases and environments', target: projectTarget } as const

const list = operation({
  ...facts,
  id: 'listArtifacts',
  method: 'get',
  path: '/api/v1/projects/:project/artifacts',
  summary: 'What builds have uploaded: scripts with source maps, and debug files',
  access: { who: 'role', role: 'member', scope: 'read' },
  query: artifactQuery,
  responses: { 200: { description: 'Newest first', schema: artifactList } },
  handle: async ({ sql, target: { projectId }, query: { cursor, limit, release } }) => {
    const [found, { files, bytes }] = await Promise.all([
      listBundles(sql, projectId, { release: release ?? null, after: afterOf(cursor), limit: limit + 1 }),
      artifactUsage(sql, projectId)
    ])
    const usage = { files, bytes, bytes_max: limits.artifactBytesMax, days_kept: daysKept }
    return { status: 200, body: { ...pageOf(found.map(itemOf), limit, item => item.id), usage } }
  }
})

const remove = operation({
  ...facts,
  id: 'deleteArtifact',
  method: 'delete',
  path: '/api/v1/projects/:project/artifacts/:artifact',
  summary: 'Delete an upload: it is not used from now on, and its files are removed in the background',
  access: { who: 'role', role: 'admin', scope: 'admin' },
  params: { artifact: uuid },
  responses: { 204: { description: 'Deleted' } },
  handle: async ({ sql, target: { projectId }, params: { artifact: id } }) => {
    if ((await deleteBundles(sql, projectId, { id })) === 0) throw notFound()
    return { status: 204 }
  }
})

function itemOf({ uploaded_at: uploadedAt, last_used_at: lastUsedAt, ...bundle }: Bundle): ArtifactItem {
  return { ...bundle, uploaded_at: uploadedAt.toISOString(), last_used_at: lastUsedAt.toISOString() }
}

export const artifactOperations: Operation[] = [list, remove]
