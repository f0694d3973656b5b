// Goal: a name has one living holder; who lives is found out by its renewals, and a holder that has ended is not waited
// for. Method: rows of other processes are written, renewed and aged by the test; an ended process is a real one.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import t from 'tap'
import { freeNames, takeName, waitForName, type NameClaim } from '../../../services/cluster/node-names.ts'
import { listNodes } from '../../../services/cluster/nodes.ts'
import { thisProcess } from '../../../services/machine/this-process.ts'
import { testDatabase } from '../../support/database.ts'

const { sql } = await testDatabase(t)
const me = thisProcess()
const elsewhere = { host: 'far', pid: 4711, boot: 'another boot' }
const claim = (name: string, more: Partial<NameClaim> = {}): NameClaim => ({
  name,
  incarnation: 1,
  version: '1.0',
  process: elsewhere,
  ...more
})
const quiet = { onProgress: () => {} }
const renew = async (name: string) => {
  await sql`update nodes set seen_at = clock_timestamp() where name = ${name}`
}

t.test('a holder that renews is alive: the second one is refused with where it is', async t => {
  await takeName(sql, claim('a'), quiet)
  await sql`update nodes set address = 'far:8090'`
  const said: string[] = []
  // Renewed once the second one has looked.
  const onProgress = (text: string) => {
    said.push(text)
    renew('a').catch(t.threw)
  }
  await t.rejects(takeName(sql, claim('a', { incarnation: 2, process: me }), { onProgress }), {
    code: 'name_taken',
    message: /^a node called a works on this database: process 4711 on far at far:8090, seen 0 s ago\.$/
  })
  t.match(said, [/waiting to see whether it still runs$/])
  await t.rejects(waitForName(sql, { name: 'a', process: me }, { onProgress }), { code: 'name_taken' })
  t.match(await listNodes(sql), [{ name: 'a', incarnation: 1, host: 'far', pid: 4711 }])
})

t.test('a holder that renews no more loses the name when its lease ends', async t => {
  await takeName(sql, claim('b'), quiet)
  await takeName(sql, claim('b', { incarnation: 2, process: me }), { ...quiet, leaseMs: 300 })
  t.match(
    (await listNodes(sql)).find(({ name }) => name === 'b'),
    { incarnation: 2 }
  )
})

t.test('a process of this machine that has ended is not waited for, one that runs is', async t => {
  const child = spawn(process.execPath, ['-e', ''])
  await once(child, 'exit')
  await takeName(sql, claim('c', { process: { ...me, pid: child.pid ?? 0 } }), quiet)
  await takeName(sql, claim('c', { incarnation: 2, process: me }), {
    onProgress: () => t.fail('it is known to have ended')
  })
  await t.rejects(
    takeName(sql, claim('c', { incarnation: 3, process: me }), {
      onProgress: () => {
        renew('c').catch(t.threw)
      }
    }),
    { code: 'name_taken' }
  )
})

t.test('of two that start at once one gets the name', async t => {
  const onProgress = () => {
    renew('d').catch(t.threw)
  }
  const outcomes = await Promise.allSettled(
    [1, 2].map(incarnation => takeName(sql, claim('d', { incarnation, process: me }), { onProgress }))
  )
  t.same(outcomes.map(({ status }) => status).sort(), ['fulfilled', 'rejected'])
})

t.test('the owner of an embedded database frees its names', async t => {
  await takeName(sql, claim('e'), quiet)
  await freeNames(sql, ['e', 'f'])
  await takeName(sql, claim('e', { incarnation: 2 }), { onProgress: () => t.fail('nobody is waited for') })
})
