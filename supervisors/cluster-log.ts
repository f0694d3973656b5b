/** What the log says of other nodes: links that begin and end, and refusals with what to do about them. */
import { LRUCache } from 'lru-cache'
import type { NodeEvent, RefusedNode } from '../mesh/index.ts'
import type { Log } from '../schema/log.ts'

const knockLogMs = 60_000

const otherDatabase =
  'it works on another database. Nodes with one cookie share one: give both the same DATABASE_URL, or each a cookie ' +
  'of its own'

/** What a refusal means here, for the log and for operators. */
export function sentenceOf({ code, why }: Pick<RefusedNode, 'code' | 'why'>): string {
  return code === 'identity' ? otherDatabase : why
}

/** What happens again and again is told once, until it has not happened for a minute. */
export function eventLog(log: Log): (event: NodeEvent) => void {
  const told = new LRUCache<string, true>({ max: 1_000, ttl: knockLogMs, updateAgeOnGet: true })
  const once = (key: string, tell: () => void): void => {
    if (told.get(key) === true) return
    told.set(key, true)
    tell()
  }
  return event => {
    switch (event.type) {
      case 'nodeup':
        return log.info(`linked with the node ${event.node.name}`)
      case 'nodedown':
        return log.warn(`the link with the node ${event.node.name} has ended: ${event.why}`)
      case 'stranger_refused':
        return once(`${event.from.replace(/:\d+$/, '')} ${event.why}`, () =>
          log.warn(`${event.from} knocked at the port for nodes and was sent away: ${sentenceOf(event)}`)
        )
      case 'dial_failed':
        return once(`${event.address} ${event.why}`, () =>
          log.warn(`there is no link with the node at ${event.address}: ${sentenceOf(event)}`)
        )
    }
  }
}
