// Goal: a supervisor restarts at most maxRestarts times within any window of withinMs, and pauses in between as
// promised. Method: random times of crashes against a model that counts what was admitted in the window before each.
import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { admitsRestart, intensity, pauseMsBefore } from '../../../mesh/supervisor/intensity.ts'

t.test('a restart is admitted exactly when fewer than the most were admitted within the period before it', async () => {
  const gaps = fc.array(fc.nat({ max: 50 }), { maxLength: 100 })
  fc.assert(
    fc.property(gaps, fc.nat({ max: 5 }), fc.integer({ min: 1, max: 100 }), (gaps, maxRestarts, withinMs) => {
      const state = intensity({ maxRestarts, withinMs })
      const admitted: number[] = []
      let now = 0
      for (const gap of gaps) {
        now += gap
        const recent = admitted.filter(at => at > now - withinMs).length
        const admits = admitsRestart(state, now)
        if (admits) admitted.push(now)
        assert.equal(admits, recent < maxRestarts, `at ${now}, after ${recent}`)
        assert.ok(state.restartedAt.length <= maxRestarts)
      }
    })
  )
})

t.test('three restarts within five seconds are admitted when nothing else is said', async t => {
  const state = intensity({})
  t.same(
    [0, 1, 2, 3, 4999, 5000].map(now => admitsRestart(state, now)),
    [true, true, true, false, false, true]
  )
})

t.test('the first restart comes at once, the next ones after 10 ms doubling up to a second', async t => {
  t.same([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 100].map(pauseMsBefore), [0, 10, 20, 40, 80, 160, 320, 640, 1000, 1000, 1000])
})
