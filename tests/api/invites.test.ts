// Goal: a link brings somebody into an organization, once and for a week, without mail; nobody gets in or up by it who
// should not. Method: links made and used over HTTP by new people, by people with accounts, and by strangers who guess.
import t from 'tap'
import { hashPassword } from '../../services/machine/passwords.ts'
import { apiUnderTest, type ApiClient } from '../support/api.ts'

type Made = { id: string; token: string; url: string }

const password = 'correct horse'

function accept(client: ApiClient, { token }: Made, body: object = { name: 'New', password }) {
  return client.post<{ user: { id: string } }>(`/api/v1/invites/${token}/accept`, body)
}

async function invited(by: ApiClient, organizationId: string, email: string, role = 'member'): Promise<Made> {
  return (await by.post<Made>(`/api/v1/orgs/${organizationId}/invites`, { email, role })).body
}

t.test('a new user joins by a link, is logged in, and the link is used up', async t => {
  const api = await apiUnderTest(t, { env: { MESHER_PUBLIC_URL: 'https://errors.example.com' } })
  const admin = api.client({
    authorization: (await (await api.user('admin')).withToken(['admin'])).credential.authorization ?? ''
  })
  const { status, body: invite } = await admin.post<Made>(`/api/v1/orgs/${api.organizationId}/invites`, {
    email: ' New@Example.com',
    role: 'member'
  })
  t.equal(status, 201)
  t.match(invite, {
    email: 'new@example.com',
    role: 'member',
    state: 'pending',
    url: `https://errors.example.com/invite/${invite.token}`
  })
  t.match(await api.nobody.get(`/api/v1/invites/${invite.token}`), {
    status: 200,
    body: { organization: 'Default', email: 'new@example.com', role: 'member' }
  })
  t.match(await api.sql`select count(*) from invites where secret_hash = convert_to(${invite.token}, 'utf8')`, [
    { count: 0 }
  ])

  const accepted = await accept(api.nobody, invite)
  t.match(accepted, {
    status: 201,
    body: {
      user: { email: 'new@example.com', name: 'New', instance_admin: false },
      organizations: [{ id: api.organizationId, role: 'member' }]
    }
  })
  const cookie = accepted.headers.get('set-cookie')?.split(';')[0] ?? ''
  t.match(await api.client({ cookie }).get(`/api/v1/orgs/${api.organizationId}`), { status: 200 })
  t.match(await api.nobody.post('/api/v1/auth/login', { email: 'new@example.com', password }), { status: 200 })
  t.match(await accept(api.nobody, invite), { status: 404 })
  t.match(await admin.get(`/api/v1/orgs/${api.organizationId}/invites`), { status: 200, body: { data: [] } })
})

t.test('who has an account accepts as its user, and nobody else does', async t => {
  const api = await apiUnderTest(t)
  const [owner, known, other] = [
    await api.user('owner'),
    await api.user(null, { email: 'known@example.com' }),
    await api.user(null)
  ]
  await api.sql`update users set password_hash = ${await hashPassword('battery staple')} where id = ${known.id}`
  const invite = await invited(owner, api.organizationId, 'known@example.com', 'admin')
  t.match(await accept(api.nobody, invite), { status: 409 }, 'another password')
  t.match(await accept(api.nobody, invite, { password, new_account: true }), { status: 409 }, 'which does not give way')
  t.match(await accept(other, invite), { status: 409 })
  t.match(await accept(api.nobody, invite, {}), { status: 400, body: { errors: [{ path: 'password' }] } })
  t.match(await accept(await known.withToken(['admin']), invite, {}), { status: 403 }, 'tokens accept nothing')
  t.match(await accept(api.client({ ...known.credential, origin: 'https://evil.example.com' }), invite, {}), {
    status: 403
  })
  t.match(await accept(known, invite, {}), {
    status: 200,
    body: { user: { id: known.id }, organizations: [{ role: 'admin' }] }
  })
  t.match(await accept(known, invite, {}), { status: 404 })

  const { id: organizationId } = await api.organization('second')
  const second = await invited(await api.user('owner', { organizationId }), organizationId, 'known@example.com')
  const joined = await accept(api.nobody, second, { password: 'battery staple' })
  t.match(joined, { status: 200, body: { user: { id: known.id }, organizations: [{}, { role: 'member' }] } })
  t.match(joined.headers.get('set-cookie'), /^mesher_session=/, 'its password logs in')
})

t.test('whether an address has an account cannot be told before somebody joins', async t => {
  const api = await apiUnderTest(t)
  const owner = await api.user('owner')
  await api.user(null, { email: 'known@example.com' })
  await api.sql`update users set password_hash = ${await hashPassword('battery staple')}`
  const [known, unknown] = [
    await invited(owner, api.organizationId, 'known@example.com'),
    await invited(owner, api.organizationId, 'unknown@example.com')
  ]
  const withoutAddress = ({ text }: { text: string }) => text.replaceAll(/unknown@|known@|"expires_at":"[^"]*"/g, '')
  t.equal(
    withoutAddress(await api.nobody.get(`/api/v1/invites/${known.token}`)),
    withoutAddress(await api.nobody.get(`/api/v1/invites/${unknown.token}`))
  )
  for (const body of [
    {},
    { password: 'password1' },
    { password: 'short' },
    { password: 'password1', new_account: true }
  ]) {
    const answers = [await accept(api.nobody, known, body), await accept(api.nobody, unknown, body)]
    t.equal(answers[0]?.status, 400)
    t.equal(answers[0]?.text, answers[1]?.text, JSON.stringify(body))
  }
})

t.test(
  'an address that only an invitation has named gives way to another organization, and is not handed over',
  async t => {
    const api = await apiUnderTest(t)
    const squat = await api.organization('squat')
    const squatter = await api.user('owner', { organizationId: squat.id })
    const first = await invited(squatter, squat.id, 'victim@example.com')
    const made = await accept(api.nobody, first, { password: 'battery staple' })
    t.equal(made.status, 201)
    const held = api.client({ cookie: made.headers.get('set-cookie')?.split(';')[0] ?? '', origin: api.url })

    const invite = await invited(await api.user('owner'), api.organizationId, 'victim@example.com')
    t.match(await accept(api.nobody, invite), {
      status: 409,
      body: { type: 'urn:mesher:problem:unconfirmed_account' }
    })
    const own = await accept(api.nobody, invite, { password, new_account: true })
    t.match(own, { status: 201, body: { user: { email: 'victim@example.com' }, organizations: [{ role: 'member' }] } })
    t.not(own.body.user.id, made.body.user.id)
    t.match(await held.get('/api/v1/auth/me'), {
      body: { user: { email: /@replaced\.invalid$/ }, organizations: [{ id: squat.id }] }
    })
    const login = (secret: string) =>
      api.nobody.post('/api/v1/auth/login', { email: 'victim@example.com', password: secret })
    t.match([(await login('battery staple')).status, (await login(password)).status], [401, 200])

    const again = await invited(squatter, squat.id, 'victim@example.com')
    await api.sql`update users set email_confirmed_at = now() where email = 'victim@example.com'`
    t.match(await accept(api.nobody, again, { password: 'battery staple', new_account: true }), { status: 409 })
  }
)

t.test('what is sent to accept is judged', async t => {
  const api = await apiUnderTest(t)
  const owner = await api.user('owner')
  const { body: invite } = await owner.post<Made>(`/api/v1/orgs/${api.organizationId}/invites`, {
    email: 'new@example.com'
  })
  for (const [body, path] of [
    [{}, 'password'],
    [{ password: 'short' }, 'password'],
    [{ name: 5, password }, 'name'],
    [{ password, role: 'owner' }, 'role']
  ] as const) {
    t.match(await accept(api.nobody, invite, body), { status: 400, body: { errors: [{ path }] } }, JSON.stringify(body))
  }
  t.match(await accept(api.nobody, invite), { status: 201 })
})

t.test('a link ends after a week, when it is revoked, or when another takes its place', async t => {
  const api = await apiUnderTest(t)
  const owner = await api.user('owner')
  const invites = `/api/v1/orgs/${api.organizationId}/invites`
  const { body: first } = await owner.post<Made>(invites, { email: 'a@example.com' })
  const { body: second } = await owner.post<Made>(invites, { email: 'a@example.com' })
  t.match(await accept(api.nobody, first), { status: 404 })
  t.match(await owner.delete(`${invites}/${second.id}`), { status: 204 })
  t.match(await owner.delete(`${invites}/${second.id}`), { status: 404 })
  t.match(await accept(api.nobody, second), { status: 404 })

  const { body: third } = await owner.post<Made>(invites, { email: 'b@example.com' })
  await api.sql`update invites set expires_at = now() - interval '1 second'`
  t.match(await accept(api.nobody, third), { status: 404 })
  t.match(await owner.get(invites), { body: { data: [{ id: third.id, state: 'expired' }] } })
})

t.test('nobody invites above their own role, ends such an invitation, or invites a member', async t => {
  const api = await apiUnderTest(t)
  const [owner, admin, member] = [await api.user('owner'), await api.user('admin'), await api.user('member')]
  const invites = `/api/v1/orgs/${api.organizationId}/invites`
  t.match(await admin.post(invites, { email: 'a@example.com', role: 'owner' }), { status: 403 })
  t.match(await member.post(invites, { email: 'a@example.com', role: 'member' }), { status: 403 })
  t.match(await member.get(invites), { status: 403 })
  t.match(await admin.post(invites, { email: member.email, role: 'admin' }), { status: 409 })
  for (const body of [{ email: 'x' }, { email: 'a@example.com', role: 'boss' }, { role: 'member' }]) {
    t.match(await admin.post(invites, body), { status: 400 })
  }

  const { body: ofOwner } = await owner.post<Made>(invites, { email: 'a@example.com', role: 'owner' })
  t.match(await admin.delete(`${invites}/${ofOwner.id}`), { status: 403 })
  t.match(await admin.post(invites, { email: 'a@example.com', role: 'member' }), { status: 201 })
  t.match(
    await owner.get(invites),
    { body: { data: [{ role: 'member' }, { role: 'owner' }] } },
    'the one above their role was left alone'
  )
  const other = await api.organization('other')
  const stranger = await api.user('owner', { organizationId: other.id })
  t.match(await stranger.delete(`/api/v1/orgs/${other.id}/invites/${ofOwner.id}`), { status: 404 })
})

t.test('guessing links is throttled, and people who have one are not kept out by it for long', async t => {
  const api = await apiUnderTest(t)
  const guess = () => api.nobody.get(`/api/v1/invites/${'a'.repeat(43)}`)
  for (let attempt = 0; attempt < 10; attempt++) t.equal((await guess()).status, 404)
  const refused = await guess()
  t.equal(refused.status, 429)
  t.match(refused.headers.get('retry-after'), /^[1-9]\d*$/)
})
