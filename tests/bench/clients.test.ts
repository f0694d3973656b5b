// Goal: the benchmark of clients counts what was lost, doubled and cut in two, and passes a client without faults only.
// Method: small sets of stored transactions that can be checked by hand.
import t from 'tap'
import { compare } from '../../bench/clients/compare.ts'
import { faultsOf, figuresOf, verdictOn, type Outcome } from '../../bench/clients/result.ts'
import { rowsOf } from '../../bench/clients/types.ts'

const all = rowsOf.statements
const statements = (transaction: number, rows = all, numbers = rows) =>
  ({ way: 'statements', transaction, rows, numbers }) as const
const none = { lost: 0, doubled: 0, torn: 0, unknown: 0 }

t.test('what was acknowledged must be there, once and whole', async t => {
  t.same(compare('statements', [1, 2], [statements(1), statements(2)]), none)
  t.same(compare('statements', [1, 2], [statements(2)]), { ...none, lost: all })
  t.same(compare('statements', [1], [statements(1, 1)]), { ...none, lost: all - 1 })
  t.same(compare('statements', [1], [statements(1, all + 2, all)]), { ...none, doubled: 2 })
})

t.test('what was not acknowledged may be there, whole', async t => {
  t.same(compare('statements', [], [statements(1), statements(2)]), { ...none, unknown: 2 })
  t.same(compare('statements', [], [statements(1, 1)]), { ...none, torn: 1 })
  t.same(compare('copy', [], [statements(1, 1)]), none, 'each way for itself')
})

t.test('a client passes without any fault, and each is named', async t => {
  const outcome = (change: Partial<Outcome['report']>, statements = none): Outcome => ({
    client: 'postgres',
    version: '1.2.3',
    ended: 1,
    report: {
      acknowledged: { statements: [1], copy: [] },
      rejected: { statements: 1, copy: 1 },
      hanging: { statements: 0, copy: 0 },
      uncaught: [],
      unhandled: [],
      ...change
    },
    rows: { statements, copy: none }
  })
  t.same(faultsOf(outcome({}, { ...none, unknown: 1 })), [])
  t.match(verdictOn(outcome({}), []), 'postgres 1.2.3 passes')
  t.same(faultsOf(outcome({ hanging: { statements: 0, copy: 2 } }, { lost: 1, doubled: 2, torn: 3, unknown: 0 })), [
    '1 acknowledged rows are lost by statements',
    '2 rows are stored twice by statements',
    '3 transactions are stored in part by statements',
    '2 promises never settled by COPY'
  ])
  const crashed = outcome({ uncaught: ['no socket', 'no socket'], unhandled: ['closed'] })
  t.equal(faultsOf(crashed).length, 2)
  t.match(verdictOn(crashed, faultsOf(crashed)), 'does not pass')
  t.match(figuresOf(crashed), { version: '1.2.3', uncaught: { 'no socket': 2 }, unhandled: { closed: 1 } })
})
