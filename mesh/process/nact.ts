/**
 * The only file that knows nact. A process is one nact actor directly under the system, which gets no mail itself: nact
 * copies the map of children of whoever handles a message. Mail stays in our own mailbox; nact is told to wake the
 * process and makes sure that one activation runs at a time, each in a turn of the event loop of its own.
 */
import { dispatch, spawn, start, stop } from 'nact'
import type { ActorSystemRef, Ref } from 'nact'

export type ActorSystem = ActorSystemRef
export type Actor = Ref<unknown>

// Several meshes may live here under one name, so the system's name is left to nact, which makes a random one.
export function startSystem(): ActorSystem {
  return start()
}

export function stopSystem(system: ActorSystem): void {
  stop(system)
}

/**
 * `activate` must not throw: what a process throws is dealt with by its runtime. Names are given, because nact's own
 * random ones collide from some ten thousand actors on.
 */
export function spawnActor(system: ActorSystem, name: string, activate: () => void | Promise<void>): Actor {
  return spawn(system, activate, name)
}

/** One activation more; those asked for during an activation follow it. */
export function wakeActor(actor: Actor): void {
  dispatch(actor, null)
}

/** No activation after this; one that waits for a promise is abandoned. */
export function stopActor(actor: Actor): void {
  stop(actor)
}
