/** The node as instance admins see it. */
import { http } from './client.ts'
import type { NodeItem, PipelineFigures, ProcessNode, RestartedProcess } from './types.ts'

export const system = {
  processes: () => http.get<{ data: ProcessNode[] }>('/system/processes'),
  nodes: () => http.get<{ data: NodeItem[] }>('/system/nodes'),
  restart: (pid: string) => http.post<RestartedProcess>(`/system/processes/${encodeURIComponent(pid)}/restart`),
  pipeline: () => http.get<PipelineFigures>('/system/pipeline')
}
