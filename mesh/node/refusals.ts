/**
 * The nodes that this one would link with but for a reason that stays until an operator does something: another
 * release, cookie or identity, a name that is taken. Both sides come again and again, so an entry that is not renewed
 * is dropped. Strangers, who have not proven that they know the cookie, are in the log only.
 */
import type { Clock } from '../process/clock.ts'
import type { Refusal } from './handshake.ts'
import type { RefusedNode } from './node-types.ts'
import type { NodeId } from '../types.ts'

export type Refusals = {
  /** The node at an address that was dialled. */
  dialled: (address: string, why: Refusal) => void
  /** One that came here and knows the cookie. */
  guest: (node: NodeId, why: Refusal) => void
  forget: (node: NodeId, address: string | undefined) => void
  list: () => RefusedNode[]
}

type Entry = RefusedNode & { readonly at: number }

const passing: readonly Refusal['code'][] = ['unreachable', 'connected', 'simultaneous', 'self']

export function isPassing({ code }: Refusal): boolean {
  return passing.includes(code)
}

export function createRefusals({ clock, keepMs, max }: { clock: Clock; keepMs: number; max: number }): Refusals {
  /** By address, or by name where there is none: a node that was dialled may also have come here. */
  const entries = new Map<string, Entry>()

  function note(key: string, entry: RefusedNode): void {
    entries.delete(key)
    entries.set(key, { ...entry, at: clock.nowMs() })
    const [oldest] = entries.keys()
    if (entries.size > max && oldest !== undefined) entries.delete(oldest)
  }

  return {
    dialled: (address, why) => {
      if (!isPassing(why)) note(address, { name: entries.get(address)?.name ?? null, address, ...reasonOf(why) })
    },
    guest: ({ name, address }, why) => {
      if (!isPassing(why)) note(address ?? name, { name, address, ...reasonOf(why) })
    },
    forget: ({ name, address }, dialled) => {
      for (const [key, entry] of entries) {
        if (entry.name === name || key === address || key === dialled) entries.delete(key)
      }
    },
    list: () => {
      const since = clock.nowMs() - keepMs
      for (const [key, { at }] of entries) if (at < since) entries.delete(key)
      return [...entries.values()].map(({ at: _, ...entry }) => entry)
    }
  }
}

function reasonOf({ code, message }: Refusal): Pick<RefusedNode, 'code' | 'why'> {
  return { code, why: message }
}
