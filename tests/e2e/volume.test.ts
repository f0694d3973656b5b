// Goal: the chart tells the numbers of what is pointed at, leaves levels out, is read as a table, and dragging over it
// sets the range, which the cards go by too; neighbouring levels are told apart whatever one sees; cards, counts, order
// and trends go by the range and the environment; what waits for its numbers shows none; tips stay in the window.
// Method: a browser before a whole server with made-up events of two weeks, and some whose numbers are known.
import assert from 'node:assert'
import t from 'tap'
import { colourAt, contrast } from './colours.ts'
import { gone, inTheme, seen, until } from './support.ts'
import { commitEvents } from '../support/issues.ts'
import { webShop } from './web-shop.ts'

const levels = ['fatal', 'error', 'warning', 'info', 'debug'] as const
const visions = ['none', 'protanopia', 'deuteranopia', 'tritanopia', 'achromatopsia'] as const
/** Of areas that touch: what lies beside each other in a bar. */
const contrastMin = 1.4

const hourMs = 3_600_000

/** Of the default project: what was often five days ago is seldom now. */
const given = [
  { issue: 'coupon', environment: 'production', hoursAgo: 120, users: ['a1', 'a2', 'a3', 'a1', 'a2', 'a3'] },
  { issue: 'order', environment: 'staging', hoursAgo: 2, users: ['a4', 'a4', 'a4', 'a4'] },
  { issue: 'cart', environment: 'production', hoursAgo: 2, users: ['a1', 'a2'] },
  { issue: 'cart', environment: 'staging', hoursAgo: 2, users: ['a5'] }
] as const

/** Card by card, and row by row with what its trend adds up to, by most events. */
const expected = [
  { asked: 'range=24h', cards: { Events: 7, 'New issues': 2, Users: 4 }, rows: ['order 4 4', 'cart 3 3'] },
  { asked: 'range=24h&env=production', cards: { Events: 2, 'New issues': 1, Users: 2 }, rows: ['cart 2 2'] },
  {
    asked: 'range=7d',
    cards: { Events: 13, 'New issues': 3, Users: 5 },
    rows: ['coupon 6 6', 'order 4 4', 'cart 3 3']
  },
  {
    asked: 'range=7d&env=production',
    cards: { Events: 8, 'New issues': 2, Users: 3 },
    rows: ['coupon 6 6', 'cart 2 2']
  }
] as const

const numberIn = (text: string | null): number => Number(/[\d,]+/.exec(text ?? '')?.[0].replaceAll(',', ''))

/** The names of what shows its tip cut off by the window or covered by something else. */
const tipsCutOff = `(async () => {
  const drawn = () => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))
  const wrong = []
  for (const one of document.querySelectorAll('[data-tip]')) {
    const box = one.getBoundingClientRect()
    if (box.width === 0 || box.top < 0 || box.bottom > innerHeight || one.disabled) continue
    one.focus({ preventScroll: true })
    if (document.activeElement !== one) continue
    await drawn()
    const tip = document.querySelector('[role=tooltip]')
    const { left, right, top, bottom } = tip?.getBoundingClientRect() ?? {}
    const isWithin = left >= 0 && right <= innerWidth && top >= 0 && bottom <= innerHeight
    const atMiddle = document.elementFromPoint((left + right) / 2, (top + bottom) / 2)
    if (!isWithin || !tip.contains(atMiddle)) wrong.push(one.dataset.tip)
    globalThis.tips = (globalThis.tips ?? 0) + 1
  }
  return wrong
})()`

t.test('numbers and charts', async t => {
  const { visit, credential, sql, issueId } = await webShop(t, { events: 6_000, issues: 60, users: 200 })

  await t.test('the chart of volume', async t => {
    const { page, complaints } = await visit('/default/web-shop/overview?range=14d', { credential })
    const chart = page.getByRole('img', { name: /^Event volume by level: 6,000 events/ })
    await seen(chart)
    const box = await chart.boundingBox()
    if (box === null) throw new Error('the chart has no size')
    const at = async (share: number) => await page.mouse.move(box.x + box.width * share, box.y + box.height / 2)

    await at(0.5)
    await seen(chart.getByText(/^error\s*\d+$/))
    const legend = page.getByRole('group', { name: 'Levels' })
    await legend.getByRole('button', { name: 'error' }).click()
    t.equal(await legend.getByRole('button', { name: 'error' }).getAttribute('aria-pressed'), 'false')
    await at(0.5)
    await gone(chart.getByText(/^error\s*\d+$/))
    await legend.getByRole('button', { name: 'error' }).click()

    await page.getByRole('button', { name: 'Show as table' }).click()
    t.ok((await page.getByRole('region', { name: 'Event volume by level' }).getByRole('row').count()) > 13)
    await page.getByRole('button', { name: 'Show as chart' }).click()

    await seen(chart)
    await at(0.3)
    await page.mouse.down()
    await at(0.6)
    await page.mouse.up()
    await page.waitForURL(/from=.*&to=/)
    const { searchParams } = new URL(page.url())
    const [from, to] = ['from', 'to'].map(name => Date.parse(searchParams.get(name) ?? ''))
    t.ok((to ?? 0) - (from ?? 0) >= 4 * 86_400_000, 'whole days')
    const events = async () => numberIn((await card.getAttribute('title'))?.split(': ').at(-1) ?? null)
    const card = page.getByRole('region', { name: 'Health' }).getByRole('link').nth(1)
    await until(async () => (await events()) > 0 && (await events()) < 6_000)
    const shown = await events()
    await seen(
      page.getByRole('img', { name: new RegExp(`^Event volume by level: ${shown.toLocaleString('en')} event`) })
    )
    await page.goBack()
    await page.waitForURL(/range=14d/)
    t.same(complaints, [])
    await page.context().close()
  })

  await t.test('neighbouring levels are told apart in both themes, also by who sees no colours', async t => {
    const { page } = await visit('/default/web-shop/overview?range=14d', { credential })
    const legend = page.getByRole('group', { name: 'Levels' })
    await seen(legend)
    const chrome = await page.context().newCDPSession(page)
    for (const theme of ['light', 'dark'] as const) {
      await inTheme(page, theme)
      for (const type of visions) {
        await chrome.send('Emulation.setEmulatedVisionDeficiency', { type })
        const colours: number[][] = []
        for (const level of levels) {
          const box = await legend.getByRole('button', { name: level }).locator('span').boundingBox()
          assert(box)
          colours.push(await colourAt(page, box.x + box.width / 2, box.y + box.height / 2))
        }
        for (const [index, colour] of colours.slice(1).entries()) {
          const found = contrast(colours[index] ?? [], colour)
          const names = `${levels[index]} and ${levels[index + 1]}`
          t.ok(found >= contrastMin, `${names} have ${found.toFixed(2)}: ${theme}, ${type}`)
        }
      }
    }
    await page.context().close()
  })

  await t.test('cards, counts, order and trends go by the range and the environment', async t => {
    await commitEvents(
      sql,
      ...given.flatMap(({ issue, environment, hoursAgo, users }) =>
        users.map((user, index) => ({
          issue,
          title: issue,
          environment,
          userHash: user.padEnd(16, '0'),
          receivedAt: Date.now() - hoursAgo * hourMs - index
        }))
      )
    )
    const { page, complaints } = await visit('/organizations', { credential })
    const open = async (address: string) => await page.goto(new URL(`/default/default/${address}`, page.url()).href)
    for (const { asked, cards, rows } of expected) {
      await open(`overview?${asked}`)
      const health = page.getByRole('region', { name: 'Health' })
      for (const [label, count] of Object.entries(cards)) {
        const card = health.getByRole('link').filter({ hasText: label })
        await until(async () => numberIn(await card.locator('span.tabular').textContent()) === count)
      }
      await seen(page.getByRole('img', { name: `Event volume by level: ${cards.Events} events` }))
      const top = page.locator('section').filter({ has: page.getByRole('heading', { name: 'Top issues' }) })
      await seen(top.getByRole('listitem'))
      t.equal(await top.getByRole('listitem').count(), rows.length, `${asked}: the top issues are those of the range`)
      await top.getByRole('link', { name: 'All issues' }).click()
      await page.waitForURL(`**/issues?**`)

      const list = page.getByRole('table', { name: 'Issues' })
      await seen(list.getByRole('link'))
      const shown = await Promise.all(
        (
          await list
            .getByRole('row')
            .filter({ has: page.getByRole('link') })
            .all()
        ).map(async row =>
          [
            await row.getByRole('link').first().textContent(),
            numberIn(await row.locator('[title*="here,"]').first().textContent()),
            numberIn(await row.getByRole('img').first().getAttribute('aria-label'))
          ].join(' ')
        )
      )
      t.same(shown, rows, `${asked}: the list has numbers, order and trends of the range`)
    }
    t.same(complaints, [])
    await page.context().close()
  })

  await t.test('what waits for its numbers shows no zeros', async t => {
    const { page } = await visit('/organizations', { credential })
    await page.route('**/api/**', async route => {
      if (route.request().url().includes('/api/v1/auth/')) await route.continue()
    })
    for (const address of ['overview', 'issues', `issues/${issueId}`, 'events', 'releases', 'feedback', 'alerts']) {
      await page.goto(new URL(`/default/web-shop/${address}`, page.url()).href)
      await seen(page.getByRole('main').locator('.animate-pulse'))
      const said = await page.getByRole('main').ariaSnapshot()
      t.notMatch(said, /\b(0|no) (events?|issues?|users?|alerts?|releases?)\b/i, `${address}: nothing is said yet`)
    }
    await page.context().close()
  })

  await t.test('tags of an issue say of how many events they are', async t => {
    const { page } = await visit(`/default/web-shop/issues/${issueId}`, { credential })
    const tags = page.getByRole('region', { name: 'Tags of its events' })
    await seen(tags.getByText('Of its newest 1,000 events; “more” counts all.'))
    t.ok((await tags.getByRole('link').count()) > 0)
    await page.context().close()
  })

  for (const width of [1440, 390]) {
    await t.test(`tips are whole in a window of ${width} px`, async t => {
      const options = { viewport: { width, height: 844 } }
      const { page } = await visit('/default/web-shop/overview?range=14d', { credential, options })
      const chart = page.getByRole('img', { name: /^Event volume by level/ })
      await seen(chart)
      const box = await chart.boundingBox()
      assert(box)
      for (const share of [0.01, 0.4, 0.6, 0.99]) {
        await page.mouse.move(box.x + box.width * share, box.y + box.height / 2)
        const tip = await chart.locator('.layer').boundingBox()
        assert(tip)
        t.ok(tip.x >= 0 && tip.x + tip.width <= width, `of the chart at ${share}`)
      }
      for (const address of ['overview', 'issues', `issues/${issueId}`, 'events']) {
        await page.goto(new URL(`/default/web-shop/${address}`, page.url()).href)
        await seen(page.getByRole('heading', { level: 1 }))
        await page.waitForLoadState('networkidle')
        await page.keyboard.press('Tab')
        t.same(await page.evaluate(tipsCutOff), [], address)
      }
      t.ok(await page.evaluate<boolean>('globalThis.tips > 3'), 'there are tips')
      await page.context().close()
    })
  }
})
