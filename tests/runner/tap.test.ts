// Goal: what a test file prints is counted as it is, and no way to end badly is taken for success. Method: output as
// tap prints it.
import t from 'tap'
import { outcomeOf } from './tap.ts'

const good = ['TAP version 14', 'ok 1 - one', '1..1', '# { total: 1, pass: 1 }', '# time=5ms']
const bad = [
  '# Subtest: a list',
  '    not ok 1 - is sorted',
  '      ---',
  '      diff: |',
  '        -1',
  '      ...',
  '    ok 2 - is short',
  '    1..2',
  'not ok 1 - a list # time=11.5ms',
  '  ---',
  '  ...',
  'not ok 2 - child test left in queue: b',
  'not ok 3 - later # TODO',
  '# { total: 4, pass: 1, fail: 2, todo: 1 }'
]

t.test('assertions are counted', async t => {
  t.same(outcomeOf('a.ts', good, null), { passed: 1, failed: 0, failures: [] })
})

t.test('each failed assertion is kept with its diagnostics', async t => {
  t.same(outcomeOf('a.ts', bad, 'it ended with 1'), {
    passed: 1,
    failed: 2,
    failures: [
      'a.ts:     not ok 1 - is sorted\n      ---\n      diff: |\n        -1\n      ...',
      'a.ts: not ok 2 - child test left in queue: b'
    ]
  })
})

t.test('a file that ends badly without a failure is a failure', async t => {
  t.match(outcomeOf('a.ts', good, 'it ended with SIGKILL'), { passed: 1, failed: 1, failures: [/SIGKILL/] })
})

t.test('a file that ends before its totals is a failure, with its last words', async t => {
  t.match(outcomeOf('a.ts', good.slice(0, 2), null), { passed: 0, failed: 1, failures: [/no totals\n.*\nok 1 - one/] })
})
