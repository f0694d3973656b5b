// Goal: an operator sees what waits in the spool and what is set aside, and can have it tried again.
// Method: the program as a child process, on a data folder with files of each kind.
import { rename } from 'node:fs/promises'
import path from 'node:path'
import t from 'tap'
import { claimSpoolFolder, writeSpoolFile } from '../../services/spool/spool.ts'
import { preparedBatch, preparedEvent } from '../support/prepared.ts'
import { runCli } from './cli.ts'

t.test('lists what waits and what is set aside, and puts it back', async t => {
  const data = t.testdir()
  const mesher = (...args: string[]) => runCli([...args, '--data', data], { cwd: data })
  t.match((await mesher('spool', 'list')).stdout, /^The spool is empty/)

  const folder = await claimSpoolFolder(path.join(data, 'spool'), 'node a')
  for (const id of ['1', '2', '3']) await writeSpoolFile(folder, id, [preparedBatch([preparedEvent()])])
  await rename(path.join(folder, '1.spool'), path.join(folder, '1.spool.damaged'))
  await rename(path.join(folder, '2.spool'), path.join(folder, '2.spool.other-version'))
  const states = async () => {
    const files: { node: string; state: string; file: string }[] = JSON.parse(
      (await mesher('spool', 'list', '--json')).stdout
    )
    return files.map(({ node, state, file }) => `${node} ${state} ${path.basename(file)}`)
  }
  t.same(await states(), [
    'node a waits 3.spool',
    'node a damaged 1.spool.damaged',
    'node a other-version 2.spool.other-version'
  ])
  t.match((await mesher('spool', 'list')).stdout, /^node a +damaged +\S+ k?B +\S+.* +1\.spool\.damaged$/m)

  t.match((await mesher('spool', 'retry')).stdout, /^2 files were put back/)
  t.same(await states(), ['node a waits 1.spool', 'node a waits 2.spool', 'node a waits 3.spool'])
  t.match((await mesher('spool', 'retry')).stdout, /^0 files were put back\.$/m)
})
