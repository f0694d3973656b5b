// Goal: the ring behaves as a plain list, through growth, wrap-around and letting go.
// Method: random sequences of operations, compared with an array after each step.
import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { Queue } from '../../../mesh/process/queue.ts'

t.test('a queue gives back what an array would', async () => {
  const operations = fc.array(fc.oneof(fc.record({ push: fc.nat() }), fc.constant('shift' as const)), {
    maxLength: 200
  })
  fc.assert(
    fc.property(operations, operations => {
      const queue = new Queue<number>()
      const model: number[] = []
      for (const operation of operations) {
        if (operation !== 'shift') {
          queue.push(operation.push)
          model.push(operation.push)
        } else {
          assert.equal(queue.shift(), model.shift())
        }
        assert.equal(queue.size, model.length)
        assert.equal(queue.first(), model[0])
      }
    })
  )
})

t.test('a queue that held a rush goes on in order after it was emptied', async t => {
  const queue = new Queue<number>()
  for (let round = 0; round < 3; round++) {
    for (let n = 0; n < 5_000; n++) queue.push(n)
    for (let n = 0; n < 5_000; n++) if (queue.shift() !== n) t.fail(`${n} is missing`)
    t.equal(queue.shift(), undefined)
    t.equal(queue.size, 0)
  }
})
