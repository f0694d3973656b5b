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
