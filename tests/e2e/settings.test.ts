// Goal: what is set in the dashboard holds: keys are made and stop working when they are revoked, retention changes
// after a question; and the administrator of the instance sees its processes live. Method: a browser before a whole
// server, and events sent with the keys of the page.
import t from 'tap'
import { dashboard, gone, seen, until } from './support.ts'

t.test('settings and system', async t => {
  const { visit, user, url, sql } = await dashboard(t)
  const { credential } = await user('owner', { isInstanceAdmin: true })

  async function statusWith(dsn: string): Promise<number> {
    const response = await fetch(`${url}/api/v1/events`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-mesher-key': new URL(dsn).username },
      body: '{"message":"hello"}'
    })
    await response.body?.cancel()
    return response.status
  }

  t.test('what scrubbing removes is tried before it is saved', async t => {
    const { page, complaints } = await visit('/default/default/settings/scrubbing', { credential })
    await page.getByLabel('More fields to scrub').fill('customer_number')
    await page.getByRole('button', { name: 'Try it' }).click()
    await seen(page.getByText('6 values removed.'))
    await seen(page.getByRole('list', { name: 'What was removed, and why' }).getByText('tags.customer_number'))
    const after = page.getByRole('region', { name: 'After: what is stored, as JSON' })
    t.match(await after.textContent(), /card \[Filtered\] was refused/)
    t.notMatch(await after.textContent(), /hunter2|10-4711/)
    await seen(page.getByText('passwords in addresses', { exact: true }))
    t.same(complaints, [])

    await page.getByLabel('Event, as JSON').fill('{\n  "message": "x",\n}')
    await page.getByRole('button', { name: 'Try it' }).click()
    await seen(page.getByText('Line 3, column 1: a name in double quotes is expected'))
    await page.context().close()
  })

  t.test('a key is made, works, and works no more once it is revoked', async t => {
    const { page, complaints } = await visit('/default/default/settings/keys', { credential })
    await page.getByRole('button', { name: 'New key' }).click()
    const dialog = page.getByRole('dialog', { name: 'New client key' })
    await dialog.getByLabel('Label').fill('Backend')
    await dialog.getByRole('button', { name: 'Make the key' }).click()
    await gone(dialog)
    const row = page.getByRole('list', { name: 'Client keys' }).getByRole('listitem').filter({ hasText: 'Backend' })
    const dsn = (await (await seen(row.locator('code'))).textContent()) ?? ''
    // A key holds on every node within seconds.
    await until(async () => (await statusWith(dsn)) === 202)

    await row.getByRole('button', { name: 'Rotate Backend' }).click()
    const rotation = page.getByRole('dialog', { name: 'Rotate a key' })
    await rotation.getByRole('button', { name: 'Make the new key' }).click()
    await seen(rotation.getByText(/Last used/))
    await seen(rotation.getByRole('list', { name: 'Clients that used it' }).getByText('a client without a name'))
    await rotation.getByRole('button', { name: 'Keep both for now' }).click()
    const today = new Date().toISOString().slice(0, 10)
    await seen(page.getByRole('list', { name: 'Client keys' }).getByText(`Backend, ${today}`, { exact: true }))

    await row.first().getByRole('button', { name: 'Revoke Backend', exact: true }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke the key' }).click()
    await gone(page.getByText(dsn))
    await until(async () => (await statusWith(dsn)) === 401)
    t.same(complaints, [])
    await page.context().close()
  })

  t.test('a shorter retention is asked about first', async t => {
    const { page, complaints } = await visit('/default/default/settings/retention', { credential })
    await page.getByRole('radio', { name: '60 days' }).check()
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    await seen(page.getByRole('region', { name: 'Notifications' }).getByText(/^Saved/))
    await page.getByRole('radio', { name: '30 days' }).check()
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    await page
      .getByRole('dialog', { name: 'Remove older events?' })
      .getByRole('button', { name: 'Keep 30 days only' })
      .click()
    await gone(page.getByRole('dialog'))
    await page.reload()
    await seen(page.getByRole('radio', { name: '30 days', checked: true }))
    t.match(await sql`select retention_days from projects`, [{ retention_days: 30 }])
    t.same(complaints, [])
    await page.context().close()
  })

  t.test('rules for grouping are refused at their place, tried and saved', async t => {
    const { page, complaints } = await visit('/default/default/settings/grouping', { credential })
    const rules = page.getByRole('textbox', { name: 'Fingerprint rules' })
    await rules.fill('# ours\nmessage:hello -> ours, {{ nope }}')
    await page.getByRole('button', { name: 'Preview' }).click()
    await page.getByRole('button', { name: 'Line 2, column 24: there is no variable “nope”.' }).click()
    const behind = 'document.activeElement.value.slice(document.activeElement.selectionStart)'
    t.equal(await page.evaluate(behind), '{{ nope }}')
    await rules.fill('# ours\nmessage:hello -> ours')
    await page.getByRole('button', { name: 'Preview' }).click()
    const preview = page.getByRole('region', { name: 'Preview' })
    await seen(preview.getByText(/line 2: [1-9]/))
    await seen(preview.getByRole('list', { name: 'Issues that would change' }).getByRole('link', { name: 'hello' }))
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    await seen(page.getByRole('region', { name: 'Notifications' }).getByText(/^Saved/))
    t.match(await sql`select fingerprint_rules from projects`, [{ fingerprint_rules: '# ours\nmessage:hello -> ours' }])
    t.equal(complaints.filter(complaint => !complaint.includes('400')).length, 0)
    await page.context().close()
  })

  t.test('instance admins see the processes', async t => {
    const { page, complaints } = await visit('/system', { credential })
    await seen(page.getByRole('heading', { name: 'System', level: 1 }))
    await seen(page.getByText('storage-writer').or(page.getByText('storage writer')))
    t.same(complaints, [])
  })
})
