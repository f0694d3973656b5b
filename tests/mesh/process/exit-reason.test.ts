// Goal: reasons stay small, readable and plain data, whatever was thrown.
// Method: tables of reasons and of strange things to throw.
import t from 'tap'
import { formatReason, isAbnormal } from '../../../mesh/index.ts'
import { errorText, linkedReason } from '../../../mesh/process/exit-reason.ts'
import type { ExitReason } from '../../../mesh/types.ts'

const pid = { node: 'a', incarnation: 1, serial: 7 }
const crash: ExitReason = { error: { name: 'TypeError', message: 'no' } }

t.test('a reason reads as a sentence would say it', async t => {
  t.equal(formatReason('noproc'), 'noproc')
  t.equal(formatReason(crash), 'TypeError: no')
  t.equal(formatReason({ linked: pid, reason: crash }), 'linked to a.1.7, which ended: TypeError: no')
})

t.test('only normal and shutdown are orderly ends, also when they came over a link', async t => {
  const orderly: ExitReason[] = ['normal', 'shutdown', { linked: pid, reason: 'shutdown' }]
  const abnormal: ExitReason[] = ['killed', 'noproc', 'noconnection', crash, { linked: pid, reason: 'killed' }]
  t.same(
    orderly.map(isAbnormal),
    orderly.map(() => false)
  )
  t.same(
    abnormal.map(isAbnormal),
    abnormal.map(() => true)
  )
})

t.test('a reason that came over many links names the last neighbour and the first cause', async t => {
  const other = { ...pid, serial: 8 }
  t.same(linkedReason(other, linkedReason(pid, crash)), { linked: other, reason: crash })
})

t.test('whatever is thrown becomes text', async t => {
  t.match(errorText(new RangeError('far')), { name: 'RangeError', message: 'far', stack: /far/ })
  const strange = [
    undefined,
    null,
    0,
    'text',
    Symbol('s'),
    Object.create(null),
    {
      toString() {
        throw new Error('no')
      }
    }
  ]
  for (const thrown of strange) t.equal(errorText(thrown).name, 'Thrown')
})
