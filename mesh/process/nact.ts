/**
 * The only file that uses nact. A process is one nact actor directly under the system. The system gets no mail, because
 * nact copies the map of children of an actor that handles a message. Mail stays in our own mailbox: nact only wakes
 * the process, runs one activation at a time, and gives each a turn of the event loop.
 */
import { dispatch, spawn, start, stop } from 'nact'
import type { ActorSystemRef, Ref } from 'nact'

export type ActorSystem = ActorSystemRef
export type Actor = Ref<unknown>

// Several meshes may run here under one name, so nact names the system itself, at random.
export function startSystem(): ActorSystem {
  return start()
}

export function stopSystem(system: ActorSystem): void {
  stop(system)
}

/**
 * `activate` must not throw: the runtime handles what a process throws. `name` is required, because nact's own random
 * names collide from some ten thousand actors on.
 */
export function spawnActor(system: ActorSystem, name: string, activate: () => void | Promise<void>): Actor {
  return spawn(system, activate, name)
}

/** Requests one more activation. One that is requested during an activation follows it. */
export function wakeActor(actor: Actor): void {
  dispatch(actor, null)
}

/** No activation after this. One that is waiting for a promise is abandoned. */
export function stopActor(actor: Actor): void {
  stop(actor)
}
