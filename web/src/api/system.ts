/** The node as instance admins see it. */
import { http } from './client.ts'
import type { NodeItem, PipelineFigures, ProcessNode } from './types.ts'

export const system = {
  processes: () => http.get<{ data: ProcessNode[] }>('/system/processes'),
  nodes: () => http.get<{ data: NodeItem[] }>('/system/nodes'),
  pipeline: () => http.get<PipelineFigures>('/system/pipeline')
}
