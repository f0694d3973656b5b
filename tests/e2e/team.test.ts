// Goal: a person is invited by a link, joins with a password of their own, and may do what their role allows and no
// more; tokens speak for people from the moment they are shown until they are revoked. Method: two browsers before one
// whole server, and the API beside them.
import t from 'tap'
import { dashboard, gone, seen } from './support.ts'

t.test('people and what speaks for them', async t => {
  const { visit, user, client, url } = await dashboard(t)
  const owner = await user('owner', { name: 'Ada Lovelace', email: 'ada@example.com' })

  t.test('an invited member joins and may not do what admins do', async t => {
    const { page, complaints } = await visit('/default/team', { credential: owner.credential })
    await page.getByRole('button', { name: 'Invite', exact: true }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('E-mail address').fill('grace@example.com')
    await dialog.getByLabel('Role').selectOption('member')
    await dialog.getByRole('button', { name: 'Make the link' }).click()
    const link = (await (await seen(dialog.getByRole('region', { name: 'invitation link' }))).textContent()) ?? ''
    t.equal(new URL(link).origin, url, 'the link is of the address that the page was opened at')
    await dialog.getByRole('button', { name: 'Done' }).click()
    await seen(page.getByRole('list', { name: 'Invitations' }).getByText('grace@example.com'))

    const other = await visit(new URL(link).pathname)
    await seen(other.page.getByText('grace@example.com is invited as member.'))
    await other.page.getByLabel('Your name').fill('Grace Hopper')
    await other.page.getByLabel('Password').fill('correct horse')
    await other.page.getByRole('button', { name: 'Accept the invitation' }).click()
    await seen(other.page.getByRole('heading', { name: 'Projects', level: 1 }))
    t.equal(await other.page.getByRole('button', { name: 'New project' }).isDisabled(), true)

    await other.page.getByRole('link', { name: 'Team' }).click()
    await seen(other.page.getByRole('list', { name: 'Members' }).getByText('Grace Hopper'))
    t.equal(await other.page.getByRole('button', { name: 'Invite', exact: true }).isDisabled(), true)
    t.equal(await other.page.getByRole('button', { name: 'Role of Ada Lovelace: owner' }).isDisabled(), true)
    t.equal(await other.page.getByRole('link', { name: 'System' }).count(), 0, 'nor is the instance theirs')
    await other.page.goto(new URL('/default/default/settings/keys', other.page.url()).href)
    await seen(other.page.getByRole('heading', { name: 'Project settings' }))
    t.equal(await (await seen(other.page.getByRole('button', { name: 'New key' }))).isDisabled(), true)
    t.same(other.complaints, [])

    await page.reload()
    const role = page.getByRole('button', { name: 'Role of Grace Hopper: member' })
    await role.click()
    await page.getByRole('menuitemradio', { name: 'admin' }).click()
    await seen(page.getByRole('button', { name: 'Role of Grace Hopper: admin' }))
    // The list says so before the server does.
    await seen(page.getByRole('region', { name: 'Notifications' }).getByText('Grace Hopper is admin now.'))
    await other.page.reload()
    t.equal(await (await seen(other.page.getByRole('button', { name: 'New key' }))).isDisabled(), false, 'an admin may')
    t.same(complaints, [])
    await other.page.context().close()
    await page.context().close()
  })

  t.test('a token is shown once, and works until it is revoked', async t => {
    const { page, complaints } = await visit('/account', { credential: owner.credential })
    await page.getByRole('button', { name: 'New token' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Name').fill('Deploy script')
    await dialog.getByLabel('Scope').selectOption('read')
    await dialog.getByRole('button', { name: 'Make the token' }).click()
    const token = ((await (await seen(dialog.getByRole('region', { name: 'token' }))).textContent()) ?? '').trim()
    t.match(token, /^mshr_[\w-]{43}$/)
    await dialog.getByRole('button', { name: 'I have copied it' }).click()
    await gone(dialog)
    t.notMatch(await page.content(), token, 'it is nowhere on the page any more')

    const program = client({ authorization: `Bearer ${token}` })
    t.equal((await program.get('/api/v1/orgs')).status, 200)
    t.equal((await program.post('/api/v1/orgs', { name: 'Mine' })).status, 403, 'it may read and no more')

    await page.getByRole('button', { name: 'Revoke Deploy script' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke the token' }).click()
    await seen(page.getByText('You have no tokens'))
    t.equal((await program.get('/api/v1/orgs')).status, 401)
    t.same(complaints, [])
  })
})
