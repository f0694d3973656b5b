// Goal: the dashboard reaches browsers: its page at every path that no other route has, its assets cached for ever and
// compressed, under a policy that lets nothing else run. No path leads to another file, and unknown paths of the API
// stay problems. Method: the edge alone with a folder of the test; paths that a client library would normalise are sent
// raw.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import t from 'tap'
import { readDashboard } from '../../edge/dashboard-files.ts'
import { rawClient, send, startEdge } from './support.ts'

const page = '<!doctype html><title>Mesher</title>'
const script = 'console.log("the dashboard")'

const parent = mkdtempSync(path.join(tmpdir(), 'mesher-dashboard-'))
t.teardown(() => rmSync(parent, { recursive: true, force: true }))
const folder = path.join(parent, 'web')
mkdirSync(path.join(folder, 'assets'), { recursive: true })
writeFileSync(path.join(parent, 'secret.txt'), 'secret')
writeFileSync(path.join(folder, 'index.html'), page)
writeFileSync(path.join(folder, 'theme.js'), 'theme()')
writeFileSync(path.join(folder, '.inputs'), 'a stamp of the build')
writeFileSync(path.join(folder, 'assets', 'app-1a2b.js'), script)
writeFileSync(path.join(folder, 'assets', 'app-1a2b.js.br'), brotliCompressSync(script))
writeFileSync(path.join(folder, 'assets', 'app-1a2b.js.gz'), gzipSync(script))
const dashboard = readDashboard(folder, '')

t.test('the page is at every path that no other route has', async t => {
  const edge = await startEdge(t, { dashboard })
  for (const address of [
    '/',
    '/login',
    '/setup?token=x',
    '/default/web/issues/0190/events/0191',
    '/nobody-knows-this',
    '/apia'
  ]) {
    const { status, headers, text } = await send(edge.url + address)
    t.match(
      { status, text, type: headers.get('content-type'), cache: headers.get('cache-control') },
      { status: 200, text: page, type: 'text/html; charset=utf-8', cache: 'no-cache' },
      address
    )
  }
})

t.test('the page names what its address needs first', async t => {
  const hinted = path.join(parent, 'hinted')
  mkdirSync(hinted)
  writeFileSync(path.join(hinted, 'index.html'), '<head><base href="/" /><title>Mesher</title></head>')
  const issue = '^(?:/(?<org>[^/]+))(?:/(?<project>[^/]+))/issues(?:/(?<issue>[^/]+))/?$'
  const hints = [
    { path: '^/login/?$', scripts: ['assets/login.js'], asks: [] },
    { path: issue, scripts: ['assets/issue.js'], asks: ['api/who?org=:org', 'api/issues/:issue'] }
  ]
  writeFileSync(path.join(hinted, 'hints.json'), JSON.stringify(hints))
  const edge = await startEdge(t, { dashboard: readDashboard(hinted, '/errors') })
  const linksAt = async (address: string, cookie = 'mesher_session=abc'): Promise<string[]> => {
    const { text } = await send(edge.url + address, { headers: { cookie } })
    const [, links = ''] = /^<head><base href="\/errors\/" \/>(.*)<title>Mesher<\/title><\/head>$/.exec(text) ?? []
    return [...links.matchAll(/<link rel="(\w+)"[^>]* crossorigin href="([^"]*)">/g)].map(
      ([, rel, to]) => `${rel} ${to}`
    )
  }
  t.same(await linksAt('/acme/web/issues/WEB-12'), [
    'preload api/who?org=acme',
    'preload api/issues/WEB-12',
    'modulepreload ./assets/issue.js'
  ])
  t.same(await linksAt('/acme/web/issues/WEB-12', ''), ['modulepreload ./assets/issue.js'], 'nobody asks for nothing')
  t.same(
    await linksAt('/acme/web/issues/%22%3E%3Cscript%3E'),
    ['preload api/who?org=acme', 'modulepreload ./assets/issue.js'],
    'what is no plain name is not repeated'
  )
  t.same(await linksAt('/login'), ['modulepreload ./assets/login.js'])
  t.same(await linksAt('/nobody-knows-this'), [])
})

t.test('the policy lets only our own scripts and styles run', async t => {
  const edge = await startEdge(t, { dashboard })
  const { headers } = await send(edge.url)
  const policy = headers.get('content-security-policy') ?? ''
  t.match(
    policy,
    new RegExp(
      "default-src 'none'; script-src 'self'; style-src 'self';.* " +
        "connect-src 'self'; base-uri 'self'; frame-ancestors 'none'"
    )
  )
  t.notMatch(policy, /unsafe|\*/)
  t.equal(headers.get('x-content-type-options'), 'nosniff')
  t.equal(headers.get('x-frame-options'), 'DENY')
  t.equal(headers.get('referrer-policy'), 'no-referrer')
  t.match(
    (await send(`${edge.url}/healthz`)).headers.get('content-security-policy'),
    /^default-src 'none'; frame-ancestors 'none'/,
    'answers that are data have the stricter policy'
  )
})

t.test('assets are immutable, and compressed in a form that the client accepts', async t => {
  const edge = await startEdge(t, { dashboard })
  for (const [accepted, encoding] of [
    ['gzip, deflate, br', 'br'],
    ['gzip', 'gzip'],
    ['br;q=0, gzip;q=0.5', 'gzip'],
    ['gzip;q=1.0, BR;q=0.1', 'br'],
    ['*', 'br'],
    ['*;q=0', null],
    ['br;q=0, *', 'gzip'],
    ['identity', null],
    ['', null],
    ['br;q=0.000;x, gzip;q=', 'gzip'],
    [';;="', null]
  ]) {
    const { status, headers, text } = await send(`${edge.url}/assets/app-1a2b.js`, {
      headers: { 'accept-encoding': accepted ?? '' }
    })
    t.match(
      { status, text, encoding: headers.get('content-encoding'), vary: headers.get('vary') },
      { status: 200, text: script, encoding, vary: 'Accept-Encoding' },
      `Accept-Encoding: ${accepted}`
    )
    t.equal(headers.get('cache-control'), 'public, max-age=31536000, immutable')
    t.equal(headers.get('content-type'), 'text/javascript; charset=utf-8')
  }
  t.equal(
    (await send(`${edge.url}/theme.js`)).headers.get('cache-control'),
    'no-cache',
    'a file that is not named by its contents is revalidated'
  )
})

t.test('what is not there is a problem, not the page', async t => {
  const edge = await startEdge(t, { dashboard })
  for (const address of [
    '/assets/app-old.js',
    '/assets/',
    '/favicon.ico',
    '/.inputs',
    '/api/v1/nothing',
    '/api/9/nothing',
    '/assets/app-1a2b.js.br'
  ]) {
    t.match(await send(edge.url + address), { status: 404, body: { status: 404 } }, address)
  }
  t.equal((await send(`${edge.url}/login`, { method: 'POST', body: 'x' })).status, 404)
})

t.test('names of releases and of users may have dots: their pages are the page', async t => {
  const edge = await startEdge(t, { dashboard })
  const page = (await send(`${edge.url}/login`)).text
  for (const address of ['/acme/web/releases/web%401.2.0', '/acme/web/users/ada%40example.com']) {
    t.match(await send(edge.url + address), { status: 200, text: page }, address)
  }
})

t.test('no path leads out of the folder', async t => {
  const edge = await startEdge(t, { dashboard })
  for (const address of [
    '/../secret.txt',
    '/assets/../../secret.txt',
    '/%2e%2e/secret.txt',
    '/assets/..%2f..%2fsecret.txt',
    '/assets/..\\..\\secret.txt',
    '//secret.txt'
  ]) {
    const client = rawClient(t, edge.port)
    client.write(`GET ${address} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)
    const text = await client.until(/\r\n\r\n[^]+/)
    t.match(text, /^HTTP\/1\.1 404/, address)
    t.notMatch(text, /secret/)
  }
})

t.test('HEAD answers like GET, without the body', async t => {
  const edge = await startEdge(t, { dashboard })
  const client = rawClient(t, edge.port)
  client.write('HEAD /login HTTP/1.1\r\nHost: x\r\n\r\nGET /healthz HTTP/1.1\r\nHost: x\r\n\r\n')
  const text = await client.until(/alive/)
  t.match(text, new RegExp(`^HTTP/1\\.1 200 OK\\r\\n[^]*content-length: ${page.length}\\r\\n`, 'i'))
  t.notMatch(text, page)
})

t.test('a server without the build says what to do', async t => {
  t.equal(readDashboard(path.join(parent, 'nothing-here'), ''), null)
  const edge = await startEdge(t)
  t.match(await send(edge.url), { status: 404, text: /npm run build/ })
  t.match(await send(`${edge.url}/healthz`), { status: 200 })
})
