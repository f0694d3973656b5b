// Goal: clients leave descriptors to everything else, whatever the limit is.
// Method: files as Linux writes them.
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import t from 'tap'
import { clientConnectionsMax, descriptorsMax } from '../../../services/machine/descriptors.ts'

t.test('reads the limit of the system where it says one', async t => {
  const file = path.join(t.testdir(), 'limits')
  writeFileSync(file, 'Limit  Soft Limit  Hard Limit  Units\nMax open files            256     4096     files     \n')
  t.equal(descriptorsMax(file), 256)
  writeFileSync(file, 'Max open files            unlimited   unlimited   files\n')
  t.equal(descriptorsMax(file), null)
  t.equal(descriptorsMax(`${file}-none`), null)
})

t.test('clients get what is not reserved', async t => {
  t.equal(clientConnectionsMax(256), 160)
  t.equal(clientConnectionsMax(64), 16)
  t.equal(clientConnectionsMax(null), Infinity)
})
