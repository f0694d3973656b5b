/**
 * The running system: the supervision tree and the pipeline of this node, and the nodes of the cluster. For instance
 * admins only.
 */
import { nodeList, pipelineFigures, processList } from '../schema/api/system.ts'
import { operation, plain, type Operation } from './operation.ts'

const access = { who: 'instance_admin', scope: 'read' } as const

const listProcesses = operation({
  ...plain,
  id: 'listProcesses',
  method: 'get',
  path: '/api/v1/system/processes',
  tag: 'System',
  summary: 'The supervision tree of this node, with what each process is doing',
  access,
  responses: { 200: { description: 'The tree, from its root.', schema: processList } },
  handle: async ({ context }) => ({ status: 200, body: { data: await context.node.processes() } })
})

const listNodes = operation({
  ...plain,
  id: 'listNodes',
  method: 'get',
  path: '/api/v1/system/nodes',
  tag: 'System',
  summary: 'The nodes of the cluster, as this one sees them',
  access,
  responses: { 200: { description: 'This node and the nodes that it is linked with.', schema: nodeList } },
  handle: async ({ context }) => ({ status: 200, body: { data: await context.node.nodes() } })
})

const getPipeline = operation({
  ...plain,
  id: 'getPipeline',
  method: 'get',
  path: '/api/v1/system/pipeline',
  tag: 'System',
  summary: 'What the pipeline of this node has done since its start, and what waits in it',
  description: 'Counts only grow, so two readings make a rate.',
  access,
  responses: { 200: { description: 'The figures of this node.', schema: pipelineFigures } },
  handle: async ({ context }) => ({ status: 200, body: await context.node.pipeline() })
})

export const systemOperations: Operation[] = [listProcesses, listNodes, getPipeline]
