// Goal: a rule that was made in the dashboard fires, is shown on every page, tells its webhook, and is
// acknowledged and resolved. Method: a browser before a whole server, a receiver of webhooks on this machine, events as
// an application sends them.
import t from 'tap'
import { receiver } from '../support/receiver.ts'
import { dashboard, destination, gone, seen, until } from './support.ts'

t.test('a rule is made, fires, and is looked after', async t => {
  const target = await receiver(t)
  const { visit, send, user } = await dashboard(t, { env: { MESHER_WEBHOOK_ALLOW_PRIVATE: 'true' } })
  const { credential } = await user('owner', { name: 'Ada Lovelace' })
  const { page, complaints } = await visit('/default/default/alerts', { credential })

  await page.getByRole('button', { name: 'New rule' }).click()
  const editor = page.getByRole('dialog', { name: 'New alert rule' })
  await editor.getByLabel('Name').fill('Something new breaks')
  await editor.getByLabel('Condition').selectOption('new_issue')
  await editor.getByLabel('Level', { exact: true }).selectOption('error')
  await editor.getByRole('button', { name: 'Add Webhook' }).click()
  await editor.getByLabel('Webhook address').fill('not an address')
  await editor.getByRole('button', { name: 'Make the rule' }).click()
  await seen(editor.getByText('must be an http or https URL'))
  t.match(complaints.splice(0), [/400/], 'what is wrong is said where it is')
  await editor.getByLabel('Webhook address').fill(`${target.url}/hook`)
  await editor.getByRole('button', { name: 'Save and test' }).click()
  const test = page.getByRole('dialog', { name: 'Test of a rule' })
  await seen(test.getByText(/^Delivered/))
  await test.getByRole('button', { name: 'Done' }).click()
  t.match((await target.until(1))[0], { path: '/hook', method: 'POST' })

  await destination(page, 'Issues').click()
  await seen(page.getByRole('heading', { name: 'Issues', level: 1 }))
  await send({ message: 'The till is stuck', level: 'error' })
  const toast = page.getByRole('region', { name: 'Notifications' })
  await seen(toast.getByText(/^Alert: Something new breaks, DEFAULT-\d+$/))
  await toast.getByRole('button', { name: 'Show' }).click()
  await seen(page.getByRole('heading', { level: 1, name: 'The till is stuck' }))
  await destination(page, 'Alerts').click()
  const row = page.getByRole('listitem').filter({ hasText: 'The till is stuck' })
  await seen(row.getByText('firing'))
  // The number has an answer of its own.
  await until(async () => (await page.title()).startsWith('(1) '))
  t.match(await page.title(), /^\(1\) Alerts/, 'the tab counts what fires')
  t.match(JSON.parse((await target.until(2))[1]?.body ?? '{}'), { rule: { name: 'Something new breaks' } })

  await row.getByRole('button', { name: /^Acknowledge Something new breaks/ }).click()
  await seen(row.getByText('acknowledged by Ada Lovelace'))
  await row.getByRole('button', { name: /^Details of/ }).click()
  await seen(row.getByRole('list', { name: 'Deliveries' }).getByText('delivered'))
  await row.getByRole('button', { name: /^Resolve Something new breaks/ }).click()
  await page.getByRole('tab', { name: 'History' }).click()
  await seen(page.getByRole('listitem').filter({ hasText: 'The till is stuck' }).getByText('resolved', { exact: true }))
  await page.getByRole('tab', { name: 'Firing' }).click()
  await send({ message: 'The drawer is stuck' }, { message: 'The light is off' })
  await seen(page.getByRole('listitem').filter({ hasText: 'The drawer is stuck' }))
  await seen(page.getByRole('listitem').filter({ hasText: 'The light is off' }))
  await page.getByRole('button', { name: 'Acknowledge all' }).click()
  await seen(page.getByRole('region', { name: 'Notifications' }).getByText('Acknowledged 2 alerts'))
  await seen(page.getByRole('list', { name: 'Somebody looks after it' }).getByText('The light is off'))

  await page.getByRole('link', { name: 'The light is off' }).click()
  await page.getByRole('button', { name: 'Resolve', exact: true }).click()
  await destination(page, 'Alerts').click()
  await seen(page.getByText('The drawer is stuck'))
  await gone(page.getByText('The light is off'))
  await page.getByRole('link', { name: 'Who is told what' }).click()
  const told = page.getByRole('list', { name: 'Who is told', exact: true })
  await seen(
    told
      .getByRole('listitem')
      .filter({ hasText: 'Webhook' })
      .getByText(/when a new issue comes up, at level/)
  )
  t.same(complaints, [])
})
