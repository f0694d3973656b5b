// Goal: chunks of uploads are taken as all build tools send them, and whatever is wrong with a request is said to its
// sender and harms nobody; what one node was sent, another one assembles and uses. Method: forms written byte by byte
// to two whole nodes on one database.
import { randomBytes } from 'node:crypto'
import { connect } from 'node:net'
import { gzipSync } from 'node:zlib'
import t from 'tap'
import { limits } from '../../schema/limits.ts'
import { apiUnderTest } from '../support/api.ts'
import { testDatabase } from '../support/database.ts'
import { postRaw, type RawAnswer } from '../support/raw-http.ts'
import { sha1Of, zipOf } from '../services/artifacts/bundle.ts'

const path = '/api/0/organizations/default/chunk-upload/'
const boundary = 'form-of-a-build-tool'
const debugId = '57ba65bb-f6ac-4dd6-9e47-d57ab91ea89c'

type Part = { field?: string; name?: string; content: Buffer }

function formOf(parts: readonly Part[], end = `--${boundary}--\r\n`): Buffer {
  const pieces = parts.flatMap(({ field = 'file_gzip', name = '', content }) => [
    `--${boundary}\r\nContent-Disposition: form-data; name="${field}"; filename="${name}"\r\n` +
      'Content-Type: application/octet-stream\r\n\r\n',
    content,
    '\r\n'
  ])
  return Buffer.concat([...pieces, end].map(piece => Buffer.from(piece)))
}

const packed = (content: Buffer): Part => ({ name: sha1Of(content), content: gzipSync(content) })

const database = await testDatabase(t)
const [one, other] = [await apiUnderTest(t, { database }), await apiUnderTest(t, { database })]
const owner = await one.user('owner')
const token = (await owner.withToken(['ci'])).credential.authorization ?? ''
const headers = { authorization: token, 'content-type': `multipart/form-data; boundary=${boundary}` }

async function post(body: Buffer, changed: Record<string, string> = {}, to = path): Promise<RawAnswer> {
  return await postRaw(one.port, to, { ...headers, ...changed }, body)
}

async function storedChunks(): Promise<string[]> {
  const rows = await one.sql<{ sha1: string }[]>`select encode(sha1, 'hex') as sha1 from artifact_chunks order by 1`
  return rows.map(({ sha1 }) => sha1)
}

t.test('chunks are taken packed and plain, in any order and again', async t => {
  const [first, second] = [randomBytes(limits.chunkBytesMax), Buffer.from('the last one is short')]
  const parts = [packed(second), { field: 'file', name: sha1Of(first).toUpperCase(), content: first }]
  for (const each of [parts, parts.toReversed()]) t.match(await post(formOf(each)), { status: 200, body: '{}' })
  t.same(await storedChunks(), [sha1Of(first), sha1Of(second)].sort())
})

t.test('what is wrong with a request is said', async t => {
  const before = await storedChunks()
  const good = packed(Buffer.from('good'))
  const large = Buffer.alloc(limits.chunkBytesMax + 1)
  const cases: [name: string, answer: Promise<RawAnswer>, status: number, detail: RegExp][] = [
    ['another checksum', post(formOf([{ ...good, name: sha1Of('other') }])), 400, /another checksum/],
    ['no checksum', post(formOf([{ ...good, name: '../../etc/passwd' }])), 400, /SHA-1 as the name/],
    ['another field', post(formOf([{ ...good, field: 'avatar' }])), 400, /SHA-1 as the name/],
    ['no gzip', post(formOf([{ ...good, content: Buffer.from('good') }])), 400, /no valid gzip/],
    ['a bomb', post(formOf([packed(large)])), 400, /larger than/],
    ['a large chunk', post(formOf([{ field: 'file', name: sha1Of(large), content: large }])), 400, /larger than/],
    ['a larger one', post(formOf([{ ...good, content: randomBytes(2 * 1024 * 1024) }])), 413, /larger than/],
    ['too many', post(formOf(Array.from({ length: 65 }, () => good))), 400, /more chunks/],
    ['cut off', post(formOf([good], '').subarray(0, -20)), 400, /broken or incomplete/],
    ['no form', post(Buffer.from('{}'), { 'content-type': 'application/json' }), 400, /multipart/],
    ['no boundary', post(formOf([good]), { 'content-type': 'multipart/form-data; x=y' }), 400, /multipart/],
    ['another boundary', post(formOf([good]), { 'content-type': 'multipart/form-data; boundary=x' }), 400, /broken/],
    ['nobody', post(formOf([good]), { authorization: '' }), 401, /./],
    ['an unknown token', post(formOf([good]), { authorization: 'Bearer mshr_no' }), 401, /./],
    ['another organization', post(formOf([good]), {}, path.replace('default', 'other')), 404, /./],
    ['an odd name', post(formOf([good]), {}, path.replace('default', '%00%ff')), 404, /./],
    ['too large', post(Buffer.alloc(10), { 'content-length': String(limits.chunkRequestBytesMax + 1) }), 413, /./]
  ]
  await one.organization('other')
  for (const [name, answer, status, detail] of cases) {
    const { status: answered, body } = await answer
    t.equal(answered, status, `${name}: ${body}`)
    t.match(body, detail, name)
    t.match(body, /"detail":/, 'as these tools read it')
  }
  t.same(
    (await storedChunks()).filter(sha1 => !before.includes(sha1)),
    [good.name],
    'of too many, the first were taken'
  )
})

t.test('an archive of mappings is one file, and what is wrong with it is said', async t => {
  const to = '/api/0/projects/default/default/files/dsyms/'
  const archive = (...files: Parameters<typeof zipOf>[0]): Buffer =>
    formOf([{ field: 'file', name: 'archive', content: zipOf(files, Buffer.alloc(0)) }])
  const mapping = { name: `proguard/${debugId}.txt`, content: 'com.shop.Cart -> a.a:\n' }
  const taken = await post(archive(mapping, { name: 'other', content: 'x' }), {}, to)
  t.equal(taken.status, 200, taken.body)
  t.match(JSON.parse(taken.body), [{ uuid: debugId, objectName: `/proguard/${debugId}.txt`, symbolType: 'proguard' }])
  const again = await post(archive(mapping, { name: 'other', content: 'x' }), {}, to)
  t.strictSame([again.status, again.body], [taken.status, taken.body], 'and again')
  const large = { name: 'assets', content: randomBytes(limits.chunkRequestBytesMax), method: 0 as const }
  const ofLarge = await post(archive(mapping, large), {}, to)
  t.equal(ofLarge.status, 200, `larger than requests of chunks may be: ${ofLarge.body}`)
  const cases: [name: string, answer: Promise<RawAnswer>, status: number, detail: RegExp][] = [
    ['another archive', post(archive({ name: 'a.dSYM', content: 'x' }), {}, to), 400, /no ProGuard mapping/],
    ['no zip', post(formOf([{ field: 'file', name: 'x', content: Buffer.from('x') }]), {}, to), 400, /no zip file/],
    ['no file', post(formOf([]), {}, to), 400, /no archive|broken/],
    ['another project', post(archive(mapping), {}, to.replace('default/files', 'none/files')), 404, /./],
    ['nobody', post(archive(mapping), { authorization: '' }, to), 401, /./],
    ['too large', post(Buffer.alloc(10), { 'content-length': String(limits.archiveRequestBytesMax + 1) }, to), 413, /./]
  ]
  for (const [name, answer, status, detail] of cases) {
    const { status: answered, body } = await answer
    t.equal(answered, status, `${name}: ${body}`)
    t.match(body, detail, name)
  }
})

t.test('a client that leaves in the middle harms no other', async t => {
  const form = formOf([packed(randomBytes(500_000))])
  await new Promise<void>(resolve => {
    const socket = connect({ host: '127.0.0.1', port: one.port }, () => {
      const lines = Object.entries({ host: 'x', 'content-length': String(form.byteLength), ...headers })
      socket.write(`POST ${path} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`)
      socket.write(form.subarray(0, 200_000), () => socket.destroy())
    })
    socket.on('close', () => resolve())
  })
  t.match(await post(formOf([packed(Buffer.from('after'))])), { status: 200 })
})

t.test('what one node was sent, another one assembles, and its events are mapped by it', async t => {
  const script = { name: 'a.js', content: 'throw 1\n' }
  const content = JSON.stringify({
    version: 3,
    sources: ['src/pay.js'],
    sourcesContent: ['throw 1'],
    names: [],
    mappings: 'AAAA'
  })
  const headers = { 'debug-id': debugId }
  const files = {
    'a.js': { type: 'minified_source', url: '~/a.js', headers },
    'a.js.map': { type: 'source_map', url: '~/a.js.map', headers }
  }
  const manifest = { name: 'manifest.json', content: JSON.stringify({ org: 'default', project: 'default', files }) }
  const bundle = zipOf([manifest, script, { name: 'a.js.map', content }])
  t.match(await post(formOf([packed(bundle)])), { status: 200 })
  const wanted = { checksum: sha1Of(bundle), chunks: [sha1Of(bundle)] }
  const assembled = async (projects: string[]): Promise<{ status: number; state?: string; detail?: string | null }> => {
    const response = await fetch(`${other.url}/api/0/organizations/default/artifactbundle/assemble/`, {
      method: 'POST',
      headers: { authorization: token, 'content-type': 'application/json' },
      // As a plugin writes it that has no release.
      body: JSON.stringify({ ...wanted, projects, version: 'undefined' })
    })
    return { status: response.status, ...JSON.parse(await response.text()) }
  }
  t.match(await assembled(['project-of-other']), { status: 400 }, 'a project of another organization is none')
  for (;;) {
    const { state, detail } = await assembled(['default'])
    if (state === 'ok') break
    t.match(state, /created|assembling/, detail ?? '')
  }
  t.same(await one.sql`select release from artifact_bundles where kind = 'scripts'`, [{ release: '' }])
  const file = 'https://shop.example/a.js'
  const event = {
    platform: 'javascript',
    exception: { values: [{ type: 'Error', stacktrace: { frames: [{ filename: file, lineno: 1, colno: 1 }] } }] },
    debug_meta: { images: [{ type: 'sourcemap', code_file: file, debug_id: debugId }] }
  }
  for (const node of [one, other]) {
    // A node learns of the upload within some seconds.
    for (let culprit = ''; culprit !== 'src/pay.js';) {
      await fetch(`${node.url}/api/${one.projectId}/store/?sentry_key=${one.key}`, {
        method: 'POST',
        body: JSON.stringify({ ...event, fingerprint: [node.url] })
      })
      const [row] = await one.sql<{ culprit: string }[]>`
        select culprit from events order by id desc limit 1`
      culprit = row?.culprit ?? ''
    }
  }
})
