/**
 * What the operations for build tools share: who may call them, how their lists are paged (`Link` with offsets, as
 * these tools read it), which projects a body names.
 */
import * as v from 'valibot'
import type { Role } from '../../schema/api/common.ts'
import { findProjectIn, projectsIn, type NamedProject } from '../../services/accounts/visible.ts'
import type { Sql } from '../../services/database/sql.ts'
import { plain } from '../operation.ts'
import { invalidField, problem } from '../problems.ts'
import type { ApiContext, Target } from '../types.ts'
import { anyQuery } from '../../schema/api/build-tools.ts'

const idOrSlug = v.pipe(v.string(), v.minLength(1), v.maxLength(200))

export type ToolProjectTarget = { projectId: number; organizationId: string; slug: string; role: Role }

export const toolProjectTarget: Target<ToolProjectTarget> = {
  params: { org: idOrSlug, project: idOrSlug },
  find: (sql, { userId }, { org = '', project = '' }) => findProjectIn(sql, userId, { org, project })
}

/** Facts of most operations. Unknown parameters are let through: each version of a tool sends others. */
export const toolFacts = {
  ...plain,
  query: anyQuery,
  tag: 'Build tools',
  access: { who: 'role', role: 'member', scope: 'ci' }
} as const

const perPageMax = 100
const offsetMax = 1_000_000

export function offsetsOf({
  cursor,
  per_page: perPage
}: {
  cursor?: string | undefined
  per_page?: string | undefined
}): {
  offset: number
  limit: number
} {
  const [, offset = '0'] = /^\d{1,4}:(\d{1,7}):[01]$/.exec(cursor ?? '') ?? []
  if (cursor !== undefined && cursor !== '' && !/^\d{1,4}:\d{1,7}:[01]$/.test(cursor)) {
    throw invalidField('cursor', 'is no cursor of this list')
  }
  return {
    offset: Math.min(Number(offset), offsetMax),
    limit: Math.min(Math.max(1, Number(perPage ?? perPageMax)), perPageMax)
  }
}

/** `found` is one more than the page holds, where there are more. */
export function toolPage<Item>(
  { publicUrl }: ApiContext,
  path: string,
  { offset, limit }: { offset: number; limit: number },
  found: readonly Item[]
): { body: Item[]; headers: [string, string][] } {
  const link = (rel: string, at: number, results: boolean): string => {
    const cursor = `0:${at}:${rel === 'next' ? 0 : 1}`
    return `<${publicUrl}${path}?cursor=${cursor}>; rel="${rel}"; results="${results}"; cursor="${cursor}"`
  }
  const previous = link('previous', Math.max(0, offset - limit), offset > 0)
  const next = link('next', offset + limit, found.length > limit)
  return { body: found.slice(0, limit), headers: [['Link', `${previous}, ${next}`]] }
}

/** 400 when one of them is not a project of the organization. */
export async function namedProjects(
  sql: Sql,
  organizationId: string,
  named: readonly string[]
): Promise<NamedProject[]> {
  const projects = await projectsIn(sql, organizationId, named)
  const known = new Set(projects.flatMap(({ id, slug }) => [String(id), slug]))
  // A former slug names a project too, so only the number of projects can tell.
  if (projects.length === 0 || projects.length < new Set(named).size) {
    const missing = named.find(name => !known.has(name)) ?? ''
    throw problem(400, `There is no project "${missing.slice(0, 100)}" in this organization.`)
  }
  return projects
}

/** Parts of paths that go into the `Link` of a list. */
export function pathOf(...parts: readonly string[]): string {
  return `/api/0/${parts.map(encodeURIComponent).join('/')}/`
}
