/**
 * Dials other nodes by address, and again after each failure, with growing pauses and jitter. An address that turns out
 * to be this node's own is dropped; so is one that was unreachable for too long, unless it is one to join.
 */
import type { Socket } from 'node:net'
import { WebSocket } from 'ws'
import type { Clock } from '../process/clock.ts'
import { refusal } from './handshake.ts'
import type { Refusal } from './handshake.ts'
import { payloadBytesMax } from './node-link.ts'
import type { NodeLimits, NodeTiming, NodeTls } from './node-types.ts'

export type Dialler = {
  /**
   * Dials the address at once, and again until its node is linked. An address with `isKept` is one to join, which is
   * never given up. Returns false when there are too many addresses.
   */
  want: (address: string, isKept: boolean) => boolean
  /** Gives up an address, unless it is one to join. */
  forget: (address: string) => void
  /** The name of the linked node at an address. */
  nameAt: (address: string) => string | undefined
  /** The node at this address is linked: nothing more to do for the address. */
  reached: (address: string, name: string) => void
  /** The link to that node was lost: its addresses are dialled again; after a farewell only those to join. */
  lost: (name: string, isFarewell: boolean) => void
  close: () => void
}

export type DiallerOptions = {
  readonly limits: NodeLimits
  readonly timing: NodeTiming
  readonly clock: Clock
  readonly tls: NodeTls | undefined
  /** Runs the handshake on a fresh connection. A failure ends with `refused`, success with a call of `reached`. */
  readonly introduce: (address: string, socket: WebSocket, wire: Socket, refused: (why: Refusal) => void) => void
  /** `isNew` is false when the previous attempt failed for the same reason. */
  readonly onFailure: (address: string, why: Refusal, isNew: boolean) => void
}

/** A node may have several addresses. */
const dialsPerNode = 4

type Dial = {
  readonly address: string
  isKept: boolean
  name: string | undefined
  state: 'dialling' | 'resting' | 'linked'
  failures: number
  linkedAt: number
  failingSince: number | undefined
  lastCode: string | undefined
  abort: () => void
}

export function createDialler({ limits, timing, clock, tls, introduce, onFailure }: DiallerOptions): Dialler {
  const dials = new Map<string, Dial>()

  function dial(target: Dial): void {
    target.state = 'dialling'
    target.failingSince ??= clock.nowMs()
    const attempt = connect(target.address, { limits, timing, clock, tls })
    let isOver = false
    const fail = (why: Refusal): void => {
      if (isOver) return
      isOver = true
      attempt.abort()
      failed(target, why)
    }
    target.abort = () => {
      isOver = true
      attempt.abort()
    }
    attempt.start((socket, wire) => introduce(target.address, socket, wire, fail), fail)
  }

  function failed(target: Dial, why: Refusal): void {
    if (dials.get(target.address) !== target || target.state !== 'dialling') return
    onFailure(target.address, why, why.code !== target.lastCode)
    target.lastCode = why.code
    if (dials.get(target.address) !== target) return
    if (why.code === 'self') return drop(target)
    const since = target.failingSince ?? clock.nowMs()
    if (!target.isKept && clock.nowMs() - since >= timing.forgetMs) return drop(target)
    rest(target)
  }

  /** A link that breaks soon after it was made counts as a failure, so that it is dialled with growing pauses. */
  function rest(target: Dial): void {
    if (target.state === 'linked' && clock.nowMs() - target.linkedAt >= timing.redialMsMax) target.failures = 0
    target.state = 'resting'
    target.failures += 1
    target.abort = clock.after(pauseMs(target.failures, timing), () => dial(target))
  }

  function drop(target: Dial): void {
    target.abort()
    dials.delete(target.address)
  }

  return {
    want: (address, isKept) => {
      const known = dials.get(address)
      if (known === undefined && dials.size >= limits.nodesMax * dialsPerNode && !isKept) return false
      const target = known ?? newDial(address)
      dials.set(address, target)
      target.isKept ||= isKept
      if (target.state !== 'resting') return true
      target.abort()
      dial(target)
      return true
    },
    forget: address => {
      const target = dials.get(address)
      if (target !== undefined && !target.isKept && target.state !== 'linked') drop(target)
    },
    nameAt: address => linkedName(dials.get(address)),
    reached: (address, name) => {
      const target = dials.get(address) ?? newDial(address)
      dials.set(address, target)
      if (target.state === 'resting') target.abort()
      const { isKept, failures } = target
      Object.assign(target, {
        ...newDial(address),
        isKept,
        failures,
        name,
        state: 'linked',
        linkedAt: clock.nowMs()
      } satisfies Dial)
    },
    lost: (name, isFarewell) => {
      for (const target of [...dials.values()].filter(({ name: its }) => its === name)) {
        if (isFarewell && !target.isKept) drop(target)
        else if (target.state === 'linked') rest(target)
      }
    },
    close: () => {
      for (const target of [...dials.values()]) drop(target)
    }
  }
}

/** The pause before the next attempt after this many failures. */
function pauseMs(failures: number, { redialMsMin, redialMsMax }: NodeTiming): number {
  return Math.min(redialMsMin * 2 ** (failures - 1), redialMsMax) * (1 - Math.random() / 2)
}

function linkedName(target: Dial | undefined): string | undefined {
  return target?.state === 'linked' ? target.name : undefined
}

function newDial(address: string): Dial {
  return {
    address,
    isKept: false,
    name: undefined,
    state: 'resting',
    failures: 0,
    linkedAt: 0,
    failingSince: undefined,
    lastCode: undefined,
    abort: () => {}
  }
}

type Attempt = {
  start: (opened: (socket: WebSocket, wire: Socket) => void, failed: (why: Refusal) => void) => void
  abort: () => void
}

function connect(
  address: string,
  { limits, timing, clock, tls }: Pick<DiallerOptions, 'limits' | 'timing' | 'clock' | 'tls'>
): Attempt {
  let abort = (): void => {}
  return {
    abort: () => abort(),
    start: (opened, failed) => {
      let socket: WebSocket
      try {
        socket = new WebSocket(`${tls === undefined ? 'ws' : 'wss'}://${address}/`, {
          perMessageDeflate: false,
          maxPayload: payloadBytesMax(limits),
          ca: tls?.ca
        })
      } catch {
        return failed(refusal('unreachable', `${address} is not an address of the form host:port`))
      }
      const cancel = clock.after(timing.handshakeMs, () => failed(refusal('unreachable', 'nobody answered in time')))
      abort = () => {
        cancel()
        socket.terminate()
      }
      socket.on('error', error => failed(refusal('unreachable', error.message)))
      socket.on('upgrade', ({ socket: wire }) => {
        wire.setNoDelay(true)
        socket.once('open', () => {
          cancel()
          opened(socket, wire)
        })
      })
    }
  }
}
