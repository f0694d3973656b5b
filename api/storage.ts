/** How much a project stores, a forecast of it, and how many events were sent but not stored. */
import { storage } from '../schema/api/settings.ts'
import { readStorage } from '../services/stats/storage.ts'
import { operation, plain, type Operation } from './operation.ts'
import { projectTarget } from './targets.ts'

const read = operation({
  ...plain,
  id: 'getStorage',
  method: 'get',
  path: '/api/v1/projects/:project/storage',
  tag: 'Projects',
  summary: 'How much a project keeps',
  description:
    'For the days of which events are kept, by days of UTC. Bytes are those of the events ' +
    'themselves, without indexes. `forecast_bytes` is what there will be when the last week goes on. ' +
    '`rejected` is what was refused for other reasons than the rate limit.',
  access: { who: 'role', role: 'member', scope: 'read' },
  target: projectTarget,
  responses: { 200: { description: 'The figures, behind by about a second', schema: storage } },
  handle: async ({ sql, context, target: { projectId } }) => ({
    status: 200,
    body: await readStorage(sql, projectId, context.now())
  })
})

export const storageOperations: Operation[] = [read]
