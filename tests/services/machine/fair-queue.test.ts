// Goal: nobody who sends little waits behind somebody who sends much, or gives way to them. Method: the queue alone.
import t from 'tap'
import { fairQueue } from '../../../services/machine/fair-queue.ts'

const all = (queue: { take: () => string | undefined }): string[] => {
  const taken: string[] = []
  for (let item = queue.take(); item !== undefined; item = queue.take()) taken.push(item)
  return taken
}

t.test('projects take turns, and in a project its senders; each in its own order', async t => {
  const queue = fairQueue<string>(100)
  for (const item of ['a1', 'a2', 'a3']) queue.push(item, { project: '1', sender: 'a' })
  queue.push('b1', { project: '1', sender: 'b' })
  for (const item of ['c1', 'c2']) queue.push(item, { project: '2', sender: 'a' })
  t.same(all(queue), ['a1', 'c1', 'b1', 'c2', 'a2', 'a3'])
  t.equal(queue.take(), undefined)
})

t.test('who has cost much waits until others have cost as much', async t => {
  const queue = fairQueue<string>(100)
  const heavy = { project: '1', sender: 'a' }
  const light = { project: '2', sender: 'a' }
  for (const item of ['h1', 'h2', 'h3']) queue.push(item, heavy)
  for (const item of ['l1', 'l2', 'l3', 'l4', 'l5']) queue.push(item, light)
  const taken: string[] = []
  for (let item = queue.take(); item !== undefined; item = queue.take()) {
    taken.push(item)
    const isHeavy = item.startsWith('h')
    queue.done(isHeavy ? heavy : light, isHeavy ? 100 : 25)
  }
  t.same(taken, ['h1', 'l1', 'l2', 'l3', 'l4', 'h2', 'l5', 'h3'])
})

t.test('in a project, senders pay for themselves', async t => {
  const queue = fairQueue<string>(100)
  for (const item of ['h1', 'h2']) queue.push(item, { project: '1', sender: 'a' })
  t.equal(queue.take(), 'h1')
  queue.done({ project: '1', sender: 'a' }, 100)
  for (const item of ['b1', 'b2']) queue.push(item, { project: '1', sender: 'b' })
  t.same(all(queue), ['b1', 'b2', 'h2'])
})

t.test('nobody saves up turns while away, and nobody pays for ever', async t => {
  const queue = fairQueue<string>(100)
  const [first, late] = [
    { project: '1', sender: 'a' },
    { project: '2', sender: 'a' }
  ]
  for (const item of ['a1', 'a2', 'a3', 'a4']) queue.push(item, first)
  for (const item of ['a1', 'a2']) {
    t.equal(queue.take(), item)
    queue.done(first, 1_000)
  }
  for (const item of ['b1', 'b2', 'b3']) queue.push(item, late)
  t.equal(queue.take(), 'b1')
  queue.done(late, 1_000)
  t.same(all(queue), ['a3', 'b2', 'a4', 'b3'])
})

t.test('when it is full, the newest of whoever has most waiting gives way', async t => {
  const queue = fairQueue<string>(4)
  for (const item of ['a1', 'a2', 'a3']) t.equal(queue.push(item, { project: '1', sender: 'a' }), null)
  t.equal(queue.push('b1', { project: '1', sender: 'b' }), null)
  t.equal(queue.push('c1', { project: '2', sender: 'a' }), 'a3')
  t.equal(queue.push('a4', { project: '1', sender: 'a' }), 'a4')
  t.same(queue.clear().sort(), ['a1', 'a2', 'b1', 'c1'])
  t.equal(queue.take(), undefined)
  t.equal(queue.push('d1', { project: '3', sender: 'a' }), null)
})
