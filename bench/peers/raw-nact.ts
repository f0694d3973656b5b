/**
 * The same work as in `bench/mesh.ts` on nact alone, as its own documentation would write it: actors under the system.
 */
import { dispatch, query, spawn, start, stop, type ActorSystemRef, type Ref } from 'nact'
import type { Work } from './mesh-work.ts'

type Ball = { left: number }
type Question = { from: Ref<number>; n: number }

export function rawNact(): Work {
  const system = start()
  return {
    flood: count =>
      new Promise(resolve => {
        const counter = spawnCounter(system, count, resolve)
        for (let n = 1; n <= count; n++) dispatch(counter, n)
      }),

    fan: (actors, each) =>
      new Promise(resolve => {
        let left = actors
        const counters = Array.from({ length: actors }, () =>
          spawnCounter(system, each, () => {
            if (--left === 0) resolve()
          })
        )
        for (let n = 1; n <= each; n++) for (const counter of counters) dispatch(counter, n)
      }),

    pingPong: count =>
      new Promise(resolve => {
        const one: Ref<Ball> = spawn(system, (_state: null, ball: Ball) => {
          bounce(other, ball, resolve)
          return null
        })
        const other: Ref<Ball> = spawn(system, (_state: null, ball: Ball) => {
          bounce(one, ball, resolve)
          return null
        })
        dispatch(one, { left: count })
      }),

    call: async (count, atOnce) => {
      const answerer: Ref<Question> = spawn(system, (_state: null, { from, n }: Question) => {
        dispatch(from, n + 1)
        return null
      })
      for (let done = 0; done < count; done += atOnce) {
        await Promise.all(
          Array.from({ length: atOnce }, (_, n) => query(answerer, (from: Ref<number>) => ({ from, n }), 5000))
        )
      }
    },

    spawn: count =>
      new Promise(resolve => {
        let left = count
        for (let n = 0; n < count; n++) {
          dispatch(
            spawnCounter(system, 1, () => {
              if (--left === 0) resolve()
            }),
            1
          )
        }
      }),

    stop: () => stop(system)
  }
}

let counters = 0

/** Named, because the random names that nact gives collide from some ten thousand actors on. */
function spawnCounter(system: ActorSystemRef, upTo: number, done: () => void): Ref<number> {
  return spawn(
    system,
    (sum: number = 0, n: number) => {
      if (n === upTo) done()
      return sum + n
    },
    `counter-${++counters}`
  )
}

function bounce(other: Ref<Ball>, { left }: Ball, done: () => void): void {
  if (left === 0) done()
  else dispatch(other, { left: left - 1 })
}
