// Goal: everything that was not kept has a row that says why, and nothing that did not happen has one.
import { expect, it } from 'vitest'
import type { Outcomes } from '../../../api/types.ts'
import { outcomeRows } from './outcomes.ts'

const none: Outcomes = {
  from: '',
  to: '',
  estimated: false,
  events: { stored: 9, duplicate: 0, sampled_out: 0, discarded: 0, quarantined: 0 },
  refused: {},
  ignored: {},
  client_discarded: []
}

it('says nothing when all was kept', () => {
  expect(outcomeRows(none)).toEqual([])
})

it('puts what happened most first, with its reason', () => {
  const rows = outcomeRows({
    ...none,
    events: { ...none.events, sampled_out: 3 },
    refused: { rate_limited: 40, shutting_down: 1 },
    ignored: { transaction: 7 },
    client_discarded: [{ reason: 'queue_overflow', category: 'error', count: 2 }]
  })
  expect(rows.map(({ name, count }) => [name, count])).toEqual([
    ['Refused: over the rate limit', 40],
    ['Not kept: transaction', 7],
    ['Sampled out', 3],
    ['Held back by clients: queue overflow', 2],
    ['Refused: shutting down', 1]
  ])
})
