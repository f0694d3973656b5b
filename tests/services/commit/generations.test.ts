// Goal: what a process remembers of projects is bounded, keeps what is used, and keeps projects apart.
// Method: a small cache, filled beyond its bound.
import t from 'tap'
import { createGenerations } from '../../../services/commit/generations.ts'
import type { KnownIssue } from '../../../services/commit/known-issues.ts'

function issue(id: string): KnownIssue {
  return { issueId: id, rootId: id, discarded: false }
}

t.test('the same fingerprint in two projects is two issues', async t => {
  const known = createGenerations<KnownIssue>(10)
  known.set(1, 'f', issue('a'))
  known.set(2, 'f', issue('b'))
  t.equal(known.get(1, 'f')?.issueId, 'a')
  t.equal(known.get(2, 'f')?.issueId, 'b')
  known.forget(1, 'f')
  t.equal(known.get(1, 'f'), undefined)
  t.equal(known.get(2, 'f')?.issueId, 'b')
})

t.test('what is used stays, what is not is forgotten after two generations', async t => {
  const known = createGenerations<KnownIssue>(3)
  known.set(1, 'used', issue('used'))
  known.set(1, 'unused', issue('unused'))
  for (let index = 0; index < 20; index++) {
    known.set(1, `new ${index}`, issue('new'))
    t.equal(known.get(1, 'used')?.issueId, 'used')
  }
  t.equal(known.get(1, 'unused'), undefined)
  t.equal(known.get(1, 'new 0'), undefined)
})

t.test('an issue that is learnt again does not count twice', async t => {
  const known = createGenerations<KnownIssue>(2)
  known.set(1, 'a', issue('a'))
  for (let index = 0; index < 9; index++) known.set(1, 'b', issue(`${index}`))
  t.equal(known.get(1, 'a')?.issueId, 'a')
  t.equal(known.get(1, 'b')?.issueId, '8')
  known.clear()
  t.equal(known.get(1, 'b'), undefined)
})
