/**
 * Refuses whole requests with the same refusal. Each client gets it as its reply, and the RefusalCounter counts it for
 * the project.
 */
import type { Mesh, ProcessName } from '../../mesh/types.ts'
import type { Refusal } from '../../schema/outcomes.ts'
import type { IngestRequest } from '../../schema/pipeline.ts'
import { replyBox } from '../storage/reply-box.ts'
import type { RefusalCounterMessage } from './messages.ts'

export function refuseAll(
  mesh: Mesh,
  requests: readonly IngestRequest[],
  refusal: Refusal,
  counter: ProcessName<RefusalCounterMessage>
): void {
  const box = replyBox()
  const counts = new Map<number, number>()
  for (const {
    replyTo,
    request,
    key: {
      project: { projectId }
    }
  } of requests) {
    box.add(replyTo, { request, refusal })
    counts.set(projectId, (counts.get(projectId) ?? 0) + 1)
  }
  box.send(mesh)
  mesh.cast(counter, {
    type: 'refused',
    refusals: [...counts].map(([projectId, count]) => ({ projectId, reason: refusal.reason, count }))
  })
}
