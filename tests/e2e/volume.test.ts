// Goal: the chart tells the numbers of what is pointed at, leaves levels out, is read as a table, and dragging over it
// sets the range, which the cards go by too. Method: a browser before a whole server with made-up events of two weeks.
import t from 'tap'
import { gone, seen, until } from './support.ts'
import { webShop } from './web-shop.ts'

t.test('the chart of volume', async t => {
  const { visit, credential } = await webShop(t, { events: 500, issues: 20, users: 20 })
  const { page, complaints } = await visit('/default/web-shop/overview?range=14d', { credential })
  const chart = page.getByRole('img', { name: /^Event volume by level: 500 events/ })
  await seen(chart)
  const box = await chart.boundingBox()
  if (box === null) throw new Error('the chart has no size')
  const at = async (share: number) => await page.mouse.move(box.x + box.width * share, box.y + box.height / 2)

  await at(0.5)
  await seen(chart.getByText(/^error\s*\d+$/))
  const levels = page.getByRole('group', { name: 'Levels' })
  await levels.getByRole('button', { name: 'error' }).click()
  t.equal(await levels.getByRole('button', { name: 'error' }).getAttribute('aria-pressed'), 'false')
  await at(0.5)
  await gone(chart.getByText(/^error\s*\d+$/))
  await levels.getByRole('button', { name: 'error' }).click()

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
  const events = async () => Number(/: (?:about )?(\d+)/.exec((await card.getAttribute('title')) ?? '')?.[1] ?? 0)
  const card = page.getByRole('region', { name: 'Health' }).getByRole('link').nth(1)
  await until(async () => (await events()) > 0 && (await events()) < 500)
  const shown = await events()
  await seen(page.getByRole('img', { name: new RegExp(`^Event volume by level: ${shown} event`) }))
  await page.goBack()
  await page.waitForURL(/range=14d/)
  t.same(complaints, [])
})
