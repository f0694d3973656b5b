// Goal: the dashboard works below a path of a site, live connection and reloads included, and says which setting is
// wrong when it is opened at another address than the server's own. Method: a browser before a whole server whose
// public address is its own with a path; the proxy that would leave the path is left out.
import t from 'tap'
import { freePort } from '../support/ports.ts'
import { dashboard, destination, seen } from './support.ts'

const owner = { name: 'Ada Lovelace', email: 'ada@example.com', password: 'correct horse battery' }

t.test('from the first account to a live event, below /errors', async t => {
  const port = await freePort()
  const publicUrl = `http://127.0.0.1:${port}/errors`
  const { visit, send, running } = await dashboard(t, {
    env: { MESHER_PORT: String(port), MESHER_PUBLIC_URL: publicUrl }
  })
  const { page, complaints, followed } = await visit(`/errors/setup?token=${running.setupToken ?? ''}`)
  await page.getByLabel('Your name').fill(owner.name)
  await page.getByLabel('E-mail address').fill(owner.email)
  await page.getByLabel('Password').fill(owner.password)
  await page.getByRole('button', { name: 'Create account' }).click()
  await seen(page.getByRole('heading', { name: 'Issues', level: 1 }))
  t.match(page.url(), `${publicUrl}/default/default/issues`)

  await page.goto(`${publicUrl}/default/default/onboarding`)
  await seen(page.getByText('Waiting for the first event…'))
  t.match(await page.locator('main').textContent(), /@127\.0\.0\.1:\d+\/errors\/1/, 'the DSN has the path')
  await followed()
  await send({ message: 'Below a path', level: 'error' })
  await seen(page.getByText('It works: the first event is there'))
  await page.reload()
  await destination(page, 'Issues').click()
  await seen(page.getByText('Below a path'))
  t.ok(page.url().startsWith(`${publicUrl}/`), page.url())
  t.same(complaints, [])
})

t.test('a page at another address names the setting and its value', async t => {
  const port = await freePort()
  const { visit, user } = await dashboard(t, {
    env: { MESHER_PORT: String(port), MESHER_PUBLIC_URL: 'https://errors.example.com' }
  })
  const { credential } = await user('owner')
  const { page } = await visit('/default/default/issues', { credential })
  await seen(page.getByRole('alert').getByText(`MESHER_PUBLIC_URL=http://127.0.0.1:${port}`))
})
