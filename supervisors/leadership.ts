/**
 * Work for one node of a cluster: a leader that tries to get the lease, and the supervisor under which the leader
 * starts the work while it holds the lease. A node whose clock differs from the database's neither takes nor keeps a
 * lease. The failure of either restarts both, so no work outlives its leader. The work stops before the lease is given
 * back.
 */
import { randomUUID } from 'node:crypto'
import { leader } from '../actors/cluster/leader.ts'
import { processName, worker, type SupervisorMessage } from '../mesh/index.ts'
import type { ChildSpec, ListSpec, TemplateSpec } from '../mesh/types.ts'
import { releaseLease, renewLease, takeLease, type Lease } from '../services/database/leases.ts'
import type { NodeParts } from './node-parts.ts'

const validMs = 9_000

export type LeadershipDeps = Pick<NodeParts, 'leaseSql' | 'config' | 'now' | 'log' | 'clock'>

export function leadership(
  name: string,
  { leaseSql, config, now, log, clock }: LeadershipDeps,
  children: (lease: Lease) => ChildSpec[]
): ListSpec {
  const work = processName<SupervisorMessage<Lease>>(`${name}-work`)
  return {
    id: name,
    strategy: 'one_for_all',
    maxRestarts: 10,
    withinMs: 60_000,
    children: [
      {
        id: `${name}-leader`,
        start: () =>
          worker(leader({ name, ...leaseOptions(`${config.nodeName} ${randomUUID()}`), worker: work, now, log }))
      },
      { id: work, name: work, start: () => template(work, children) }
    ]
  }

  function leaseOptions(holder: string) {
    return {
      // The work depends on the time: a node whose clock is wrong leaves it to others.
      take: async () => (clock.isSkewed() ? null : await takeLease(leaseSql, { name, holder, validMs })),
      renew: async (lease: Lease) => !clock.isSkewed() && (await renewLease(leaseSql, lease, validMs)),
      release: (lease: Lease) => releaseLease(leaseSql, lease),
      tickMs: 1_000,
      renewMs: 3_000,
      giveUpMs: 6_000,
      restMs: 5_000
    }
  }
}

/** Work that fails too often ends: its leader gives the lease back. */
function template(id: string, children: (lease: Lease) => ChildSpec[]): TemplateSpec<Lease> {
  return {
    id,
    strategy: 'simple_one_for_one',
    children: [
      {
        id: 'lease',
        restart: 'temporary',
        start: lease => ({
          id: `epoch ${lease.epoch}`,
          strategy: 'one_for_one',
          maxRestarts: 10,
          withinMs: 60_000,
          children: children(lease)
        })
      }
    ]
  }
}
