// Goal: uploads become bundles, however they are packed; what is wrong with one is said to its uploader and harms no
// other; nothing waits for ever. Method: bundles written byte by byte are uploaded in chunks and assembled.
import { randomBytes } from 'node:crypto'
import t from 'tap'
import { assembleNext } from '../../../services/artifacts/assemble.ts'
import { artifactUsage, deleteBundles, listBundles } from '../../../services/artifacts/bundles.ts'
import { ArtifactRefused, forgetChunks, storeChunk } from '../../../services/artifacts/chunks.ts'
import { artifactByDebugId, artifactByUrl, artifactContent } from '../../../services/artifacts/lookup.ts'
import { requestAssembly, type Assembly } from '../../../services/artifacts/requests.ts'
import { expireBundles, removeDeletedBundles, removeUnusedFiles } from '../../../services/artifacts/upkeep.ts'
import { createProject, ensureDefaults, type Project } from '../../../services/accounts/projects.ts'
import type { Sql } from '../../../services/database/sql.ts'
import { limits } from '../../../schema/limits.ts'
import { testDatabase } from '../../support/database.ts'
import { sha1Of, uploaded, zipOf, type Packed } from './bundle.ts'

const debugId = '57ba65bb-f6ac-4dd6-9e47-d57ab91ea89c'
const script: Packed = { name: 'files/_/_/a.js', content: 'throw 1\n//# sourceMappingURL=a.js.map\n' }
const map: Packed = { name: 'files/_/_/a.js.map', content: '{"version":3}', method: 0 }

function manifest(changes: object = {}): Packed {
  const files = {
    [script.name]: { type: 'minified_source', url: '~/a.js', headers: { 'Debug-Id': debugId, Sourcemap: 'a.js.map' } },
    [map.name]: { type: 'source_map', url: '~/a.js.map', headers: { 'debug-id': debugId.toUpperCase() } }
  }
  return { name: 'manifest.json', content: JSON.stringify({ org: 'acme', project: 'web', files, ...changes }) }
}

const many = (count: number, saysBytes = 0): Packed[] =>
  Array.from({ length: count }, (_, index) => ({ name: `${index}`, content: '', saysBytes, method: 8 }))

const listOf = (count: number): object =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`${index}`, { type: 'source' }]))

type World = { sql: Sql; project: Project; send: (content: Buffer, about?: object) => Promise<Assembly> }

async function world(t: Parameters<typeof testDatabase>[0]): Promise<World> {
  const { sql } = await testDatabase(t)
  const project = await ensureDefaults(sql)
  const { organizationId, id } = project
  const send = async (content: Buffer, about: object = {}): Promise<Assembly> => {
    const named = await uploaded(sql, organizationId, content, content.byteLength > 1e6 ? undefined : 1_000)
    const wanted = { kind: 'scripts', name: '', debugId: '', release: '', dist: '', ...named, ...about } as const
    const scope = { organizationId, projectIds: [id] }
    const first = await requestAssembly(sql, scope, wanted)
    if (first.state !== 'created') return first
    await assembleNext(sql)
    return await requestAssembly(sql, scope, wanted)
  }
  return { sql, project, send }
}

t.test('bundles of all tools are assembled, with and without a release', async t => {
  const { sql, project, send } = await world(t)
  t.same(await send(zipOf([script, map, manifest()])), { state: 'ok' })
  t.match(await artifactByDebugId(sql, project.id, debugId), { script: { mapUrl: '~/a.js.map' }, map: {} })
  const older = zipOf([{ ...manifest({ release: 'web@1', dist: '2' }), method: 0 }, script, map], Buffer.alloc(0))
  t.same(await send(older), { state: 'ok' })
  const place = { release: 'web@1', dist: '2', url: 'https://example.com/a.js' }
  const found = await artifactByUrl(sql, project.id, place)
  t.equal(
    String(await artifactContent(sql, project.id, found?.map?.sha1 ?? Buffer.alloc(20), { bytesMax: 99 })),
    map.content
  )
  t.same(await send(zipOf([script, map, manifest()]), { release: 'web@2' }), { state: 'ok' })
  t.match(await listBundles(sql, project.id, { release: null, after: null, limit: 9 }), [
    { release: 'web@2', file_count: 2 },
    { release: 'web@1', dist: '2' },
    { release: '' }
  ])
  t.equal((await artifactUsage(sql, project.id)).files, 2, 'the files are there once')
  t.same(await sql`select 1 from artifact_chunks`, [], 'chunks that were used are gone')
  t.same(await send(older), { state: 'ok' }, 'an upload that is there already is not made again')
})

t.test('what is wrong with a bundle is said once, and the next upload begins anew', async t => {
  const { sql, project, send } = await world(t)
  const zeros = Buffer.alloc(80 * 1024 * 1024)
  const cases: [name: string, content: Buffer, why: RegExp][] = [
    ['no zip', Buffer.from('SYSB nothing'), /no zip file/],
    ['cut off', zipOf([script, map, manifest()]).subarray(0, -60), /zip/],
    ['no manifest', zipOf([script, map]), /no manifest/],
    ['broken JSON', zipOf([{ name: 'manifest.json', content: '{' }]), /manifest\.json is not valid/],
    ['another form', zipOf([{ name: 'manifest.json', content: '{"files":[]}' }]), /manifest\.json is not valid/],
    ['a file that is missing', zipOf([script, manifest()]), /not in the bundle/],
    ['a name that leads out', zipOf([manifest(), { name: '../../etc/passwd', content: 'x' }]), /zip/],
    ['a bomb', zipOf([script, { ...map, content: zeros, method: 8 }, manifest()]), /bomb/],
    ['many files that are large together', zipOf([...many(80, 60 * 1024 * 1024), manifest()]), /more than 4 GB/],
    ['a name twice', zipOf([script, map, script, manifest()]), /twice/],
    ['two lists', zipOf([manifest({ files: {} }), script, map, manifest()]), /twice/],
    ['an encrypted file', zipOf([{ ...script, flags: 1 }, map, manifest()]), /packed in a way/],
    ['too many files', zipOf([...many(limits.bundleFilesMax + 1), manifest()]), /more than 50000 files/],
    ['a list of too many files', zipOf([script, map, manifest({ files: listOf(50_001) })]), /more than 50000 files/],
    ['a list too large', zipOf([{ ...manifest(), content: ' '.repeat(33 * 1024 * 1024) }]), /too large/],
    ['a name too long', zipOf([script, map, manifest({ files: { ['x'.repeat(5_000)]: {} } })]), /not valid/],
    ['a release too long', zipOf([script, map, manifest({ release: 'x'.repeat(251) })]), /not valid/],
    ['a list in lists', zipOf([{ name: 'manifest.json', content: '['.repeat(1e6) }]), /not valid/],
    ['a size that is a lie', zipOf([{ ...script, saysBytes: 9 }, map, manifest()]), /zip/]
  ]
  for (const [name, content, why] of cases) {
    const answer = await send(content)
    t.match(answer, { state: 'error', why }, name)
  }
  const odd = zipOf([{ name: 'manifest.json', content: '{"files":{"__proto__":{}}}' }])
  t.same(await send(odd), { state: 'ok' }, 'a file of no name that counts')
  t.same(await send(zipOf([script, map])), await send(zipOf([script, map])), 'asked again, it is tried again')
  const { checksum, chunks } = await uploaded(sql, project.organizationId, zipOf([script, map, manifest()]), 1_000)
  t.match(await send(Buffer.from('x'), { checksum: sha1Of('other'), chunks }), { state: 'error', why: /checksum/ })
  t.equal(await artifactByDebugId(sql, project.id, debugId), null)
  t.match(await send(Buffer.from('x'), { checksum, chunks }), { state: 'ok' }, 'and a good one still works')
})

t.test('missing chunks are named, and a chunk is what its name says', async t => {
  const { sql, project } = await world(t)
  const scope = { organizationId: project.organizationId, projectIds: [project.id] }
  const wanted = { kind: 'scripts', name: '', debugId: '', release: '', dist: '', checksum: 'a'.repeat(40) } as const
  const missing = ['b'.repeat(40), 'c'.repeat(40)]
  t.same(await requestAssembly(sql, scope, { ...wanted, chunks: missing }), { state: 'not_found', missing })
  const whole = randomBytes(1024 * 1024)
  await storeChunk(sql, project.organizationId, { sha1: sha1Of(whole), data: whole, isGzip: false })
  const repeated = Array.from({ length: 2_049 }, () => sha1Of(whole))
  t.match(await requestAssembly(sql, scope, { ...wanted, chunks: repeated }), { state: 'error', why: /2 GB/ })
  const chunk = { sha1: sha1Of('x'), data: Buffer.from('y'), isGzip: false }
  await t.rejects(storeChunk(sql, project.organizationId, chunk), ArtifactRefused)
  await t.rejects(storeChunk(sql, project.organizationId, { ...chunk, isGzip: true }), /no valid gzip/)
  const large = randomBytes(1024 * 1024 + 1)
  await t.rejects(
    storeChunk(sql, project.organizationId, { sha1: sha1Of(large), data: large, isGzip: false }),
    /larger/
  )
})

t.test('a bundle for two projects is in both, and a chunk of another organization does not count', async t => {
  const { sql, project } = await world(t)
  const second = await createProject(sql, { name: 'Second' })
  const [other] = await sql<{ id: string }[]>`
    insert into organizations (id, slug, name) values (gen_random_uuid(), 'other', 'Other') returning id`
  const bundle = zipOf([script, map, manifest()])
  const named = await uploaded(sql, other?.id ?? '', bundle, 1_000)
  const scope = { organizationId: project.organizationId, projectIds: [project.id, second.id] }
  const wanted = { kind: 'scripts', name: '', debugId: '', release: 'web@1', dist: '', ...named } as const
  t.match(await requestAssembly(sql, scope, wanted), { state: 'not_found' })
  await uploaded(sql, project.organizationId, bundle, 1_000)
  t.same(await requestAssembly(sql, scope, wanted), { state: 'created' })
  await assembleNext(sql)
  t.same(await requestAssembly(sql, scope, wanted), { state: 'created' }, 'one of both still waits')
  await assembleNext(sql)
  t.same(await requestAssembly(sql, scope, wanted), { state: 'ok' })
  for (const { id } of [project, second]) t.not(await artifactByDebugId(sql, id, debugId), null)
})

t.test('debug files are stored as they are', async t => {
  const { sql, project, send } = await world(t)
  const content = randomBytes(5_000)
  t.same(await send(content, { kind: 'debug_file', name: 'libapp.so', debugId: `${debugId}-0` }), { state: 'ok' })
  t.match(await listBundles(sql, project.id, { release: null, after: null, limit: 9 }), [
    { kind: 'debug_file', name: 'libapp.so', file_count: 1 }
  ])
})

t.test('a step whose process died is begun anew, and given up when it dies each time', async t => {
  const { sql, project } = await world(t)
  const named = await uploaded(sql, project.organizationId, zipOf([script, map, manifest()]))
  const scope = { organizationId: project.organizationId, projectIds: [project.id] }
  const wanted = { kind: 'scripts', name: '', debugId: '', release: '', dist: '', ...named } as const
  await requestAssembly(sql, scope, wanted)
  await sql`update artifact_bundles set state = 'assembling', attempts = 1`
  t.same(await assembleNext(sql), { state: 'none' }, 'its process may live')
  await sql`update artifact_bundles set worked_at = now() - interval '1 hour'`
  t.match(await assembleNext(sql), { state: 'ok' })
  await sql`update artifact_bundles set state = 'assembling', attempts = 3, worked_at = now() - interval '1 hour'`
  t.match(await assembleNext(sql), { state: 'error' })
})

t.test('a large file is known to be worked on for as long as it takes', async t => {
  const { sql, send } = await world(t)
  await sql`create table beats ()`
  await sql`
    create function noted() returns trigger language plpgsql as $$ begin
      if new.attempts > old.attempts then new.worked_at := now() - interval '1 hour';
      elsif new.state = 'assembling' and new.worked_at > old.worked_at then
        insert into beats default values;
        new.worked_at := old.worked_at;
      end if;
      return new;
    end $$`
  await sql`create trigger noted before update on artifact_bundles for each row execute function noted()`
  const large = { ...map, content: randomBytes(17 * 1024 * 1024) }
  // Once for the checksum, within the large file, and behind each file of a bundle.
  for (const [content, about, beats] of [
    [zipOf([script, large, manifest()]), {}, 4],
    [large.content, { kind: 'debug_file', name: 'libapp.so' }, 2]
  ] as const) {
    await sql`truncate beats`
    t.same(await send(content, about), { state: 'ok' })
    t.equal((await sql`select from beats`).count, beats)
  }
})

t.test('what nobody uses goes: chunks, bundles, entries and files', async t => {
  const { sql, project, send } = await world(t)
  const bounds = { rowsMax: 100 }
  await uploaded(sql, project.organizationId, Buffer.from('waits'))
  t.equal(await forgetChunks(sql, bounds), 0)
  await sql`update artifact_chunks set used_at = now() - interval '25 hours'`
  t.equal(await forgetChunks(sql, bounds), 1)

  await send(zipOf([script, map, manifest()]), { release: 'web@1' })
  await send(zipOf([script, map, manifest({ note: 1 })]), { release: 'web@2' })
  await sql`update artifact_bundles set last_used_at = now() - interval '91 days' where release = 'web@1'`
  t.equal(await expireBundles(sql, bounds), 1)
  t.not(await artifactByDebugId(sql, project.id, debugId), null)
  t.equal(await deleteBundles(sql, project.id, 'all'), 1)
  t.equal(await artifactByDebugId(sql, project.id, debugId), null)
  t.equal(await removeDeletedBundles(sql, { rowsMax: 3 }), 3, 'a step at a time')
  while ((await removeDeletedBundles(sql, bounds)) > 0);
  t.same(await sql`select 1 from artifact_bundles`, [])
  t.equal(await removeUnusedFiles(sql, bounds), 0, 'a bundle may be about to name them')
  await sql`update artifact_files set added_at = now() - interval '2 hours'`
  t.equal(await removeUnusedFiles(sql, bounds), 2)
  t.same(await sql`select 1 from artifact_parts`, [])
})
