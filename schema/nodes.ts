/** What nodes of a cluster tell each other, and people, about themselves. */

/** A share of the batches of a node that another one processes. */
export type NodeRoute = { to: string; share: number }

/** A node that gets no link, and why. `name` is null while only its address is known. */
export type RefusedReport = { name: string | null; address: string | null; why: string }

export type NodeReport = {
  name: string
  incarnation: number
  /** Where other nodes reach it; null for one that links with nobody. */
  address: string | null
  /** The share of its time that its event loop was busy lately. */
  load: number
  /** The names of the nodes that it is linked with. */
  links: string[]
  routes: NodeRoute[]
  /** Nodes that do not link with this one until an operator does something. */
  refused: RefusedReport[]
  /** It is about to stop: nothing should be sent there any more. */
  isLeaving: boolean
}
