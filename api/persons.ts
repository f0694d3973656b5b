/**
 * The people that events are about: one as a project shows them, everything that is kept of one, and its erasure, in a
 * project or in all projects of an organization.
 */
import * as v from 'valibot'
import {
  exportQuery,
  personDetail,
  personErasures,
  personGiven,
  personList,
  personKinds,
  personQuery,
  personSearchQuery,
  type Person
} from '../schema/api/persons.ts'
import { projectIdsOf } from '../services/accounts/projects.ts'
import type { Sql } from '../services/database/sql.ts'
import { requestErasure } from '../services/deletions/requests.ts'
import { personDetail as readPerson } from '../services/persons/detail.ts'
import { exportPage } from '../services/persons/export.ts'
import { searchPersons } from '../services/persons/search.ts'
import { wholeTime } from '../services/search/event-windows.ts'
import { cursorOf, positionOf } from './cursors.ts'
import { operation, plain, type Operation } from './operation.ts'
import { organizationTarget, projectTarget } from './targets.ts'
import type { AnswerOf } from './types.ts'

const facts = { ...plain, tag: 'Persons' } as const
const whom =
  'An event is of a person when its `user` has the `id`, `email`, `username` or `ip_address` that is given, whatever ' +
  'else it says; `user` is what lists of events show of it. E-mail addresses are compared without case.'

const read = operation({
  ...facts,
  id: 'getPerson',
  method: 'get',
  path: '/api/v1/projects/:project/person',
  summary: 'A person as the events of a project show them: counts, times, names, issues',
  description: `${whom} At most the newest 10,000 events are counted.`,
  access: { who: 'role', role: 'member', scope: 'read' },
  target: projectTarget,
  query: personQuery,
  responses: { 200: { description: 'What is known; zeros and empty lists for a stranger', schema: personDetail } },
  handle: async ({ sql, target: { projectId }, query: person }) => ({
    status: 200,
    body: await readPerson(sql, { projectId, person })
  })
})

const search = operation({
  ...facts,
  id: 'searchPersons',
  method: 'get',
  path: '/api/v1/projects/:project/persons',
  summary: 'People of the events of a project who have a text in a name, seen last first',
  description:
    'Looks for `query` in the id, e-mail address and username of the newest 5,000 events, without case; in older ' +
    'events for names that begin with it, as given and in lower case. With `is_complete` false there may be others.',
  access: { who: 'role', role: 'member', scope: 'read' },
  target: projectTarget,
  query: personSearchQuery,
  responses: { 200: { description: 'Who was found', schema: personList } },
  handle: async ({ sql, target: { projectId }, query: { query: text, limit } }) => {
    const { persons, isComplete } = await searchPersons(sql, { projectId, text, limit })
    return { status: 200, body: { data: persons, next_cursor: null, is_complete: isComplete } }
  }
})

const exported = {
  ...facts,
  method: 'get',
  access: { who: 'role', role: 'member', scope: 'read' },
  description:
    `${whom} Each line is an object with a \`type\`: \`event\` (the event as it was stored), \`feedback\`, ` +
    '`quarantined_event`. A page may be short or empty; while there is more, the header `Link` has the address of ' +
    'the next page (`rel="next"`).',
  query: exportQuery,
  responses: { 200: { description: 'A page of JSON lines', type: 'application/x-ndjson', schema: v.string() } }
} as const

const exportOfProject = operation({
  ...exported,
  id: 'exportPersonOfProject',
  path: '/api/v1/projects/:project/person/export',
  summary: 'Everything that a project keeps of a person, as JSON lines',
  target: projectTarget,
  handle: async ({ sql, target: { projectId }, query }) =>
    await exportAnswer(sql, [projectId], `/api/v1/projects/${projectId}/person/export`, query)
})

const exportOfOrganization = operation({
  ...exported,
  id: 'exportPersonOfOrganization',
  path: '/api/v1/orgs/:org/person/export',
  summary: 'Everything that the projects of an organization keep of a person, as JSON lines',
  target: organizationTarget,
  handle: async ({ sql, target: { organizationId }, query }) =>
    await exportAnswer(
      sql,
      await projectIdsOf(sql, organizationId),
      `/api/v1/orgs/${organizationId}/person/export`,
      query
    )
})

const erased = {
  ...facts,
  method: 'post',
  access: { who: 'role', role: 'admin', scope: 'admin' },
  description:
    `${whom} What was accepted until now goes, and what is accepted in the next 15 seconds: events with all that is ` +
    'counted of them, feedback with the e-mail address, quarantined events that name the person. It goes in steps; ' +
    '`GET /api/v1/deletions` shows how far they are. Batches that wait on the disk of a node are erased when they ' +
    'come, and the erasure is finished after that.',
  body: personGiven,
  responses: { 202: { description: 'It is being erased', schema: personErasures } }
} as const

const eraseInProject = operation({
  ...erased,
  id: 'erasePersonInProject',
  path: '/api/v1/projects/:project/person/erase',
  summary: 'Erase everything that a project keeps of a person',
  target: projectTarget,
  handle: async ({ sql, caller: { userId }, target: { projectId }, body }) => ({
    status: 202,
    body: { data: await erase(sql, [projectId], body, userId) }
  })
})

const eraseInOrganization = operation({
  ...erased,
  id: 'erasePersonInOrganization',
  path: '/api/v1/orgs/:org/person/erase',
  summary: 'Erase everything that the projects of an organization keep of a person',
  target: organizationTarget,
  handle: async ({ sql, caller: { userId }, target: { organizationId }, body }) => ({
    status: 202,
    body: { data: await erase(sql, await projectIdsOf(sql, organizationId), body, userId) }
  })
})

async function erase(
  sql: Sql,
  projectIds: readonly number[],
  person: Person,
  requestedBy: string
): Promise<v.InferOutput<typeof personErasures>['data']> {
  return await sql.begin(async sql => {
    const made = []
    for (const projectId of projectIds) {
      const ids = await requestErasure(sql, { kind: 'person', projectId, person, requestedBy })
      made.push(...ids.map(id => ({ id, project_id: String(projectId) })))
    }
    return made
  })
}

/** The project, and where its page begins. */
const exportPosition = v.strictTuple([v.pipe(v.number(), v.integer()), v.pipe(v.number(), v.integer()), v.string()])

/** Projects come in the order of their ids; a cursor with one that is not among them begins after it. */
async function exportAnswer(
  sql: Sql,
  projectIds: readonly number[],
  path: string,
  { cursor, ...person }: v.InferOutput<typeof exportQuery>
): Promise<AnswerOf<typeof exported.responses>> {
  const begin = wholeTime.before
  const [from, at, id] = cursor === undefined ? [0, begin.at, begin.id] : positionOf(exportPosition, cursor)
  const [projectId, next] = projectIds.filter(one => one >= from)
  const page =
    projectId === undefined
      ? { lines: [], next: null }
      : await exportPage(sql, { projectId, person }, projectId === from ? { at, id } : begin)
  const following =
    page.next !== null
      ? cursorOf([projectId ?? 0, page.next.at, page.next.id])
      : next === undefined
        ? null
        : cursorOf([next, begin.at, begin.id])
  const query = new URLSearchParams({ cursor: following ?? '' })
  for (const kind of personKinds) if (person[kind] !== undefined) query.set(kind, person[kind])
  return {
    status: 200,
    type: 'application/x-ndjson',
    body: page.lines.map(line => `${line}\n`).join(''),
    headers: following === null ? [] : [['link', `<${path}?${query}>; rel="next"`]]
  }
}

export const personOperations: Operation[] = [
  read,
  search,
  exportOfProject,
  exportOfOrganization,
  eraseInProject,
  eraseInOrganization
]
