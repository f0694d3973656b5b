/**
 * Starts a processor on another node for the router of this node, by the only name under which nodes let others start a
 * process.
 */
import type { GuestArgs } from '../actors/ingestion/guest-processor.ts'
import type { EventRouterMessage, GuestProcessorMessage } from '../actors/ingestion/messages.ts'
import type { Pid } from '../mesh/types.ts'
import type { NodeParts } from './node-parts.ts'

export const guestBehaviour = 'event-processor'

export function guestStarter({
  cluster
}: Pick<NodeParts, 'cluster'>): (node: string, router: Pid<EventRouterMessage>) => Promise<Pid<GuestProcessorMessage>> {
  return async (name, router) => {
    const node = cluster.node()
    if (node === null) throw new Error('this node has no links')
    return await node.spawnOn<GuestProcessorMessage>(name, guestBehaviour, { router } satisfies GuestArgs)
  }
}
