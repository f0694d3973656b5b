// Goal: an operation that reads is measured by bench/query, or left out with a reason.
// Method: the requests for made-up facts against the list of all operations.
import t from 'tap'
import { operations } from '../../api/index.ts'
import type { Facts } from '../../bench/query/facts.ts'
import { notMeasured, requestsOf } from '../../bench/query/requests.ts'

const facts: Facts = {
  project: '1',
  slug: 'web',
  organization: 'o',
  userId: 'u',
  largest: 'i',
  issues: ['i'],
  events: ['e'],
  eventsOfLargest: ['e'],
  users: ['u1'],
  emails: ['u1@example.com'],
  customers: ['c1'],
  releases: ['web@1.0'],
  rareWords: ['0badcafe0'],
  alertRule: 'r',
  alert: 'a'
}

t.test('every operation that reads is measured, or named as one that is not', async t => {
  const measured = new Set(requestsOf(facts, Date.now()).map(({ operation }) => operation))
  const reading = operations.filter(({ method }) => method === 'get').map(({ id }) => id)
  t.same(
    reading.filter(id => !measured.has(id) && !notMeasured.includes(id)),
    []
  )
  t.same(
    [...measured, ...notMeasured].filter(id => !reading.includes(id)),
    [],
    'and nothing else'
  )
  t.same(
    notMeasured.filter(id => measured.has(id)),
    []
  )
})

t.test('requests of one operation have different names', async t => {
  const names = requestsOf(facts, Date.now()).map(({ operation, name }) => `${operation} ${name}`)
  t.equal(new Set(names).size, names.length)
})
