/**
 * ClusterNode is this node among others: it opens the port for links, and others reach whatever runs here while it
 * lives. Its end says goodbye to all of them. Who needs the nodes asks `hold`'s keeper for them each time, so that a
 * restart needs no rewiring.
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
        // `terminate` waits for the end where it comes in good order.
        node.stop().catch(() => {})
      }
      if (self.signal.aborted) end()
      else hold(node)
      // Not in terminate alone: that is left out when the process is killed, and the port would stay taken.
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
