/**
 * The parts of the supervision tree. Each subtree declares and builds its own parts beside its supervisor; here they
 * are put together. A fault test may replace a part: a name that two subtrees use is the same part.
 */
import { alertingDeps, type AlertingDeps } from './alerting.ts'
import { clusterDeps, type ClusterDeps } from './cluster.ts'
import { edgeDeps, type EdgeDeps } from './edge.ts'
import { nodeFigures } from './figures.ts'
import { ingestionDeps, type IngestionDeps } from './ingestion.ts'
import { maintenanceDeps, type MaintenanceDeps } from './maintenance.ts'
import type { NodeParts } from './node-parts.ts'
import { storageDeps, type StorageDeps } from './storage.ts'
import { symbolicationDeps, type SymbolicationDeps } from './symbolication.ts'
import { streamingDeps, streamTeller, type StreamingDeps } from './streaming.ts'

export type TreeDeps = ClusterDeps &
  StorageDeps &
  IngestionDeps &
  StreamingDeps &
  AlertingDeps &
  MaintenanceDeps &
  SymbolicationDeps &
  EdgeDeps

export function treeDeps(parts: NodeParts): TreeDeps {
  const figures = nodeFigures(parts)
  const tellStream = streamTeller(parts)
  const alerting = alertingDeps(parts, tellStream)
  const symbolication = symbolicationDeps(parts)
  return {
    ...clusterDeps(parts, { ...figures, ...symbolication }),
    ...storageDeps(parts, { ...figures, tellStream }),
    ...symbolication,
    ...ingestionDeps(parts, { ...figures, ...symbolication }),
    ...streamingDeps(parts),
    ...alerting,
    ...maintenanceDeps(parts, figures),
    ...edgeDeps(parts, {
      ...figures,
      ...symbolication,
      tellStream,
      sendMail: alerting.sendMail,
      sendNotification: alerting.sendNotification
    })
  }
}
