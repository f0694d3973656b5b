// Goal: artifacts are found by debug id and by address, of the right project only, newest first, and their content
// comes back whole. Method: files and bundles written through the services, on a real database.
import { createHash, randomBytes } from 'node:crypto'
import t from 'tap'
import {
  artifactUsage,
  deleteBundles,
  listBundles,
  storeBundle,
  type Entry
} from '../../../services/artifacts/bundles.ts'
import { filePieces, storeFile } from '../../../services/artifacts/files.ts'
import { artifactByDebugId, artifactByUrl, artifactContent } from '../../../services/artifacts/lookup.ts'
import { loadKeys } from '../../../services/accounts/keys.ts'
import { createProject, ensureDefaults } from '../../../services/accounts/projects.ts'
import type { Sql } from '../../../services/database/sql.ts'
import { testDatabase } from '../../support/database.ts'

const debugId = '57ba65bb-f6ac-4dd6-9e47-d57ab91ea89c'

async function projects(t: Parameters<typeof testDatabase>[0]): Promise<{ sql: Sql; own: number; other: number }> {
  const { sql } = await testDatabase(t)
  const { id: own } = await ensureDefaults(sql)
  const { id: other } = await createProject(sql, { name: 'Other' })
  return { sql, own, other }
}

async function* pieces(...content: (string | Buffer)[]): AsyncGenerator<Uint8Array> {
  for (const piece of content) yield Buffer.from(piece)
}

type About = Partial<Entry> & { content: string; release?: string; dist?: string }

async function bundleOf(sql: Sql, projectId: number, ...files: About[]): Promise<string> {
  const entries: Entry[] = []
  for (const { content, url = '~/app.js', kind = 'script', debugId = '', mapUrl = '' } of files) {
    const { sha1 } = await storeFile(sql, projectId, pieces(content))
    entries.push({ url, kind, debugId, mapUrl, sha1 })
  }
  const { release = '', dist = '' } = files[0] ?? {}
  const bundle = { projectId, kind: 'scripts', name: '', checksum: randomBytes(20), release, dist } as const
  return await storeBundle(sql, bundle, entries)
}

t.test('a script and its map are found by debug id, in the newest bundle, and in no other project', async t => {
  const { sql, own, other } = await projects(t)
  await bundleOf(sql, own, { content: 'old', debugId })
  await bundleOf(
    sql,
    own,
    { content: 'new', debugId },
    { content: '{}', url: '~/x.map', kind: 'source_map', debugId },
    { content: 'no id', url: '~/y.js' }
  )
  const pair = await artifactByDebugId(sql, own, debugId.replaceAll('-', '').toUpperCase())
  t.match(pair, { script: { url: '~/app.js', bytes: 3 }, map: { url: '~/x.map' } })
  t.equal(String(await artifactContent(sql, own, pair?.script?.sha1 ?? Buffer.alloc(20), { bytesMax: 10 })), 'new')
  t.equal(await artifactContent(sql, own, pair?.script?.sha1 ?? Buffer.alloc(20), { bytesMax: 2 }), null, 'too large')
  t.equal(await artifactByDebugId(sql, other, debugId), null)
  t.equal(await artifactContent(sql, other, pair?.script?.sha1 ?? Buffer.alloc(20), { bytesMax: 10 }), null)
  t.equal(await artifactByDebugId(sql, own, ''), null, 'files without an id belong to no id')
})

t.test('without debug ids, release, distribution and address decide', async t => {
  const { sql, own, other } = await projects(t)
  const place = { release: 'web@1' }
  await bundleOf(
    sql,
    own,
    { content: 'any', ...place, mapUrl: '~/maps/app.js.map' },
    { content: 'map', url: '~/maps/app.js.map', kind: 'source_map' },
    { content: 'named beside', url: '~/lone.js' },
    { content: 'map beside', url: '~/lone.js.map', kind: 'source_map' }
  )
  await bundleOf(sql, own, { content: 'of 7', dist: '7', ...place })
  const at = (url: string, dist = '', release = 'web@1', project = own) =>
    artifactByUrl(sql, project, { release, dist, url })

  t.match(await at('https://cdn.example.com/app.js?v=1#x'), { script: { bytes: 3 }, map: { url: '~/maps/app.js.map' } })
  t.match(await at('app:///lone.js'), { script: { url: '~/lone.js' }, map: { url: '~/lone.js.map' } })
  t.match(await at('/app.js', '8'), { script: { bytes: 3 } }, 'one without a distribution serves all')
  t.match(await at('/app.js', '7'), { script: { bytes: 4 }, map: null })
  t.equal(await at('https://cdn.example.com/other.js'), null)
  t.equal(await at('/app.js', '', 'web@2'), null)
  t.equal(await at('/app.js', '', ''), null)
  t.equal(await at('/app.js', '', 'web@1', other), null)
})

t.test('a file of several parts comes back whole and is there once', async t => {
  const { sql, own } = await projects(t)
  const content = randomBytes(9 * 1024 * 1024)
  const stored = await storeFile(sql, own, pieces(content.subarray(0, 5_000_000), content.subarray(5_000_000)))
  t.ok(stored.sha1.equals(createHash('sha1').update(content).digest()))
  t.equal(stored.bytes, content.byteLength)
  t.ok((await artifactContent(sql, own, stored.sha1, { bytesMax: 1e8 }))?.equals(content))
  await storeFile(sql, own, pieces(content))
  await storeFile(sql, own, pieces(''))
  await storeFile(sql, own, pieces(''))
  t.equal((await artifactUsage(sql, own)).files, 2)
  let parts = 0
  for await (const piece of filePieces(sql, own, stored.sha1)) parts += piece.byteLength > 0 ? 1 : 0
  t.equal(parts, 3)
})

t.test('nodes learn with the keys that a project has artifacts, and that they have changed', async t => {
  const { sql, own, other } = await projects(t)
  const revisionOf = async (projectId: number) =>
    (await loadKeys(sql)).find(({ project }) => project.projectId === projectId)?.project.artifactRevision
  t.equal(await revisionOf(own), undefined)
  await bundleOf(sql, own, { content: 'a', debugId, release: 'web@1' })
  const first = (await revisionOf(own)) ?? 0
  await bundleOf(sql, own, { content: 'b', debugId, release: 'web@2' })
  t.ok(((await revisionOf(own)) ?? 0) > first)
  t.equal(await deleteBundles(sql, own, { release: 'web@2' }), 1)
  t.match(await artifactByDebugId(sql, own, debugId), { script: { bytes: 1 } })
  t.equal((await listBundles(sql, own, { release: null, after: null, limit: 9 })).length, 1)
  t.equal(await deleteBundles(sql, other, 'all'), 0)
  t.equal(await deleteBundles(sql, own, 'all'), 1)
  t.equal(await revisionOf(own), undefined)
  t.equal(await artifactByDebugId(sql, own, debugId), null)
})
