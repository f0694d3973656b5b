/** Callers that wait for the first attempt to reach an address. Each is settled once, with its outcome. */
import type { Refusal } from './handshake.ts'
import type { NodeId } from '../types.ts'

/** Why a node could not be reached. */
export class ConnectError extends Error {
  override readonly name = 'ConnectError'
  readonly code: Refusal['code']

  constructor({ code, message }: Refusal) {
    super(message)
    this.code = code
  }
}

export type Connecting = {
  wait: (address: string) => Promise<NodeId>
  isWaiting: (address: string) => boolean
  reached: (address: string, node: NodeId) => void
  failed: (address: string, why: Refusal) => void
  close: () => void
}

type Waiter = { readonly resolve: (node: NodeId) => void; readonly reject: (error: Error) => void }

export function createConnecting(): Connecting {
  const waiters = new Map<string, Waiter[]>()

  function take(address: string): Waiter[] {
    const waiting = waiters.get(address) ?? []
    waiters.delete(address)
    return waiting
  }

  function failed(address: string, why: Refusal): void {
    for (const { reject } of take(address)) reject(new ConnectError(why))
  }

  return {
    wait: address =>
      new Promise((resolve, reject) => {
        waiters.set(address, [...(waiters.get(address) ?? []), { resolve, reject }])
      }),
    isWaiting: address => waiters.has(address),
    reached: (address, node) => {
      for (const { resolve } of take(address)) resolve(node)
    },
    failed,
    close: () => {
      for (const address of [...waiters.keys()]) {
        failed(address, { code: 'unreachable', message: 'this node is leaving' })
      }
    }
  }
}
