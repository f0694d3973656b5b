/** The work that `bench/mesh.ts` gives to the mesh and to raw nact. */

/** Each promise resolves when every message it sent has been handled. */
export type Work = {
  /** One receiver, all its mail at once. */
  flood: (messages: number) => Promise<void>
  /** Many receivers, mail in turn. */
  fan: (receivers: number, each: number) => Promise<void>
  /** Two processes, one message between them: nothing can be batched. */
  pingPong: (messages: number) => Promise<void>
  call: (calls: number, atOnce: number) => Promise<void>
  /** New processes that handle one message each. */
  spawn: (processes: number) => Promise<void>
  stop: () => void
}
