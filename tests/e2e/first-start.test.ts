// Goal: the first start leads from the printed link to an issue that is resolved, and
// hears when it comes back; the door is shut for everybody else, and says so without an error in the console. Method: a
// browser before a whole server whose only user is made by the page itself; events are sent as an application sends
// them.
import t from 'tap'
import { dashboard, destination, gone, seen, until } from './support.ts'

const owner = { name: 'Ada Lovelace', email: 'ada@example.com', password: 'correct horse battery' }

t.test("from the first start to an issue that regresses before one's eyes", async t => {
  const { visit, send, running, port } = await dashboard(t)
  const { page, complaints, followed } = await visit(`/setup?token=${running.setupToken ?? ''}`)

  await page.getByLabel('Your name').fill(owner.name)
  await page.getByLabel('E-mail address').fill(owner.email)
  await page.getByLabel('Password').fill(owner.password)
  await page.getByLabel('Name of the organization').fill('Acme')
  await page.getByRole('button', { name: 'Create account' }).click()

  await seen(page.getByRole('heading', { name: 'Issues', level: 1 }))
  t.match(new URL(page.url()).pathname, /^\/acme\/default\/issues$/, 'the organization has its name in the address')
  await page.goto(new URL('/acme/default/onboarding', page.url()).href)
  await seen(page.getByText('Waiting for the first event…'))
  const main = await page.locator('main').textContent()
  t.match(main, new RegExp(`http://[0-9a-f]{32}@127\\.0\\.0\\.1:${port}/1`), 'the DSN is of the address that is open')
  t.match(main, /Set MESHER_PUBLIC_URL if applications and people reach this server by another/)

  await followed()
  await page.getByRole('button', { name: 'Send a test event' }).click()
  await seen(page.getByText('It works: the first event is there'))
  await send({
    message: 'The cart is on fire',
    level: 'error',
    exception: { type: 'CartError', value: 'The cart is on fire' }
  })
  await page.getByRole('link', { name: 'Open the issue' }).click()
  await seen(page.getByRole('heading', { level: 1, name: /Test event of the dashboard/ }))
  await destination(page, 'Issues').click()
  await page.getByRole('link', { name: /The cart is on fire/ }).click()
  await seen(page.getByRole('heading', { level: 1, name: /The cart is on fire/ }))

  await page.getByRole('button', { name: 'Resolve', exact: true }).click()
  await seen(page.getByRole('region', { name: 'Notifications' }).getByText('Resolved'))
  await send({
    message: 'The cart is on fire',
    level: 'error',
    exception: { type: 'CartError', value: 'The cart is on fire' }
  })
  await seen(page.getByText('Regressed', { exact: false }))
  t.same(complaints, [])
})

t.test('logging in', async t => {
  const { visit, url, running } = await dashboard(t)
  await fetch(`${url}/api/v1/setup`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ token: running.setupToken, ...owner })
  })

  const again = await visit(`/setup?token=${running.setupToken ?? ''}`)
  await seen(again.page.getByRole('heading', { name: 'Mesher is set up already' }))
  const { page, complaints } = await visit('/default/default/events?level=error')
  await seen(page.getByRole('heading', { name: 'Log in' }))
  t.same(complaints, [], 'to be nobody is no error')

  await page.getByLabel('E-mail address').fill(owner.email)
  await page.getByLabel('Password').fill('wrong')
  await page.getByRole('button', { name: 'Log in' }).click()
  await seen(page.getByRole('alert').getByText('The e-mail address or the password is wrong.'))
  // The browser writes down every refusal; this one was asked for.
  t.match(complaints.splice(0), [/401/])

  await page.getByLabel('Password').fill(owner.password)
  await page.keyboard.press('Enter')
  await seen(page.getByRole('heading', { name: 'Events', level: 1 }))
  t.match(page.url(), /\/default\/default\/events\?level=error$/, 'one is where one wanted to be')

  await page.goto(`${url}/setup`)
  await seen(page.getByRole('heading', { name: 'Mesher is set up already' }))
  t.same(complaints, [])
  await page.goto(`${url}/invite/${'a'.repeat(43)}`)
  await seen(page.getByRole('heading', { name: 'This invitation cannot be used' }))
  t.match(complaints.splice(0), [/404/])
})

t.test("a session that ends under one's hands keeps the page", async t => {
  const { visit, url, running, sql } = await dashboard(t)
  await fetch(`${url}/api/v1/setup`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ token: running.setupToken, ...owner })
  })
  const { page } = await visit('/login?next=/default/default/settings/general')
  await page.getByLabel('E-mail address').fill(owner.email)
  await page.getByLabel('Password').fill(owner.password)
  await page.keyboard.press('Enter')

  await seen(page.getByRole('heading', { name: 'Project settings' }))
  await page.getByLabel('Name', { exact: true }).fill('Web shop')
  await sql`delete from sessions`
  await page.getByRole('button', { name: 'Save', exact: true }).click()
  const dialog = page.getByRole('dialog', { name: 'Your session has ended' })
  await seen(dialog)
  t.equal(await dialog.getByLabel('E-mail address').inputValue(), owner.email)
  await dialog.getByLabel('Password').fill(owner.password)
  await dialog.getByRole('button', { name: 'Log in' }).click()
  await gone(dialog)
  await until(async () => (await sql`select from projects where name = 'Web shop'`).length === 1)
})

t.test('what needs a recent login asks for the password in place, and goes on', async t => {
  const { visit, url, running, sql } = await dashboard(t)
  await fetch(`${url}/api/v1/setup`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ token: running.setupToken, ...owner })
  })
  const { page, complaints } = await visit('/login?next=/account')
  await page.getByLabel('E-mail address').fill(owner.email)
  await page.getByLabel('Password').fill(owner.password)
  await page.keyboard.press('Enter')
  await seen(page.getByRole('heading', { name: 'Account', level: 1 }))
  await sql`update sessions set created_at = now() - interval '16 minutes'`

  await page.getByRole('button', { name: 'New token' }).click()
  const form = page.getByRole('dialog', { name: 'New API token' })
  await form.getByLabel('Name').fill('Deploy script')
  await form.getByRole('button', { name: 'Make the token' }).click()
  const dialog = page.getByRole('dialog', { name: 'Confirm your password' })
  await seen(dialog)
  await dialog.getByLabel('Password').fill('wrong')
  await dialog.getByRole('button', { name: 'Confirm' }).click()
  await seen(dialog.getByText('is not your password'))
  t.match(complaints.splice(0), [/403/, /400/])
  await dialog.getByLabel('Password').fill(owner.password)
  await page.keyboard.press('Enter')
  await gone(dialog)
  await seen(page.getByRole('dialog', { name: 'Copy the token now' }))
  t.same(complaints, [])
})
