// Goal: the issues of all projects are found, changed and undone in one list, and the project switch stays on the page.
// Method: a browser before a whole server with issues in three projects.
import t from 'tap'
import { createProject } from '../../services/accounts/projects.ts'
import { commitEvents } from '../support/issues.ts'
import { dashboard, gone, seen, until } from './support.ts'

t.test('all projects', async t => {
  const { visit, send, user, sql, organizationId } = await dashboard(t)
  const { credential } = await user('owner', { name: 'Ada Lovelace' })
  for (const name of ['Shop', 'Mobile']) {
    const { id: projectId } = await createProject(sql, { name, organizationId })
    await commitEvents(sql, { projectId, issue: name, title: `The ${name} is closed`, receivedAt: Date.now() - 60_000 })
  }
  await send({ level: 'error', message: 'The cart is lost' })
  const unresolved = async () =>
    (await sql<{ count: number }[]>`select count(*) as count from issues where status = 'unresolved'`)[0]?.count

  const { page, complaints } = await visit('/default/issues', { credential })
  await seen(page.getByText('3 issues in all'))
  const row = (name: string) => page.getByRole('row').filter({ hasText: name })
  await seen(row('The Shop is closed').getByText('Shop', { exact: true }))

  await page.getByRole('checkbox', { name: 'SHOP-1' }).click()
  await page.getByRole('checkbox', { name: 'MOBILE-1' }).click()
  await page.getByRole('button', { name: 'Merge' }).click()
  await seen(page.getByRole('dialog').getByText('Only issues of one project can be merged.'))
  await page.getByRole('button', { name: 'Cancel' }).click()
  await page.getByRole('toolbar').getByRole('button', { name: 'Resolve', exact: true }).click()
  await seen(page.getByText('1 issue in all'))
  await until(async () => (await unresolved()) === 1)
  await page.getByRole('button', { name: 'Undo' }).click()
  await seen(page.getByText('3 issues in all'))
  await until(async () => (await unresolved()) === 3)
  t.pass('two projects are changed and put back by one act')

  const search = page.getByRole('combobox', { name: 'Search issues of all projects' })
  await search.fill('environment:')
  await seen(page.getByRole('option', { name: 'production' }))
  await search.fill('')
  await search.press('Enter')

  await page.getByRole('columnheader', { name: 'Events' }).getByRole('button').click()
  await page.waitForURL('**/default/issues?sort=events')
  t.equal(await page.getByRole('columnheader', { name: 'Events' }).getAttribute('aria-sort'), 'descending')
  await page.getByRole('button', { name: 'Columns' }).click()
  await page.getByRole('option', { name: 'Priority' }).click()
  await page.getByRole('option', { name: 'Trend' }).click()
  await page.keyboard.press('Escape')
  await page.reload()
  await seen(page.getByRole('columnheader', { name: 'Priority' }))
  t.equal(await page.getByRole('columnheader', { name: 'Trend' }).count(), 0, 'the choice is remembered')
  await row('The cart is lost')
    .getByRole('button', { name: /^Priority \d+ of/ })
    .click()
  await seen(page.getByRole('dialog', { name: /^Priority \d+ of/ }).getByRole('row', { name: /Rate 1 event a day/ }))
  await page.keyboard.press('Escape')

  await page.getByRole('button', { name: 'Project', exact: false }).filter({ hasText: 'All projects' }).last().click()
  await page.getByRole('option', { name: 'Shop' }).click()
  await page.keyboard.press('Escape')
  await seen(page.getByText('1 issue in all'))
  t.match(page.url(), /project=shop/)
  await row('The Shop is closed').getByRole('link').click()
  await seen(page.getByRole('heading', { level: 1, name: /The Shop is closed/ }))
  await page.goBack()
  await seen(page.getByText('1 issue in all'))

  await page.goto(new URL('/default/overview?range=7d', page.url()).href)
  await seen(page.getByRole('heading', { level: 1, name: 'All projects' }))
  const overview = page.getByRole('region', { name: 'Projects with their numbers' })
  await seen(overview.getByRole('row'))
  t.equal(await overview.getByRole('row').count(), 4, 'with the heading')
  const choose = async (project: string) => {
    await page.getByRole('button', { name: /^Project:/ }).click()
    await page.getByRole('menuitemradio', { name: project }).click()
  }
  await choose('Shop')
  await page.waitForURL('**/default/shop/overview?range=7d')
  await choose('Mobile')
  await page.waitForURL('**/default/mobile/overview?range=7d')
  await choose('All projects')
  await page.waitForURL('**/default/overview?range=7d')
  await gone(page.getByRole('menu'))
  t.same(complaints, [])
})
