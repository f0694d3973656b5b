/**
 * The only file that knows nact. A process is one nact actor directly under the system, which gets no mail itself: nact
 * copies the map of children of whoever handles a message. Mail stays in our own mailbox; nact is told to wake the
 * process and makes sure that one activation runs at a time, each in a turn of the event loop of its own.
 */
import { dispatch, spawn, start, stop } from 'nact'
import type { ActorContext, ActorSystemRef, Ref } from 'nact'

export type ActorSystem = ActorSystemRef

export type Actor = {
  /** One activation more; those asked for during an activation follow it. */
  wake: () => void
  /** No activation after this; one that waits for a promise is abandoned. */
  stop: () => void
}

// Several meshes may live here under one name, so the system's name is left to nact, which makes a random one.
export function startSystem (): ActorSystem {
  return start()
}

export function stopSystem (system: ActorSystem): void {
  stop(system)
}

/** `activate` must not throw: what a process throws is dealt with by its runtime. */
export function spawnActor (system: ActorSystem, name: string, activate: () => void | Promise<void>): Actor {
  const actor: Ref<null> = spawn(system, (_state: null, _message: null, _context: ActorContext<null, ActorSystem>) => activate(), name)
  return {
    wake: () => dispatch(actor, null),
    stop: () => stop(actor)
  }
}
