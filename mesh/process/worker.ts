/** Hides what a process is made of from those who only start and end it. */
import type { AnyBehaviour, Behaviour } from '../types.ts'

/** For child specs: a behaviour whose protocol its supervisor need not know. */
export function worker<Message, State>(behaviour: Behaviour<Message, State>): AnyBehaviour {
  return { spawnUnder: (mesh, options) => mesh.spawn(behaviour, options) }
}
