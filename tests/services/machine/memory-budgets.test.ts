// Goal: budgets follow the heap, have an upper bound, and leave room for the largest body. Method: sizes of heaps, and
// this process.
import t from 'tap'
import { limits } from '../../../schema/limits.ts'
import { memoryBudgets } from '../../../services/machine/memory-budgets.ts'

const mb = 1024 * 1024

t.test('an eighth of the heap, at most 64 MB, half of it for one project', async t => {
  t.same(memoryBudgets(4_096 * mb), { bodies: 64 * mb, bodiesOfProject: 32 * mb, held: 64 * mb, eventChars: 64 * mb })
  t.match(memoryBudgets(400 * mb), { bodies: 50 * mb, bodiesOfProject: 25 * mb, held: 50 * mb, eventChars: 50 * mb })
})

t.test('the largest body has room on the smallest machine', async t => {
  for (const budget of Object.values(memoryBudgets(64 * mb))) t.equal(budget, limits.envelopeBytesMax)
})

t.test('this process has budgets', async t => {
  t.ok(Object.values(memoryBudgets()).every(budget => budget >= limits.envelopeBytesMax && budget <= 64 * mb))
})
