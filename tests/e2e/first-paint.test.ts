// Goal: a page comes at once and stays where it is: what it needs first is named in the page that the server sends,
// nothing is asked for twice, what depends on the address alone is not waited for, and nothing moves when answers come
// late.
// Method: a browser before a whole server whose answers are held back; layout shifts as Chromium counts them.
import t from 'tap'
import type { Page } from 'playwright-core'
import * as v from 'valibot'
import { seen } from './support.ts'
import { webShop } from './web-shop.ts'

const heldBackMs = 150
/** As in the budgets of `npm run bench -- web`. */
const shiftMax = 0.05

const watchShifts = `
  globalThis.shifted = 0
  new PerformanceObserver(list => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) globalThis.shifted += entry.value
  }).observe({ type: 'layout-shift', buffered: true })`

/** The paths of the API that the page asks for, in their order. */
function asksOf(page: Page): string[] {
  const asks: string[] = []
  page.on('request', request => {
    const { pathname, search } = new URL(request.url())
    if (pathname.startsWith('/api/')) asks.push(pathname + search)
  })
  return asks
}

t.test('pages come at once and stay where they are', async t => {
  const { visit, credential, issueId } = await webShop(t, { events: 300, issues: 20, users: 20 })

  await t.test('nothing is asked for twice, nor later than it could be', async t => {
    const { page, complaints } = await visit('/organizations', { credential })
    const { origin } = new URL(page.url())
    const asks = asksOf(page)
    const start = '/api/v1/auth/who?org=default'
    for (const [address, first] of [
      ['/default/web-shop/issues', [start]],
      ['/default/web-shop/overview', [start]],
      ['/default/team', [start]],
      [`/default/web-shop/issues/${issueId}`, [start, `/api/v1/issues/${issueId}`]]
    ] as const) {
      // The page before is left first: it may still ask for something until then.
      await page.goto('about:blank')
      asks.splice(0)
      await page.goto(new URL(address, origin).href)
      await seen(page.getByRole('heading', { level: 1 }))
      await page.waitForLoadState('networkidle')
      t.same(asks.slice(0, first.length), first, `${address}: what the address says is asked for first`)
      t.same([...asks].sort(), [...new Set(asks)].sort(), `${address}: everything is asked for once`)
      t.notOk(
        asks.some(ask => /^\/api\/v1\/orgs\/[^/]+\/projects/.test(ask)),
        `${address}: the projects came along`
      )
    }
    t.same(complaints, [])
    await page.context().close()
  })

  for (const [where, viewport] of [
    ['on a desk', { width: 1440, height: 900 }],
    ['on a phone', { width: 390, height: 844 }]
  ] as const) {
    await t.test(`nothing moves while answers come late, ${where}`, async t => {
      const { page } = await visit('/organizations', { credential, options: { viewport } })
      await page.addInitScript(watchShifts)
      await page.route('**/api/**', async route => {
        await new Promise(resolve => setTimeout(resolve, heldBackMs))
        await route.continue()
      })
      for (const address of [
        '/default/web-shop/overview',
        '/default/web-shop/issues',
        `/default/web-shop/issues/${issueId}`,
        '/default/web-shop/events',
        '/default/web-shop/releases',
        '/default/web-shop/live',
        '/default/web-shop/settings',
        '/default/team',
        '/default/overview',
        '/default/issues',
        '/system'
      ]) {
        await page.goto(new URL(address, page.url()).href)
        await seen(page.getByRole('heading', { level: 1 }))
        await page.waitForLoadState('networkidle')
        const shifted = v.parse(v.number(), await page.evaluate('globalThis.shifted'))
        t.ok(shifted <= shiftMax, `${address}: ${shifted.toFixed(4)}`)
      }
      await page.context().close()
    })
  }
})
