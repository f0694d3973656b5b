/** Checks of the cluster, by what its nodes last wrote into the list of nodes: nothing to say where none runs. */
import { silentMs, type ListedNode } from '../../services/cluster/nodes.ts'
import { refusedLines } from '../nodes.ts'
import { findingsOf, type Finding } from './finding.ts'

export function checkNodes(listed: readonly ListedNode[]): Finding[] {
  const { ok, warn } = findingsOf('nodes')
  const running = listed.filter(({ seenMsAgo }) => seenMsAgo < silentMs)
  const refusals = running.flatMap(refusedLines)
  if (refusals.length > 0) {
    return refusals.map(line =>
      warn(
        line.replace(/\.$/, ''),
        'Both go on alone: dashboards and rate limits of one know nothing of the other. See docs/operations.md.'
      )
    )
  }
  return running.length === 0 ? [] : [ok(`${running.map(({ name }) => name).join(', ')}`)]
}
