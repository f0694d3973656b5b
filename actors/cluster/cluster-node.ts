/**
 * ClusterNode makes this node part of a cluster. It opens the port for links when it starts; while it runs, other nodes
 * can reach the processes here. When it ends it closes the links in good order. It gives the node to `hold`, which
 * keeps it for other processes; they read it there at every use, because a restart makes a new one. A start that fails
 * is a crash.
 */
import type { MeshNode } from '../../mesh/index.ts'
import type { Behaviour } from '../../mesh/types.ts'

export type ClusterNodeOptions = {
  start: () => Promise<MeshNode>
  hold: (node: MeshNode | null) => void
}

export function clusterNode({ start, hold }: ClusterNodeOptions): Behaviour<never, MeshNode> {
  return {
    init: async self => {
      const node = await start()
      const end = (): void => {
        hold(null)
        // An orderly end waits for the stop in `terminate`.
        node.stop().catch(() => {})
      }
      if (self.signal.aborted) end()
      else hold(node)
      // `terminate` does not run when the process is killed, and the port would stay open.
      self.signal.addEventListener('abort', end, { once: true })
      return node
    },
    handle: state => state,
    terminate: async node => {
      hold(null)
      await node.stop()
    }
  }
}
