// Goal: events appear on the live page as they are stored, filtered by the server, and wait while it is paused; what
// comes is counted once; when the way to the server is cut the page says so, and when it is mended shows what was
// missed. Method: a browser before
// a whole server, by a way that can be cut; events as an application sends them.
import type { Page } from 'playwright-core'
import t from 'tap'
import * as v from 'valibot'
import { cuttable, dashboard, gone, seen, until } from './support.ts'

/** From now on everything is kept that a part of the page says, each time that it changes. */
async function listenTo(page: Page, selector: string): Promise<void> {
  await page.evaluate(`(part => {
    globalThis.heard = []
    new MutationObserver(() => globalThis.heard.push(part.innerText))
      .observe(part, { subtree: true, childList: true, characterData: true })
  })(document.querySelector('${selector}'))`)
}

async function heard(page: Page): Promise<string[]> {
  return v.parse(v.array(v.string()), await page.evaluate('globalThis.heard'))
}

t.test('live', async t => {
  const { visit, send, user, port, sql } = await dashboard(t)
  const { credential } = await user('owner')

  t.test('events come as they are stored, wait while the page is paused, and are filtered by the server', async t => {
    const { page, complaints, followed } = await visit('/default/default/live', { credential })
    await seen(page.getByText('Waiting for events'))
    await followed()
    await send({ message: 'the first', level: 'error' })
    const table = page.getByRole('table', { name: 'Live events' })
    await seen(table.getByText('the first'))

    await page.keyboard.press('Space')
    await seen(page.getByRole('button', { name: 'Resume' }))
    const fingerprint = ['one issue']
    await send(
      { message: 'the second', level: 'info', fingerprint },
      { message: 'the third', level: 'error', fingerprint }
    )
    await seen(page.getByText('2 held'))
    t.equal(await table.getByText('the third').count(), 0)
    await page.keyboard.press('Space')
    await seen(table.getByText('the second'))
    await seen(table.getByText('the third'))

    await page.getByRole('button', { name: /^Level:/ }).click()
    await page.getByRole('option', { name: 'fatal' }).click()
    await page.keyboard.press('Escape')
    await seen(page.getByText('Filtered on the server'))
    await gone(table.getByText('the third'))
    t.equal(new URL(page.url()).searchParams.get('level'), 'fatal')
    await followed()
    await send({ message: 'the fourth', level: 'error' })
    await send({ message: 'the fifth', level: 'fatal', fingerprint })
    await seen(table.getByText('the fifth'))
    t.equal(await table.getByText('the fourth').count(), 0)

    await table.getByRole('button', { name: 'the fifth' }).click()
    await seen(page.getByRole('link', { name: 'Open in its issue' }))
    await seen(page.getByRole('heading', { name: 'the fifth' }))
    // A row that was clicked keeps no key from the page.
    await page.keyboard.press('Space')
    await seen(page.getByRole('button', { name: 'Resume' }))
    await page.keyboard.press('Escape')
    await gone(page.getByRole('link', { name: 'Open in its issue' }))
    t.same(complaints, [])
    await page.context().close()
  })

  t.test('what comes is counted once, and nothing looks lost meanwhile', async t => {
    const { page, complaints, followed } = await visit('/default/default/overview', { credential })
    const card = page.getByRole('region', { name: 'Health' }).getByRole('link').filter({ hasText: 'New issues' })
    const number = card.locator('span.tabular')
    await seen(number)
    await followed()
    const before = Number(await number.textContent())
    await listenTo(page, '[aria-label=Health]')
    await send({ message: 'brand new', level: 'error', fingerprint: ['brand new'] })
    await until(async () => Number(await number.textContent()) > before)
    await page.waitForLoadState('networkidle')
    const counts = (await heard(page)).map(text => Number(/New issues\s*(\d+)/.exec(text)?.[1]))
    t.same([...new Set(counts)].sort(), [before, before + 1], 'a new issue is counted once')

    const [issue] = await sql<{ id: string }[]>`select id from issues where title = 'brand new'`
    await page.goto(new URL(`/default/default/issues/${issue?.id}`, page.url()).href)
    await seen(page.getByText('· 1 event'))
    await followed()
    await listenTo(page, 'main')
    await send({ message: 'brand new', level: 'error', fingerprint: ['brand new'] })
    await seen(page.getByText('· 2 events'))
    t.same(
      (await heard(page)).filter(text => /kept of/.test(text)),
      [],
      'what has just come is not missing'
    )
    t.same(complaints, [])
    await page.context().close()
  })

  t.test('a cut is told, and what was missed is there once it is mended', async t => {
    const way = await cuttable(t, port)
    const { page, complaints } = await visit('/default/default/issues', { credential, at: way.url })
    await seen(page.getByRole('link', { name: 'the first' }))
    await seen(page.getByRole('status').filter({ hasText: 'Live' }))
    t.same(complaints, [])

    await way.cut()
    const banner = page.getByText('The live connection to Mesher is lost.')
    await seen(banner)
    await page.getByRole('link', { name: 'Overview' }).click()
    await seen(page.getByText('This page could not be loaded.'))
    await send({ message: 'while it was away', level: 'error' })
    await way.mend()
    // Unless it was quicker by itself.
    await page
      .getByRole('button', { name: 'Try now' })
      .click({ timeout: 2_000 })
      .catch(() => {})
    await gone(banner)
    await seen(page.getByRole('status').filter({ hasText: 'Live' }))
    // It is among the others when they were fetched again, and waits behind its number when the stream has told of it.
    const missed = page.getByRole('link', { name: 'while it was away' })
    const waiting = page.getByRole('button', { name: '1 new' })
    await seen(missed.or(waiting))
    if (await waiting.isVisible()) await waiting.click()
    await seen(missed)
    t.notOk(
      complaints.some(complaint => !/WebSocket|ERR_|Failed to load/.test(complaint)),
      'the browser complained of the cut alone'
    )
  })
})
