/**
 * Uploads of build tools: how to send chunks, and the request to make a bundle or a debug file of them. The chunks
 * themselves come to a route of their own (edge/chunk-uploads.ts).
 */
import type * as v from 'valibot'
import {
  assembleBody,
  assembleState,
  chunkOptions,
  difAssembleBody,
  difAssembleState,
  type AssembleState
} from '../../schema/api/build-tools.ts'
import { limits } from '../../schema/limits.ts'
import { requestAssembly, type Assembly } from '../../services/artifacts/requests.ts'
import { operation, type Operation } from '../operation.ts'
import { organizationTarget } from '../targets.ts'
import { namedProjects, toolFacts, toolProjectTarget } from './shared.ts'

/** Of chunks; with what a form adds it is less than is taken. */
const requestBytes = 32 * limits.chunkBytesMax

const options = operation({
  ...toolFacts,
  id: 'toolChunkOptions',
  method: 'get',
  path: '/api/0/organizations/:org/chunk-upload/',
  summary: 'Where and how to upload chunks',
  target: organizationTarget,
  responses: { 200: { description: 'The address and the limits', schema: chunkOptions } },
  handle: async ({ context: { publicUrl }, target: { organizationId } }) => ({
    status: 200,
    body: {
      // Some tools take an absolute address only, and remember it for later builds.
      url: `${publicUrl}/api/0/organizations/${organizationId}/chunk-upload/`,
      chunkSize: limits.chunkBytesMax,
      chunksPerRequest: limits.chunksOfRequestMax,
      maxFileSize: limits.bundleBytesMax,
      maxRequestSize: requestBytes,
      concurrency: 4,
      hashAlgorithm: 'sha1' as const,
      compression: ['gzip'],
      // Without one of these some version uploads in a way that is not supported here.
      accept: [
        'release_files',
        'artifact_bundles',
        'artifact_bundles_v2',
        'debug_files',
        'sources',
        'il2cpp',
        'proguard'
      ]
    }
  })
})

/** Plugins of bundlers that find no release write that as a text. */
function releaseOf(version: string | null | undefined): string {
  return version == null || version === 'undefined' ? '' : version
}

const assemble = operation({
  ...toolFacts,
  id: 'toolAssembleBundle',
  method: 'post',
  path: '/api/0/organizations/:org/artifactbundle/assemble/',
  summary: 'Make a bundle of scripts and source maps of uploaded chunks',
  description:
    'To be repeated: `not_found` names the chunks that are missing, `created` and `assembling` are under way, `ok` ' +
    'is done, `error` says why it cannot be done.',
  target: organizationTarget,
  body: assembleBody,
  responses: { 200: { description: 'How far it is', schema: assembleState } },
  handle: async ({ sql, target: { organizationId }, body: { checksum, chunks, projects, version, dist } }) => {
    const named = await namedProjects(sql, organizationId, projects)
    const assembly = await requestAssembly(
      sql,
      { organizationId, projectIds: named.map(({ id }) => id) },
      { kind: 'scripts', name: '', debugId: '', checksum, chunks, release: releaseOf(version), dist: dist ?? '' }
    )
    return { status: 200, body: stateOf(assembly) }
  }
})

const assembleDebugFiles = operation({
  ...toolFacts,
  id: 'toolAssembleDebugFiles',
  method: 'post',
  path: '/api/0/projects/:org/:project/files/difs/assemble/',
  summary: 'Store debug files (ProGuard, native, .NET, source bundles) of uploaded chunks',
  description: 'All are stored and listed. ProGuard mappings are applied to events, **all others not yet**.',
  target: toolProjectTarget,
  body: difAssembleBody,
  responses: { 200: { description: 'How far each file is, by its checksum', schema: difAssembleState } },
  handle: async ({ sql, target: { organizationId, projectId }, body }) => {
    const states: Record<string, AssembleState> = {}
    for (const [checksum, { name, debug_id: debugId, chunks }] of Object.entries(body)) {
      const wanted = {
        kind: 'debug_file',
        name,
        debugId: debugId ?? '',
        checksum,
        chunks,
        release: '',
        dist: ''
      } as const
      states[checksum] = stateOf(await requestAssembly(sql, { organizationId, projectIds: [projectId] }, wanted))
    }
    return { status: 200, body: states }
  }
})

function stateOf(assembly: Assembly): v.InferOutput<typeof assembleState> {
  switch (assembly.state) {
    case 'not_found':
      return { state: 'not_found', missingChunks: assembly.missing, detail: null }
    case 'error':
      return { state: 'error', missingChunks: [], detail: assembly.why }
    case 'created':
    case 'assembling':
    case 'ok':
      return { state: assembly.state, missingChunks: [], detail: null }
  }
}

export const toolArtifactOperations: Operation[] = [options, assemble, assembleDebugFiles]
