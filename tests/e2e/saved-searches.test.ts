// Goal: a search is saved from the list of issues, found again by a colleague when it is shared, and begins the list of
// who wants that. Method: a browser before a whole server with three issues.
import t from 'tap'
import { dashboard, seen } from './support.ts'

t.test('saved searches', async t => {
  const { visit, send, user } = await dashboard(t)
  const { credential } = await user('owner', { name: 'Ada Lovelace' })
  const { credential: colleague } = await user('member', { name: 'Bob' })
  await send(
    ...['cart', 'order', 'refund'].map(thing => ({
      level: thing === 'cart' ? 'error' : 'warning',
      message: `The ${thing} is lost`,
      fingerprint: [thing]
    }))
  )
  const address = '/default/default/issues'

  const { page, complaints } = await visit(address, { credential })
  await seen(page.getByText('3 issues in all'))
  const search = page.getByRole('combobox', { name: 'Search issues' })
  await search.fill('cart OR refund')
  await search.press('Enter')
  await seen(page.getByText('2 issues in all'))
  await page.getByRole('button', { name: 'Saved searches' }).click()
  await page.getByLabel('Save this search as').fill('What matters')
  await page.getByLabel('Share with the organization').first().click()
  await page.getByLabel('Begin my list with it').first().click()
  await page.getByRole('button', { name: 'Save', exact: true }).click()
  await seen(page.getByRole('list', { name: 'Saved searches' }).getByText('Shared by Ada Lovelace'))

  await page.goto(new URL(address, page.url()).href)
  await seen(page.getByText('2 issues in all'))
  t.equal(await search.inputValue(), 'cart OR refund', 'the list begins with it')
  await page.getByRole('button', { name: 'Clear the search' }).click()
  await seen(page.getByText('3 issues in all'))
  t.same(complaints, [])

  const other = await visit(address, { credential: colleague })
  await seen(other.page.getByText('3 issues in all'))
  await other.page.getByRole('button', { name: 'Saved searches' }).click()
  await other.page.getByRole('button', { name: /^What matters/ }).click()
  await seen(other.page.getByText('2 issues in all'))
  await other.page.getByRole('button', { name: 'Saved searches' }).click()
  t.equal(await other.page.getByRole('button', { name: 'Delete What matters' }).count(), 0)
  t.same(other.complaints, [])
})
