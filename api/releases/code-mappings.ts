/** Where the sources of a project are: templates of links and code mappings, read, changed and tried. */
import { mappedPath } from '../../events/sources/code-mappings.ts'
import {
  codeMappings,
  codeMappingsShown,
  codeMappingTrial,
  codeMappingTried,
  type CodeMappingsBody
} from '../../schema/api/code-mappings.ts'
import { linkOf } from '../../schema/link-templates.ts'
import { changeSources, readSources, type Sources } from '../../services/releases/code-mappings.ts'
import { operation, plain, type Operation } from '../operation.ts'
import { projectTarget } from '../targets.ts'

const facts = { ...plain, tag: 'Releases and environments', target: projectTarget } as const
const path = '/api/v1/projects/:project/code-mappings'

const read = operation({
  ...facts,
  id: 'getCodeMappings',
  method: 'get',
  path,
  summary: 'Read the templates of links to the repository, and the code mappings',
  access: { who: 'role', role: 'member', scope: 'read' },
  responses: { 200: { description: 'Templates and mappings', schema: codeMappingsShown } },
  handle: async ({ sql, target: { projectId } }) => ({ status: 200, body: bodyOf(await readSources(sql, projectId)) })
})

const change = operation({
  ...facts,
  id: 'changeCodeMappings',
  method: 'put',
  path,
  summary: 'Change the templates of links to the repository, and the code mappings: all of them at once',
  description:
    'Templates begin with `https://` or `http://`. That of commits knows `{repo}` and `{sha}`, that of sources ' +
    '`{path}` and `{line}` too.',
  access: { who: 'role', role: 'admin', scope: 'admin' },
  body: codeMappings,
  responses: { 200: { description: 'As they are now', schema: codeMappingsShown } },
  handle: async ({ sql, target: { projectId }, body }) => {
    await changeSources(sql, projectId, sourcesOf(body))
    return { status: 200, body: bodyOf(await readSources(sql, projectId)) }
  }
})

const tryOut = operation({
  ...facts,
  id: 'tryCodeMappings',
  method: 'post',
  path: `${path}/try`,
  summary: 'Try templates and mappings that are not saved yet with the path of a frame',
  access: { who: 'role', role: 'member', scope: 'read' },
  body: codeMappingTrial,
  responses: { 200: { description: 'What becomes of the path', schema: codeMappingTried } },
  handle: async ({ body: { path: given, line, sha, ...asked } }) => {
    const { sourceUrl, mappings } = sourcesOf(asked)
    const place = { filename: given, absPath: '', module: '', platform: '' }
    const mapped = mappedPath(place, mappings)
    if (mapped === null) return { status: 200, body: { mapping: null, path: null, url: null } }
    const { path, mapping } = mapped
    const url = linkOf(sourceUrl, 'source', { repo: mapping.repository, sha, path, line: String(line) })
    return { status: 200, body: { mapping: mappings.indexOf(mapping), path, url } }
  }
})

function sourcesOf({ commit_url: commitUrl, source_url: sourceUrl, mappings }: CodeMappingsBody): Sources {
  return {
    commitUrl,
    sourceUrl,
    mappings: mappings.map(({ stack_root: stackRoot, source_root: sourceRoot, repository, branch }) => ({
      stackRoot,
      sourceRoot,
      repository,
      branch
    }))
  }
}

function bodyOf({ commitUrl, sourceUrl, mappings }: Sources) {
  return {
    commit_url: commitUrl,
    source_url: sourceUrl,
    mappings: mappings.map(({ stackRoot, sourceRoot, repository, branch }) => ({
      stack_root: stackRoot,
      source_root: sourceRoot,
      repository,
      branch
    }))
  }
}

export const codeMappingOperations: Operation[] = [read, change, tryOut]
