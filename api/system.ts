/**
 * The running system: the supervision tree and the pipeline of this node, and the nodes of the cluster. For instance
 * admins only.
 */
import { nodeList, pipelineFigures, processList, processPid, restartedProcess } from '../schema/api/system.ts'
import { operation, plain, type Operation } from './operation.ts'
import { problem } from './problems.ts'

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

const restartProcess = operation({
  ...plain,
  id: 'restartProcess',
  method: 'post',
  path: '/api/v1/system/processes/:pid/restart',
  tag: 'System',
  summary: 'Let a process of any node crash, so that its supervisor restarts it',
  description:
    'The process ends with an error that names who asked; the supervisor does what it does after any crash, by its ' +
    'strategy. Nothing acknowledged is lost. A restart of the listener cuts its connections, this one too. The log ' +
    'says who asked.',
  access: { who: 'instance_admin', scope: 'admin' },
  params: { pid: processPid },
  responses: { 202: { description: 'The process was told to end.', schema: restartedProcess } },
  refusals: {
    404: 'No supervisor has a process with this pid, any more or on the nodes that this one is linked with.',
    409: 'The process is not restarted by its supervisor, or is starting or stopping just now.',
    429: 'One more restart would end its supervisor.'
  },
  handle: async ({ context, params: { pid }, caller }) => {
    const outcome = await context.node.restart(pid, caller.email)
    switch (outcome) {
      case 'unknown':
        throw problem(404, 'There is no process with this pid under a supervisor.')
      case 'temporary':
        throw problem(409, 'This process is temporary: nobody would start it again.')
      case 'busy':
        throw problem(409, 'This process is starting or stopping just now.')
      case 'exhausted':
        throw problem(429, 'Its supervisor has restarted too much lately: one more restart would end it.', {
          retryAfterS: 60
        })
      default:
        return { status: 202, body: { name: outcome.name, pid } }
    }
  }
})

export const systemOperations: Operation[] = [listProcesses, listNodes, getPipeline, restartProcess]
