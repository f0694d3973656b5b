// Goal: issues are found, gone through and put away: a search lives in the address, several change at once and come
// back by an undo, and the keyboard alone is enough. Method: a browser before a whole server with eight issues of the
// test's making.
import t from 'tap'
import { dashboard, gone, seen, until } from './support.ts'

const browsers = ['Firefox', 'Chrome']
const things = ['cart', 'coupon', 'order', 'payment', 'refund', 'shipment', 'stock', 'voucher']
const events = things.map((thing, index) => ({
  level: index % 2 === 0 ? 'error' : 'warning',
  message: `The ${thing} is lost`,
  fingerprint: [thing],
  environment: 'production',
  tags: { browser: browsers[index % 2] ?? '' }
}))

t.test('triage', async t => {
  const { visit, send, user, sql } = await dashboard(t)
  const { credential, id } = await user('owner', { name: 'Ada Lovelace' })
  await send(...events)
  const address = '/default/default/issues'
  const statuses = async (): Promise<Record<string, string>> =>
    Object.fromEntries((await sql`select title, status from issues`).map(({ title, status }) => [title, status]))

  t.test('a search lives in the address: it survives a reload, and Back undoes it', async t => {
    const { page, complaints } = await visit(address, { credential })
    const rows = page
      .getByRole('table', { name: 'Issues' })
      .getByRole('row')
      .filter({ has: page.getByRole('link') })
    await seen(rows)
    t.equal(await rows.count(), things.length)

    const search = page.getByRole('combobox', { name: 'Search issues' })
    await search.fill('level:error cart')
    await search.press('Enter')
    await seen(page.getByText('1 issue in all'))
    t.match(new URL(page.url()).searchParams.get('query'), 'level:error cart')

    await page.reload()
    await seen(page.getByText('1 issue in all'))
    t.equal(await search.inputValue(), 'level:error cart')
    await page.goBack()
    await seen(page.getByText(`${things.length} issues in all`))
    t.equal(await search.inputValue(), '')

    await search.fill('lev')
    await seen(page.getByRole('option', { name: /^level:/ }))
    await search.press('ArrowDown')
    await search.press('Tab')
    t.equal(await search.inputValue(), 'level:')
    await page.getByRole('option', { name: /warning/ }).click()
    await seen(page.getByText('4 issues in all'))
    t.same(complaints, [])

    await search.fill('level:loud')
    await search.press('Enter')
    await seen(page.getByRole('alert').filter({ hasText: 'Column 7' }))
    await page.context().close()
  })

  t.test('events are searched by filters, and by terms that no filter can say', async t => {
    const { page, complaints } = await visit('/default/default/events', { credential })
    await seen(page.getByText(`${things.length} events`))
    const search = page.getByRole('combobox', { name: 'Search events' })
    await search.fill('!browser:Chrome level:error lost')
    await search.press('Enter')
    await seen(page.getByText('4 events'))
    t.equal(await search.inputValue(), '!browser:Chrome lost', 'a level is a filter of its own')
    t.equal(new URL(page.url()).searchParams.get('level'), 'error')

    await search.fill('has:browser browser:Chr*')
    await search.press('Enter')
    await seen(page.getByText('No event matches'))
    await page.getByRole('button', { name: 'Remove the filter level:error' }).click()
    await seen(page.getByText('4 events'))

    t.same(complaints, [])

    await search.fill('is:unresolved')
    await search.press('Enter')
    await seen(
      page
        .getByRole('alert')
        .filter({ hasText: 'Column 1: expected what events are searched by: this is asked of issues' })
    )
    await search.fill('!level:loud')
    await search.press('Enter')
    await seen(page.getByRole('alert').filter({ hasText: 'Column 8' }))
    await seen(page.getByText('This search cannot be understood'))
    await page.context().close()
  })

  t.test('several are resolved at once, and come back by an undo', async t => {
    const { page, complaints } = await visit(address, { credential })
    for (const thing of ['cart', 'order', 'stock']) {
      const row = page.getByRole('row').filter({ hasText: `The ${thing} is lost` })
      await row.getByRole('checkbox').check()
    }
    const bar = page.getByRole('toolbar', { name: 'Actions for the selected issues' })
    await seen(bar.getByText('3 selected'))
    await bar.getByRole('button', { name: 'Resolve', exact: true }).click()
    const toast = page.getByRole('region', { name: 'Notifications' })
    await seen(toast.getByText('Resolved 3 issues'))
    // It stays as long as one points at it.
    await toast.getByText('Resolved 3 issues', { exact: true }).hover()
    await gone(page.getByRole('link', { name: 'The cart is lost' }))
    t.match(await statuses(), {
      'The cart is lost': 'resolved',
      'The order is lost': 'resolved',
      'The stock is lost': 'resolved',
      'The refund is lost': 'unresolved'
    })

    await toast.getByRole('button', { name: 'Undo' }).click()
    await seen(page.getByRole('link', { name: 'The cart is lost' }))
    await until(async () => Object.values(await statuses()).every(status => status === 'unresolved'))

    await page.getByRole('tab', { name: 'Resolved', exact: true }).click()
    await gone(page.getByRole('link', { name: 'The cart is lost' }))
    t.same(complaints, [])
    await page.context().close()
  })

  t.test('the keyboard alone is enough', async t => {
    const { page, complaints } = await visit(address, { credential })
    await seen(page.getByRole('link', { name: 'The cart is lost' }))
    const { keyboard } = page
    const current = async (): Promise<string> =>
      await page.evaluate<string>("document.activeElement?.querySelector('a')?.textContent ?? ''")

    await keyboard.press('/')
    await keyboard.type('level:warning')
    await keyboard.press('Enter')
    await seen(page.getByText('4 issues in all'))
    await keyboard.press('Escape')
    await keyboard.press('j')
    await keyboard.press('j')
    const second = await current()
    await keyboard.press('k')
    const first = await current()
    t.not(first, second)
    await keyboard.press('x')
    await keyboard.press('j')
    await keyboard.press('Shift+X')
    await seen(page.getByText('2 selected'))
    await keyboard.press('e')
    await seen(page.getByText('Archived 2 issues'))
    await keyboard.press('u')
    await seen(page.getByRole('link', { name: first }))
    await until(async () => (await statuses())[first] === 'unresolved')

    await keyboard.press('j')
    await keyboard.press('a')
    await seen(page.getByRole('dialog').filter({ hasText: 'Ada Lovelace' }))
    await keyboard.press('Enter')
    await gone(page.getByRole('dialog'))
    await until(async () => (await sql`select from issues where assignee_id = ${id}`).length === 1)

    await keyboard.press('Enter')
    await seen(page.getByRole('heading', { level: 1, name: /is lost$/ }))
    await page.goBack()
    await seen(page.getByText('4 issues in all'))
    await keyboard.press('?')
    await seen(page.getByRole('dialog', { name: /shortcuts/i }))
    await keyboard.press('Escape')
    await gone(page.getByRole('dialog'))
    await keyboard.press('Control+k')
    await seen(page.getByRole('dialog'))
    await keyboard.type('events')
    await keyboard.press('Enter')
    await seen(page.getByRole('heading', { name: 'Events', level: 1 }))
    await keyboard.press('g')
    await keyboard.press('i')
    await seen(page.getByRole('heading', { name: 'Issues', level: 1 }))

    const [event] = await sql<{ id: string }[]>`select id from events limit 1`
    await keyboard.press('Control+k')
    await page.getByRole('textbox', { name: /^Search issues/ }).fill(event?.id.replaceAll('-', '') ?? '')
    await page.getByRole('option', { name: /Event of/ }).click()
    await page.waitForURL(`**/events/${event?.id}`)
    await seen(page.getByRole('heading', { level: 1, name: /is lost$/ }))
    t.same(complaints, [])
  })
  t.test('a click on a tag finds the issue, whatever the tag is called and says', async t => {
    const tags = {
      env: 'blue',
      level: 'very "low"',
      release: '[1.0, 2.0]',
      short_id: 'C:\\temp\\*',
      first_seen: '!never',
      event_count: '//many',
      'odd:name': '"'
    }
    await send({ message: 'The parcel is lost', fingerprint: ['parcel'], tags })
    const { page, complaints } = await visit(`${address}?tab=all&query=parcel`, { credential })
    await page.getByRole('link', { name: 'The parcel is lost' }).click()
    await seen(page.getByRole('heading', { level: 1, name: 'The parcel is lost' }))
    const issue = page.url()
    for (const [name, value] of Object.entries(tags)) {
      await page.goto(issue)
      const links = page.getByRole('region', { name: /^Tags\s*\d+$/ }).getByRole('link')
      await links.filter({ has: page.getByText(name, { exact: true }) }).click()
      await seen(page.getByText('1 issue in all'))
      await seen(page.getByRole('link', { name: 'The parcel is lost' }))
      const query = new URL(page.url()).searchParams.get('query') ?? ''
      t.ok(query.startsWith(`tags[${name}]:`), `${name}: ${value} becomes ${query}`)
    }
    t.same(complaints, [])
    await page.context().close()
  })
})
