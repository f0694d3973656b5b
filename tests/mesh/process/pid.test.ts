// Goal: what identifies a process: node, incarnation and serial together.
// Method: small tables of pids that differ in one part.
import t from 'tap'
import { pidKey, processName, samePid } from '../../../mesh/index.ts'

const pid = { node: 'a', incarnation: 1, serial: 7 }

t.test('pids are the same when all three parts are', async t => {
  t.equal(samePid(pid, { ...pid }), true)
  for (const other of [
    { ...pid, node: 'b' },
    { ...pid, incarnation: 2 },
    { ...pid, serial: 8 }
  ]) {
    t.equal(samePid(pid, other), false)
    t.not(pidKey(pid), pidKey(other))
  }
})

t.test('a name is itself and never empty', async t => {
  t.equal(processName('keeper'), 'keeper')
  t.throws(() => processName(''))
})
