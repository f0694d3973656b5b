// Goal: issues that went through the same code, or say the same, are alike, and others are not.
// Method: pairs of made-up issues, and what must hold of any two.
import { deepEqual } from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { similarity } from '../../../events/grouping/similarity.ts'

const issue = (title: string, ...components: string[]) => ({ title, components })

t.test('what is shared near the crash counts most', async t => {
  const own = issue('TypeError: x is undefined', 'type TypeError', 'app.ts main', 'cart.ts add', 'price.ts total')
  const near = similarity(own, issue('TypeError: y is null', 'type TypeError', 'job.ts run', 'price.ts total'))
  const far = similarity(own, issue('TypeError: y is null', 'type TypeError', 'app.ts main', 'user.ts load'))
  t.ok(near.score > far.score)
  t.same(near.frames, ['price.ts total'])
  t.ok(similarity(own, issue('TimeoutError: no answer', 'type TimeoutError', 'db.ts query')).score < 0.2)
})

t.test('words tell where there are no frames, and numbers do not', async t => {
  const own = issue('Order 17 could not be shipped to Berlin', 'Order <int> could not be shipped')
  const alike = similarity(issue(own.title), issue('Order 993 could not be shipped to Paris'))
  t.ok(alike.score > 0.6)
  t.same(alike.words, ['order', 'could', 'not', 'be', 'shipped', 'to'])
  t.equal(similarity(issue('1 2 3'), issue('1 2 3')).score, 0)
})

t.test('it is the same from both sides, and between 0 and 1', async () => {
  const any = fc.record({ title: fc.string(), components: fc.array(fc.string({ maxLength: 3 }), { maxLength: 8 }) })
  fc.assert(
    fc.property(any, any, (a, b) => {
      const [there, back] = [similarity(a, b).score, similarity(b, a).score]
      deepEqual([Math.abs(there - back) < 1e-9, there >= 0 && there <= 1 + 1e-9], [true, true])
    })
  )
})
