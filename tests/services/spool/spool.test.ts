// Goal: what was written is read back whole, in order, by this node or by the next owner; what is not whole is told
// apart; a failure leaves nothing behind. Method: a real folder; damage is done to the files themselves.
import { execFileSync, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import fs from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import t from 'tap'
import { SpoolFileDamaged, SpoolFileOfOtherVersion } from '../../../services/spool/format.ts'
import { listSetAside, putBack } from '../../../services/spool/set-aside.ts'
import { spoolFiles } from '../../../services/spool/files.ts'
import { isOwnerAlive, writeOwner } from '../../../services/spool/owner.ts'
import {
  adoptSpoolFiles,
  claimSpoolFolder,
  listSpoolFiles,
  readSpoolFile,
  removeSpoolFile,
  writeSpoolFile
} from '../../../services/spool/spool.ts'
import { keptLog } from '../../actors/support.ts'
import { preparedBatch, preparedEvent } from '../../support/prepared.ts'

async function rootFolder(t: { teardown: (work: () => Promise<void>) => void }): Promise<string> {
  const root = await fs.mkdtemp(path.join(os.tmpdir(), 'mesher-spool-'))
  t.teardown(() => fs.rm(root, { recursive: true, force: true }))
  return root
}

function batchOf(payload = '{}') {
  return preparedBatch([preparedEvent({ payload })], {
    quarantined: [{ id: 'q', projectId: 1, error: 'ü\u2028', body: '\n\0' }]
  })
}

/** Marks a folder as owned by a process that has ended. */
async function abandon(folder: string): Promise<void> {
  const dead = spawn(process.execPath, ['-e', ''])
  await once(dead, 'exit')
  await fs.writeFile(path.join(folder, 'owner.json'), JSON.stringify({ pid: dead.pid, startedAt: null }))
}

t.test('reads back what was written, in the order of the names', async t => {
  const folder = await claimSpoolFolder(await rootFolder(t), 'node a/b')
  const batches = [batchOf('{"text":"line\\nbreak ü"}'), batchOf()]
  const second = await writeSpoolFile(folder, '2', batches)
  const first = await writeSpoolFile(folder, '1', [batchOf()])
  const listed = await listSpoolFiles(folder)
  t.same(
    listed.map(({ name, bytes }) => ({ name, bytes })),
    [first, second].map(({ name, bytes }) => ({ name, bytes }))
  )
  t.same(await readSpoolFile(folder, second.name), { batches, lost: 0, damaged: [] })

  await removeSpoolFile(folder, first.name)
  await removeSpoolFile(folder, first.name)
  t.equal((await listSpoolFiles(folder)).length, 1)
})

t.test('what is not a spool file, or of another version, is told apart', async t => {
  const folder = await claimSpoolFolder(await rootFolder(t), 'node')
  const { name } = await writeSpoolFile(folder, '1', [batchOf('{"a":1}')])
  const file = path.join(folder, name)
  const whole = await fs.readFile(file)
  for (const [what, content] of Object.entries({
    empty: Buffer.alloc(0),
    'cut in the header': whole.subarray(0, 10),
    'something else': Buffer.from('hello\nworld')
  })) {
    await fs.writeFile(file, content)
    await t.rejects(readSpoolFile(folder, name), SpoolFileDamaged, what)
  }
  await fs.writeFile(file, whole.toString().replace('"version":2', '"version":3'))
  await t.rejects(readSpoolFile(folder, name), SpoolFileOfOtherVersion)
})

t.test('any flipped bit costs one batch and no other', async t => {
  const folder = await claimSpoolFolder(await rootFolder(t), 'node')
  const batches = [batchOf('{"a":1}'), batchOf('{"b":"ü"}'), batchOf('{"c":3}')]
  const { name } = await writeSpoolFile(folder, '1', batches)
  const whole = await fs.readFile(path.join(folder, name))
  const [, , start = 0] = [...whole.entries()].filter(([, byte]) => byte === 0x0a).map(([index]) => index + 1)
  const end = whole.indexOf(0x0a, start)
  for (let at = start - 60; at < end; at += 7) {
    const flipped = Buffer.from(whole)
    flipped[at] = (flipped[at] ?? 0) ^ 1
    await fs.writeFile(path.join(folder, name), flipped)
    const read = await readSpoolFile(folder, name)
    t.equal(read.lost, 1)
    t.same(read.batches, at < start ? [batches[0], batches[2]] : [batches[0], batches[1]])
  }
  await fs.writeFile(path.join(folder, name), whole.subarray(0, whole.length - 3))
  t.match(await readSpoolFile(folder, name), { lost: 1, batches: batches.slice(0, 2) }, 'cut short')
  await fs.writeFile(path.join(folder, name), whole.subarray(0, start))
  t.match(await readSpoolFile(folder, name), { lost: 1, damaged: [] }, 'cut between two batches')
})

t.test('files of version 1 are read, whole or not at all', async t => {
  const folder = await claimSpoolFolder(await rootFolder(t), 'node')
  const batches = [batchOf(), batchOf('{"b":"ü"}')]
  const body = JSON.stringify(batches)
  const checksum = createHash('sha256').update(body).digest('hex')
  const content = `${JSON.stringify({ version: 1, sha256: checksum })}\n${body}`
  await fs.writeFile(path.join(folder, '1.spool'), content)
  t.same((await readSpoolFile(folder, '1.spool')).batches, batches)
  await fs.writeFile(path.join(folder, '1.spool'), content.replace('TypeError', 'typeError'))
  await t.rejects(readSpoolFile(folder, '1.spool'), SpoolFileDamaged)
})

t.test('a write that fails leaves nothing behind, and a half-written file is cleared away', async t => {
  const root = await rootFolder(t)
  const folder = await claimSpoolFolder(root, 'node')
  await writeSpoolFile(folder, '1', [batchOf()])
  await fs.mkdir(path.join(folder, '2.spool'))
  await fs.writeFile(path.join(folder, '2.spool', 'in the way'), '')
  await t.rejects(writeSpoolFile(folder, '2', [batchOf()]))
  t.same(
    (await fs.readdir(folder)).filter(name => name.endsWith('.tmp')),
    []
  )

  await fs.writeFile(path.join(folder, '3.tmp'), 'half')
  await claimSpoolFolder(root, 'node')
  t.same((await fs.readdir(folder)).sort(), ['1.spool', '2.spool', 'owner.json'])
})

t.test('takes over what dead nodes left, and nothing of those alive', async t => {
  const root = await rootFolder(t)
  const [dead, ownerless, alive] = [
    await claimSpoolFolder(root, 'dead'),
    path.join(root, 'ownerless'),
    await claimSpoolFolder(root, 'alive')
  ]
  await fs.mkdir(ownerless)
  for (const [name, folder] of Object.entries({ 1: dead, 2: ownerless, 3: alive })) {
    await writeSpoolFile(folder, name, [batchOf()])
  }
  await abandon(dead)

  const own = await claimSpoolFolder(root, 'own')
  t.equal(await adoptSpoolFiles(root, own), 2)
  t.same(
    (await listSpoolFiles(own)).map(({ name }) => name),
    ['1.spool', '2.spool']
  )
  t.equal(await adoptSpoolFiles(root, own), 0)
})

t.test('two nodes that take over at once share, and lose nothing', async t => {
  const root = await rootFolder(t)
  const dead = await claimSpoolFolder(root, 'dead')
  for (let file = 0; file < 20; file++) await writeSpoolFile(dead, String(file), [batchOf()])
  await abandon(dead)
  const [a, b] = [await claimSpoolFolder(root, 'a'), await claimSpoolFolder(root, 'b')]
  const [adoptedA, adoptedB] = await Promise.all([adoptSpoolFiles(root, a), adoptSpoolFiles(root, b)])
  t.equal(adoptedA + adoptedB, 20)
  t.equal((await listSpoolFiles(a)).length + (await listSpoolFiles(b)).length, 20)
})

t.test('an owner is known by its process, not by its number alone', async t => {
  const folder = await rootFolder(t)
  t.equal(await isOwnerAlive(folder), false, 'nobody owns it')
  await writeOwner(folder)
  t.equal(await isOwnerAlive(folder), true)
  const mark = await fs.readFile(path.join(folder, 'owner.json'), 'utf8')
  await writeOwner(folder)
  t.equal(await fs.readFile(path.join(folder, 'owner.json'), 'utf8'), mark)

  await fs.writeFile(path.join(folder, 'owner.json'), mark.replace(/"startedAt":.*}/, '"startedAt":"1"}'))
  t.equal(await isOwnerAlive(folder), false, 'the number was given to another process')
  await fs.writeFile(path.join(folder, 'owner.json'), '{')
  t.equal(await isOwnerAlive(folder), false)
})

t.test('a damaged file is set aside and one that has gone is nothing to replay', async t => {
  const data = await rootFolder(t)
  const { log, lines } = keptLog()
  const files = spoolFiles({ data, node: 'node', log })
  await files.open()
  const [good, bad] = [await files.write([batchOf()]), await files.write([batchOf()])]
  await fs.writeFile(path.join(data, 'spool', 'node', bad.name), 'rubbish')
  t.equal(await files.read(bad.name), null)
  t.equal(await files.read('never.spool'), null)
  t.same(
    (await files.open()).files.map(({ name }) => name),
    [good.name]
  )
  t.ok((await fs.readdir(path.join(data, 'spool', 'node'))).includes(`${bad.name}.damaged`))
  t.match(lines, [/set aside/])
})

t.test('damaged batches are set aside alone, and can be put back once the rest is replayed', async t => {
  const data = await rootFolder(t)
  const folder = path.join(data, 'spool', 'node')
  const { log, lines } = keptLog()
  const files = spoolFiles({ data, node: 'node', log })
  await files.open()
  const batches = [batchOf('{"a":1}'), batchOf('{"b":2}')]
  const { name } = await files.write(batches)
  const whole = (await fs.readFile(path.join(folder, name))).toString()
  await fs.writeFile(path.join(folder, name), whole.replace('{\\"a\\":1}', '{\\"a\\":9}'))
  t.same(await files.read(name), [batches[1]])
  t.same(await files.read(name), [batches[1]], 'also when it is read again')
  t.equal(lines.length, 1)
  t.match(lines, [/1 of 2 batches are damaged and set aside/])
  t.match(await files.list(), { files: [{ name }], setAside: 1 })

  const [aside] = await listSetAside(folder)
  t.match(aside, { name: `${name}.damaged`, reason: 'damaged' })
  if (aside === undefined) return
  t.equal(await putBack(folder, aside), false, 'the rest still waits')
  await files.remove(name)
  const mended = (await fs.readFile(path.join(folder, aside.name))).toString().replace('{\\"a\\":9}', '{\\"a\\":1}')
  await fs.writeFile(path.join(folder, aside.name), mended)
  t.equal(await putBack(folder, aside), true)
  t.same(await files.read(name), [batches[0]])
})

t.test('a file of another release is set aside as such, and tried again at the next start', async t => {
  const data = await rootFolder(t)
  const folder = path.join(data, 'spool', 'node')
  const files = spoolFiles({ data, node: 'node', log: keptLog().log })
  await files.open()
  const { name } = await files.write([batchOf()])
  const content = (await fs.readFile(path.join(folder, name))).toString()
  await fs.writeFile(path.join(folder, name), content.replace('"version":2', '"version":3'))
  t.equal(await files.read(name), null)
  t.match(await listSetAside(folder), [{ reason: 'other-version' }])
  t.match(await files.open(), { files: [{ name }], setAside: 0 })
})

t.test('opening waits for what the process before was still writing', async t => {
  const files = spoolFiles({ data: await rootFolder(t), node: 'node', log: keptLog().log })
  await files.open()
  const writing = files.write([batchOf('x'.repeat(5_000_000))])
  const opened = await files.open()
  t.same(
    opened.files.map(({ name }) => name),
    [(await writing).name]
  )
})

t.test(
  'a full disk is an error of the write and of nothing else',
  { skip: process.getuid?.() === 0 ? false : 'mounting a tmpfs needs root' },
  async t => {
    const data = await rootFolder(t)
    await fs.mkdir(path.join(data, 'spool'))
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', path.join(data, 'spool')])
    t.teardown(() => {
      execFileSync('umount', ['-l', path.join(data, 'spool')])
    })
    const files = spoolFiles({ data, node: 'node', log: keptLog().log })
    await files.open()
    const kept = await files.write([batchOf()])
    await t.rejects(files.write([batchOf('x'.repeat(100_000))]), { code: 'ENOSPC' })
    t.same(
      (await files.open()).files.map(({ name }) => name),
      [kept.name],
      'it is opened again, and holds what it held'
    )
    t.equal((await files.read(kept.name))?.length, 1)
    await files.write([batchOf()])
  }
)
