// Goal: @sentry/browser works in a real browser on a page of another origin: it logs no complaint, and everything that
// it sends arrives. Method: the SDK is bundled, a page loads it with `debug: true` in Chromium and does what pages do;
// the test checks the console and what is stored.
import { once } from 'node:events'
import fs from 'node:fs'
import { createServer } from 'node:http'
import path from 'node:path'
import { build } from 'esbuild'
import { chromium, type Browser, type Page } from 'playwright-core'
import t from 'tap'
import { testPackages } from '../support/packages.ts'
import { limitedProject, publicKey, sentryNode, type StoredEvent } from './support.ts'

const browserPath = process.env.MESHER_TEST_CHROMIUM ?? '/usr/bin/chromium'
const skip = fs.existsSync(browserPath)
  ? false
  : `there is no browser at ${browserPath}: MESHER_TEST_CHROMIUM names one`

t.test('@sentry/browser', { skip }, async t => {
  const node = await sentryNode(t)
  const pageUrl = await servePage()
  const browser: Browser = await chromium.launch({ executablePath: browserPath, args: ['--no-sandbox'] })
  t.teardown(() => browser.close())

  async function servePage(): Promise<string> {
    const client = path.resolve('tests/sentry/clients/browser-client.ts')
    const bundle = await build({
      entryPoints: [client],
      bundle: true,
      write: false,
      format: 'iife',
      logLevel: 'silent',
      nodePaths: [testPackages('sentry')]
    })
    const script = bundle.outputFiles[0]?.text ?? ''
    const server = createServer((request, response) => {
      const isScript = request.url === '/client.js'
      response.setHeader('Content-Type', isScript ? 'text/javascript' : 'text/html')
      response.end(
        isScript
          ? script
          : '<!doctype html><link rel="icon" href="data:,"><title>Shop</title><script src="/client.js"></script>'
      )
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    t.teardown(() => {
      server.close()
    })
    const address = server.address()
    return `http://localhost:${typeof address === 'object' ? address?.port : ''}/cart`
  }

  /** A page that has loaded the SDK, and the lines of its console. */
  async function openPage(
    t: { teardown: (work: () => Promise<void>) => void },
    { dsn = node.dsn, headers = {} }: { dsn?: string; headers?: Record<string, string> } = {}
  ): Promise<{ page: Page; logged: string[]; complaints: () => string[] }> {
    const page = await browser.newPage()
    t.teardown(() => page.close())
    const logged: string[] = []
    page.on('console', message => {
      logged.push(`${message.type()} ${message.text()}`)
    })
    await page.goto(pageUrl)
    await page.evaluate(({ dsn, headers }) => globalThis.mesherPage.start(dsn, headers), { dsn, headers })
    return {
      page,
      logged,
      complaints: () => logged.filter(line => /^(?:warning|error) |Sentry Logger \[(?:warn|error)\]/i.test(line))
    }
  }

  t.test('a page sends exceptions, messages, attachments and feedback, and closes', async t => {
    const { page, logged, complaints } = await openPage(t)
    const { ids, statuses, closed } = await page.evaluate(() => globalThis.mesherPage.sendEverything())
    t.same(complaints(), [], 'neither the SDK nor the browser has anything to complain about')
    t.match(logged.join('\n'), /Sentry Logger \[log\]/, 'and the SDK was asked')
    t.equal(closed, true)
    t.same([...new Set(statuses)], [200])
    t.match(await node.stored(ids.exception ?? ''), {
      release: 'shop@1.2.3',
      environment: 'staging',
      payload: {
        platform: 'javascript',
        user: { id: '17', email: 'ann@example.com' },
        tags: { plan: 'team', retries: '3', beta: 'true' },
        breadcrumbs: Array,
        request: { url: pageUrl, headers: { 'User-Agent': /Chrom/ } },
        exception: { values: [{ value: 'the cause' }, { type: 'TypeError', stacktrace: { frames: Array } }] },
        sdk: { name: 'sentry.javascript.browser' }
      }
    })
    t.match(JSON.stringify((await node.stored(ids.exception ?? ''))?.payload.breadcrumbs), /added an item/)
    t.match(await node.stored(ids.message ?? ''), { level: 'warning', title: 'a message of the page' })
    t.match(await node.stored(ids.attachment ?? ''), {
      payload: { exception: { values: [{ value: 'with attachments' }] } }
    })
    const said = await node.sql`
        select message, url from user_feedback where replace(event_id::text, '-', '') = ${ids.exception ?? ''}`
    t.same(
      said.map(row => ({ ...row })),
      [{ message: 'It broke', url: pageUrl }]
    )
  })

  for (const [name, title] of [
    ['throwUnhandled', 'RangeError: nobody caught this'],
    ['rejectUnhandled', 'RangeError: nobody took this']
  ] as const) {
    t.test(`${name}: an unhandled error arrives as unhandled`, async t => {
      const { page, complaints } = await openPage(t)
      const arrived = page.waitForResponse(
        response =>
          response.url().includes('/envelope/') && (response.request().postData() ?? '').includes('"type":"event"')
      )
      await page.evaluate(name => globalThis.mesherPage[name](), name)
      const response = await arrived
      t.equal(response.status(), 200)
      const { id }: { id: string } = await response.json()
      const stored: StoredEvent | undefined = await node.stored(id)
      t.match(stored, { payload: { exception: { values: [{ mechanism: { handled: false } }] } } })
      t.match(await node.sql`select title from issues where title = ${title}`, [{ title }])
      t.same(complaints(), [])
    })
  }

  t.test('a page that adds headers of its own gets them allowed by the preflight', async t => {
    const { page, complaints } = await openPage(t, { headers: { 'X-Custom': 'of the page' } })
    const { ids, statuses, closed } = await page.evaluate(() => globalThis.mesherPage.sendMessage())
    t.same([statuses, closed], [[200], true])
    t.same(complaints(), [])
    t.match(await node.stored(ids.message ?? ''), { title: 'a message with headers' })
  })

  t.test(
    'a page keeps its events back while the limit of the project is used up, and sends again after that',
    async t => {
      const key = publicKey.replace(/^../, 'ff')
      const id = await limitedProject(node, { name: 'Limited', key, ratePerMinute: 30 })
      const bulk = await node.post(
        `/api/v1/events/bulk?key=${key}`,
        JSON.stringify(Array.from({ length: 31 }, () => ({ message: 'uses the limit up' })))
      )
      t.equal(bulk.status, 202)

      const { page } = await openPage(t, { dsn: node.dsn.replace(publicKey, key).replace(/\d+$/, String(id)) })
      const { ids, statuses } = await page.evaluate(() => globalThis.mesherPage.sendUntilTaken())
      t.ok(statuses.includes(429), `it was told to wait: ${statuses.join(', ')}`)
      t.equal(statuses.at(-1), 200, 'it sends again')
      const refused = statuses.filter(status => status === 429).length
      const keptBack = Object.keys(ids).length - statuses.length
      t.ok(keptBack > refused, `${keptBack} events were kept back, ${refused} refused`)
    }
  )
})
