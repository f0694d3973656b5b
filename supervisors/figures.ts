/**
 * The figures of this node, as processes report them and as /metrics shows them. Where several workers share the port,
 * /metrics includes the others; a worker that does not reply is left out.
 */
import type { FiguresTellerMessage } from '../actors/cluster/messages.ts'
import type { EdgeMessage, EdgeStatus } from '../actors/edge-messages.ts'
import { globalNames, names } from '../actors/names.ts'
import { supervisionTree, type LocalMesh, type SupervisionTree } from '../mesh/index.ts'
import type { EdgeFigures } from '../schema/metrics.ts'
import { createMetrics, mergedTexts, type MetricsRegistry } from '../services/machine/metrics.ts'
import type { Cluster } from './cluster-settings.ts'
import type { NodeParts } from './node-parts.ts'
import { rootPid } from './system.ts'

export type NodeFigures = {
  report: MetricsRegistry
  commitTime: (ms: number) => void
  /** Of this node alone. */
  figures: () => Promise<string>
  metrics: (edge: EdgeFigures) => Promise<{ text: string; contentType: string }>
}

type Restarts = (readonly [child: string, count: number])[]

const patienceMs = 2_000

export function nodeFigures({ mesh, cluster, workers, version }: NodeParts): NodeFigures {
  let restarts: Restarts = []
  const report = createMetrics(
    {
      processes: () => mesh.processes(),
      restarts: () => restarts,
      deadLetters: () => mesh.deadLetters(),
      leads: () => [
        ['alerting', mesh.whereis(names.alertEvaluator) !== undefined],
        ['maintenance', mesh.whereis(names.retentionCleaner) !== undefined]
      ]
    },
    { version, node: mesh.name, isOneOfSeveral: workers.length > 0 }
  )

  async function textWith(edge: EdgeFigures): Promise<string> {
    report.edge(edge)
    restarts = restartsIn(await supervisionTree(mesh, rootPid(mesh)))
    return await report.text()
  }

  return {
    report,
    commitTime: report.commitTime,
    figures: async () =>
      await textWith(await mesh.call<EdgeMessage, EdgeStatus>(names.edge, replyTo => ({ type: 'status', replyTo }))),
    metrics: async edge => {
      const others = workers.filter(name => name !== mesh.name)
      const texts = await Promise.all([textWith(edge), ...others.map(name => textOf(cluster, mesh, name))])
      return { text: others.length === 0 ? texts.join('') : mergedTexts(texts), contentType: report.contentType }
    }
  }
}

/** The restarts of every child. The children of the sockets' shards are never restarted and not listed. */
function restartsIn({ id, restarts, children }: SupervisionTree): Restarts {
  return [[id, restarts], ...children.filter(child => !child.id.startsWith('connections-')).flatMap(restartsIn)]
}

/** The figures of another worker; empty while it cannot be reached. */
async function textOf({ node }: Cluster, mesh: LocalMesh, name: string): Promise<string> {
  const teller = node()?.names.whereis(globalNames.figuresTeller(name))
  if (teller === undefined) return ''
  return await mesh
    .call<FiguresTellerMessage, string>(teller, replyTo => ({ type: 'tell', replyTo }), patienceMs)
    .catch(() => '')
}
