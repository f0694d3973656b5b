/**
 * What scrolls on a page, by wheel, keys and the way back. Method: more issues than fit a window, pages opened afresh,
 * keys pressed without a click before.
 */
import t from 'tap'
import type { Page } from 'playwright-core'
import * as v from 'valibot'
import { dashboard, until } from './support.ts'

const sizes = v.object({ top: v.number(), end: v.number() })

/** How far it is scrolled, and how far it can be. */
async function scrolled(page: Page, what: string): Promise<v.InferOutput<typeof sizes>> {
  const asked = `(e => ({ top: e?.scrollTop ?? -1, end: e === null ? -1 : e.scrollHeight - e.clientHeight }))`
  return v.parse(sizes, await page.evaluate(`${asked}(document.querySelector('${what}'))`))
}

/** By how much the document is taller and wider than the window. */
async function beyond(page: Page): Promise<unknown> {
  return await page.evaluate(
    '[document.documentElement.scrollHeight - innerHeight, document.documentElement.scrollWidth - innerWidth]'
  )
}

const table = 'main [role=table]'

t.test('scrolling', async t => {
  const { visit, send, user } = await dashboard(t)
  const { credential } = await user('owner')

  t.test('keys scroll what is shown, and the way back leads to where one was', async t => {
    await send(
      ...Array.from({ length: 40 }, (_, index) => ({
        exception: {
          values: [{ type: `Error${String.fromCharCode(65 + (index % 26))}${'x'.repeat(index)}`, value: 'no' }]
        },
        tags: { place: `place ${index}` },
        extra: Object.fromEntries(Array.from({ length: 60 }, (_, key) => [`key ${key}`, 'value '.repeat(key * 20)]))
      }))
    )
    const { page, complaints } = await visit('/default/default/issues', { credential })
    const list = page.getByRole('table', { name: 'Issues' })
    await list.getByRole('link').nth(5).waitFor()

    await page.keyboard.press('PageDown')
    await until(async () => (await scrolled(page, table)).top > 200)
    await page.keyboard.press('End')
    await until(async () => {
      const { top, end } = await scrolled(page, table)
      return top > 0 && top >= end
    })
    const before = await scrolled(page, table)

    await list.getByRole('link').last().click()
    await page
      .getByRole('heading', { name: 'Events over time' })
      .or(page.getByText('Events over time'))
      .first()
      .waitFor()
    await page.getByText('key 59').waitFor()
    await page
      .getByRole('button', { name: /^Show all [\d,]+ characters$/ })
      .first()
      .waitFor()
    const [markdown, remove] = await Promise.all(
      ['Copy as Markdown', 'Delete…'].map(name => page.getByRole('button', { name }).boundingBox())
    )
    t.equal(markdown?.y, remove?.y, 'the bar of the event is one line')
    t.equal(markdown?.height, remove?.height, 'and no button wraps')
    await page.keyboard.press('PageDown')
    await until(async () => (await scrolled(page, 'main')).top > 100)
    await page.keyboard.press('End')
    await until(async () => {
      const { top, end } = await scrolled(page, 'main')
      return top > 0 && top >= end
    })
    const issue = await scrolled(page, 'main')
    t.same(await beyond(page), [0, 0], 'the document is no taller and no wider than the window')

    await page.goBack()
    await until(async () => (await scrolled(page, table)).top === before.top)
    await page.goForward()
    await until(async () => (await scrolled(page, 'main')).top === issue.top)
    t.same(complaints, [])
  })

  t.test('no page is wider or taller than a phone', async t => {
    const { page } = await visit('/default/default/issues', {
      credential,
      options: { viewport: { width: 390, height: 844 } }
    })
    await page.getByRole('table', { name: 'Issues' }).getByRole('link').first().waitFor()
    const count = page
      .getByRole('row')
      .nth(1)
      .getByText(/^\s*\d+ events?\s*$/)
    const [shown, line] = [await count.boundingBox(), await count.locator('..').boundingBox()]
    t.ok(shown !== null && line !== null && shown.y < line.y + line.height / 2, 'a phone shows counts')
    for (const address of ['/default/team', '/default/default/overview', '/default/default/settings', '/account']) {
      await page.goto(new URL(address, page.url()).href)
      await page.getByRole('heading', { level: 1 }).waitFor()
      await page.waitForLoadState('networkidle')
      t.same(await beyond(page), [0, 0], address)
    }
  })

  t.test('ranges and environments are steps that Back returns from', async t => {
    const { page } = await visit('/default/default/overview', { credential })
    const range = page.getByRole('button', { name: /^Time range/ })
    await range.click()
    await page.getByRole('button', { name: 'Last 7 days' }).click()
    await page.waitForURL(/range=7d/)
    await page.goto(`${page.url().split('?')[0]}?from=2026-01-01T00:00:00.000Z&to=2026-01-01T02:00:00.000Z`)
    await page.getByRole('button', { name: 'Zoom out' }).click()
    await page.waitForURL(/from=2025-12-31T23:00:00.000Z&to=2026-01-01T03:00:00.000Z/)
    await page.goBack()
    await page.waitForURL(/from=2026-01-01T00:00:00.000Z/)
    await page.getByRole('button', { name: 'Back to the last 24 hours' }).click()
    await page.waitForURL(url => url.search === '')
    t.match(await range.getAttribute('aria-label'), 'Last 24 hours')
  })
})
