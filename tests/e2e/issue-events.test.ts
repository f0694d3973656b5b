// Goal: the events of an issue are searched on its page, and every fact of an event leads to those that share it, in
// the issue and in the project. Method: a browser before a whole server with two issues.
import t from 'tap'
import { dashboard, seen } from './support.ts'

t.test('events of an issue', async t => {
  const { visit, send, user } = await dashboard(t)
  const { credential } = await user('owner', { name: 'Ada Lovelace' })
  const event = (issue: string, browser: string, release: string) => ({
    message: `The ${issue} is lost`,
    fingerprint: [issue],
    release,
    environment: browser === 'Firefox' ? 'production' : 'staging',
    user: { id: '17', email: 'carol@example.com' },
    tags: { browser, region: 'eu' }
  })
  await send(event('cart', 'Chrome', '1.0'), event('order', 'Firefox', '1.1'))
  await send(event('cart', 'Chrome', '1.1'))
  const [id = ''] = await send(event('cart', 'Firefox', '1.2'))

  const { page, complaints } = await visit('/default/default/issues', { credential })
  await page.getByRole('link', { name: /The cart is lost/ }).click()
  await page.getByRole('tab', { name: 'All events' }).click()
  const rows = page.getByRole('region', { name: 'Events of this issue' }).locator('tbody tr')
  await seen(rows.nth(2))
  t.equal(await rows.count(), 3)

  const search = page.getByRole('combobox', { name: 'Search these events' })
  await search.fill('release:>1.0 (browser:Chrome OR nothing)')
  await search.press('Enter')
  await seen(page.getByText('1.1', { exact: true }))
  await rows.nth(1).waitFor({ state: 'detached' })
  await seen(rows.first())
  t.equal(await rows.count(), 1)
  await search.fill('level:loud')
  await search.press('Enter')
  await seen(page.getByRole('alert').filter({ hasText: 'Column 7' }))
  await search.fill('elephant')
  await search.press('Enter')
  await seen(page.getByText('No event of it matches'))
  await page.getByRole('button', { name: 'Show all of them' }).click()
  await seen(rows.nth(2))

  await rows.first().getByRole('link').first().click()
  await seen(page.getByRole('region', { name: 'Highlights' }))
  await page.getByRole('link', { name: 'Events of this issue with this browser' }).click()
  await rows.nth(1).waitFor({ state: 'detached' })
  await seen(rows.first())
  t.equal(await search.inputValue(), 'browser:Firefox')
  await rows.first().getByRole('link').first().click()
  t.match(page.url(), id)
  await page.getByRole('link', { name: 'All events with this user' }).click()
  await seen(page.getByText('4 events'))
  t.equal(await page.getByRole('combobox', { name: 'Search events' }).inputValue(), 'user.email:carol@example.com')
  // The browser reports the search that was refused.
  t.same(
    complaints.filter(complaint => !complaint.includes('level:loud')),
    []
  )
})
