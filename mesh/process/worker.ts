/** Hides the types of a behaviour from code that only starts and stops the process. */
import type { AnyBehaviour, Behaviour } from '../types.ts'

/** For child specs: a behaviour whose protocol its supervisor need not know. */
export function worker<Message, State>(behaviour: Behaviour<Message, State>): AnyBehaviour {
  return { spawnUnder: (mesh, options) => mesh.spawn(behaviour, options) }
}
