// Goal: accounts keep their promises: one first user, logins that are throttled and tell nothing, sessions and tokens
// that end when they should. Method: a whole node spoken to by fetch, and the tables behind it where time must pass.
import t from 'tap'
import { createUser } from '../../services/accounts/users.ts'
import { differenceFromDocument } from '../support/openapi.ts'
import { runningNode, type TestNode } from '../support/running-node.ts'

const setupToken = 'a-token-for-the-setup'
const owner = { email: 'Owner@Example.com', password: 'correct horse', name: 'Olive', organization: 'Acme Ltd' }

type Sent = {
  cookie?: string
  token?: string
  origin?: string | null
  body?: unknown
  headers?: Record<string, string>
}
type Got = { status: number; body: Record<string, never>; cookie: string; headers: Headers }

async function call(
  node: TestNode,
  method: string,
  path: string,
  { cookie, token, origin = node.url, body, headers = {} }: Sent = {}
): Promise<Got> {
  const response = await fetch(node.url + path, {
    method,
    headers: {
      ...(cookie === undefined ? {} : { cookie }),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(origin === null ? {} : { origin }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) })
  })
  const text = await response.text()
  const answered = text === '' ? {} : JSON.parse(text)
  const difference = differenceFromDocument({
    method,
    path,
    status: response.status,
    type: response.headers.get('content-type') ?? '',
    body: answered
  })
  if (difference !== '') throw new Error(difference)
  return {
    status: response.status,
    body: answered,
    cookie: response.headers.get('set-cookie')?.split(';')[0] ?? '',
    headers: response.headers
  }
}

type Test = Parameters<typeof runningNode>[0]

async function nodeWithOwner(t: Test, env: Record<string, string> = {}): Promise<{ node: TestNode; cookie: string }> {
  const node = await runningNode(t, { env: { MESHER_SETUP_TOKEN: setupToken, ...env } })
  const { cookie } = await call(node, 'POST', '/api/v1/setup', { body: { token: setupToken, ...owner } })
  return { node, cookie }
}

t.test('the first user is made once, with the token, and owns the organization that is there', async t => {
  const node = await runningNode(t)
  const token = node.running.setupToken ?? ''
  t.match(await call(node, 'GET', '/api/v1/setup'), { status: 200, body: { is_set_up: false } })
  t.match(await call(node, 'POST', '/api/v1/setup', { body: { token: 'guessed', ...owner } }), {
    status: 401,
    body: { status: 401 }
  })
  t.match(await call(node, 'POST', '/api/v1/setup', { body: { token, ...owner, password: 'short' } }), {
    status: 400,
    body: { errors: [{ path: 'password' }] }
  })

  const twice = await Promise.all(
    [1, 2].map(number =>
      call(node, 'POST', '/api/v1/setup', { body: { token, ...owner, email: `owner${number}@example.com` } })
    )
  )
  t.same(twice.map(({ status }) => status).sort(), [201, 409])
  const made = twice.find(({ status }) => status === 201)
  t.match(made?.body, {
    user: { name: 'Olive', instance_admin: true },
    organizations: [{ slug: 'acme-ltd', name: 'Acme Ltd', role: 'owner' }]
  })
  t.match(await call(node, 'GET', '/api/v1/auth/me', { cookie: made?.cookie ?? '' }), {
    status: 200,
    body: { user: { name: 'Olive' } }
  })

  t.match(await call(node, 'POST', '/api/v1/setup', { body: { token, ...owner } }), { status: 409 })
  t.match(await call(node, 'GET', '/api/v1/setup'), { status: 200, body: { is_set_up: true } })
  t.match(await node.sql`select * from setup_tokens`, [])
})

t.test('a login opens a session by a cookie that scripts cannot read, and a logout ends it', async t => {
  const { node } = await nodeWithOwner(t)
  const { status, body, headers, cookie } = await call(node, 'POST', '/api/v1/auth/login', {
    body: { email: ' OWNER@example.COM ', password: owner.password }
  })
  t.equal(status, 200)
  t.match(body, { user: { email: 'owner@example.com', name: 'Olive', instance_admin: true } })
  const [session, device] = headers.getSetCookie()
  t.match(session, /^mesher_session=[\w-]{43}; Max-Age=7776000; Path=\/; HttpOnly; SameSite=Lax$/)
  t.match(device, /^mesher_device=[\w-]{43}; Max-Age=7776000; Path=\/; HttpOnly; SameSite=Lax$/)
  t.equal((await call(node, 'GET', '/api/v1/auth/me', { cookie })).status, 200)
  t.match(
    await node.sql`select 1 from sessions where encode(secret_hash, 'escape') like ${`%${cookie.slice(15)}%`}`,
    [],
    'the secret is not kept'
  )

  // Some clients send an empty object with every POST, and some proxies the login of their site.
  const bySite = { authorization: 'Basic c2l0ZTpsb2dpbg==' }
  const out = await call(node, 'POST', '/api/v1/auth/logout', { cookie, body: {}, headers: bySite })
  t.equal(out.status, 204)
  t.match(out.headers.get('set-cookie'), /mesher_session=; .*Max-Age=0/)
  t.equal((await call(node, 'GET', '/api/v1/auth/me', { cookie })).status, 401)
})

t.test('who asks without a session hears that they are nobody, not that they are refused', async t => {
  const { node, cookie } = await nodeWithOwner(t)
  t.match(await call(node, 'GET', '/api/v1/auth/who', { cookie }), {
    status: 200,
    body: { user: { name: 'Olive' }, organizations: [{ slug: 'acme-ltd' }] }
  })
  for (const sent of [{}, { cookie: `mesher_session=${'a'.repeat(43)}` }, { token: 'mshr_unknown' }]) {
    t.same((await call(node, 'GET', '/api/v1/auth/who', sent)).body, {
      user: null,
      organizations: [],
      may_create_organizations: false,
      public_url: node.url,
      public_url_is_set: false,
      projects: null
    })
  }
})

t.test('who is there comes with the projects of an organization of theirs', async t => {
  const { node, cookie } = await nodeWithOwner(t)
  const projectsFor = async (query: string, credential: Sent): Promise<unknown> =>
    (await call(node, 'GET', `/api/v1/auth/who${query}`, credential)).body.projects
  const { data: listed } = (await call(node, 'GET', '/api/v1/orgs/acme-ltd/projects', { cookie })).body
  t.match(listed, [{ slug: 'default' }])
  t.same(await projectsFor('?org=acme-ltd', { cookie }), listed, 'of the one that is named, as in its list')
  t.same(await projectsFor('', { cookie }), listed, 'of the first where none is named')
  t.equal(await projectsFor('?org=another', { cookie }), null, 'of none that is not theirs')
  const forBuilds = { name: 'build', scopes: ['ci'] }
  const { token = '' } = (await call(node, 'POST', '/api/v1/tokens', { cookie, body: forBuilds })).body
  t.equal(await projectsFor('?org=acme-ltd', { token }), null, 'and not for a token that may not read')
})

t.test('cookies are for TLS only where the server is reached by TLS', async t => {
  const { node } = await nodeWithOwner(t, { MESHER_TRUSTED_PROXIES: '127.0.0.1' })
  const login = (headers: Record<string, string>) =>
    call(node, 'POST', '/api/v1/auth/login', { headers, body: { email: owner.email, password: owner.password } })
  t.match((await login({ 'x-forwarded-proto': 'https' })).headers.get('set-cookie'), /; Secure; SameSite=Lax$/)
  t.notMatch((await login({})).headers.get('set-cookie'), /Secure/)
})

t.test('a wrong password and an unknown account get the same answer', async t => {
  const { node } = await nodeWithOwner(t)
  const login = (email: string) =>
    call(node, 'POST', '/api/v1/auth/login', { body: { email, password: 'wrong password' } })
  const [known, unknown] = [await login(owner.email), await login('nobody@example.com')]
  t.equal(known.status, 401)
  t.same(known.body, unknown.body)
})

t.test('an account cannot be guessed at, while another address still gets in', async t => {
  const { node } = await nodeWithOwner(t, { MESHER_TRUSTED_PROXIES: '127.0.0.1' })
  const login = (password: string, address: string, email = owner.email) =>
    call(node, 'POST', '/api/v1/auth/login', { headers: { 'x-forwarded-for': address }, body: { email, password } })
  const answers = await Promise.all(Array.from({ length: 20 }, () => login('wrong password', '203.0.113.1')))
  t.same(
    answers.map(({ status }) => status).sort(),
    [...Array<number>(10).fill(401), ...Array<number>(10).fill(429)],
    'also when all are sent at once'
  )
  const refused = await login(owner.password, '203.0.113.1')
  t.equal(refused.status, 429, 'also the right password')
  const retryAfter = Number(refused.headers.get('retry-after'))
  t.ok(retryAfter >= 1 && retryAfter <= 900)
  t.equal((await login(owner.password, '203.0.113.2')).status, 200)

  await node.sql`update login_attempts set window_started_at = window_started_at - interval '15 minutes'`
  t.equal((await login(owner.password, '203.0.113.1')).status, 200, 'a new window begins')
})

t.test('ten strangers lock nobody out who has logged in from this browser or address before', async t => {
  const { node } = await nodeWithOwner(t, { MESHER_TRUSTED_PROXIES: '127.0.0.1' })
  const login = (password: string, address: string, cookie = '') =>
    call(node, 'POST', '/api/v1/auth/login', {
      cookie,
      headers: { 'x-forwarded-for': address },
      body: { email: owner.email, password }
    })
  const first = await login(owner.password, '192.0.2.1')
  const device =
    first.headers
      .getSetCookie()
      .find(one => one.startsWith('mesher_device='))
      ?.split(';')[0] ?? ''
  await node.sql`insert into login_attempts (subject, attempts, window_started_at)
    select subject, 100, now() from login_attempts where attempts = 0 and subject not like '%.%'
    on conflict (subject) do update set attempts = excluded.attempts`
  t.equal((await login(owner.password, '203.0.113.7')).status, 429, 'a stranger')
  t.equal((await login(owner.password, '203.0.113.7', 'mesher_device=' + 'a'.repeat(43))).status, 429)
  t.equal((await login(owner.password, '203.0.113.8', device)).status, 200, 'the browser')
  t.equal((await login(owner.password, '192.0.2.1')).status, 200, 'the address')
  const { cookie } = first
  t.equal(
    (await call(node, 'POST', '/api/v1/auth/confirm', { cookie, body: { password: owner.password } })).status,
    204,
    'the session'
  )
})

t.test('one address cannot try many accounts, and IPv6 counts by its network', async t => {
  const { node } = await nodeWithOwner(t, { MESHER_TRUSTED_PROXIES: '127.0.0.1' })
  const login = (number: number) =>
    call(node, 'POST', '/api/v1/auth/login', {
      headers: { 'x-forwarded-for': `2001:db8:0:1::${number.toString(16)}` },
      body: { email: `user${number}@example.com`, password: 'wrong password' }
    })
  await node.sql`insert into login_attempts (subject, attempts, window_started_at)
    values ('login 2001:db8:0:1', 99, now())`
  t.equal((await login(1)).status, 401)
  t.equal((await login(2)).status, 429)
  t.match(
    await node.sql`select count(*) from login_attempts where subject not like 'login 2001:%'
      and subject not like 'setup%'`,
    [{ count: 2 }],
    'an account is not charged for who is stopped by their address'
  )
})

t.test('a changed password ends the other sessions, and needs the present one where that is given', async t => {
  const { node, cookie } = await nodeWithOwner(t)
  const other = await call(node, 'POST', '/api/v1/auth/login', {
    body: { email: owner.email, password: owner.password }
  })
  const change = (body: unknown) => call(node, 'PATCH', '/api/v1/auth/me', { cookie, body })
  t.match(await change({ name: 'Oliver' }), { status: 200, body: { user: { name: 'Oliver' } } })
  t.equal((await call(node, 'GET', '/api/v1/auth/me', { cookie: other.cookie })).status, 200)
  t.match(await change({ password: 'another password', current_password: 'wrong password' }), {
    status: 400,
    body: { errors: [{ path: 'current_password' }] }
  })
  t.equal((await change({ password: 'another password', current_password: owner.password })).status, 200)

  t.equal((await call(node, 'GET', '/api/v1/auth/me', { cookie: other.cookie })).status, 401)
  t.equal((await call(node, 'GET', '/api/v1/auth/me', { cookie })).status, 200)
  t.equal(
    (await call(node, 'POST', '/api/v1/auth/login', { body: { email: owner.email, password: owner.password } })).status,
    401
  )
  t.equal(
    (await call(node, 'POST', '/api/v1/auth/login', { body: { email: owner.email, password: 'another password' } }))
      .status,
    200
  )
})

t.test('a password that is blank, known or the address is refused wherever one is chosen', async t => {
  const node = await runningNode(t, { env: { MESHER_SETUP_TOKEN: setupToken } })
  const refused = { status: 400, body: { errors: [{ path: 'password' }] } }
  for (const password of ['          ', 'password1', owner.email]) {
    t.match(await call(node, 'POST', '/api/v1/setup', { body: { token: setupToken, ...owner, password } }), refused)
  }
  const { cookie } = await call(node, 'POST', '/api/v1/setup', { body: { token: setupToken, ...owner } })
  t.match(await call(node, 'PATCH', '/api/v1/auth/me', { cookie, body: { password: 'password1' } }), refused)
})

t.test('after 15 minutes passwords, tokens, owners and the end of an organization need the password again', async t => {
  const { node, cookie } = await nodeWithOwner(t)
  const { body: me } = await call(node, 'GET', '/api/v1/auth/me', { cookie })
  const [{ id: organization = '' } = {}]: { id?: string }[] = me.organizations ?? []
  const member = await createUser(node.sql, { email: 'bob@example.com', name: '', passwordHash: '' })
  await node.sql`insert into memberships (organization_id, user_id, role)
    values (${organization}, ${member?.id ?? ''}, 'member')`
  const memberPath = `/api/v1/orgs/${organization}/members/${member?.id}`
  const invites = `/api/v1/orgs/${organization}/invites`
  const grave: [method: string, path: string, body: unknown, status: number][] = [
    ['PATCH', '/api/v1/auth/me', { password: 'another password' }, 200],
    ['POST', '/api/v1/tokens', { name: 'x', scopes: ['admin'] }, 201],
    ['POST', invites, { email: 'eve@example.com', role: 'owner' }, 201],
    ['PATCH', memberPath, { role: 'owner' }, 200],
    ['DELETE', `/api/v1/orgs/${organization}`, undefined, 204]
  ]
  const light: [method: string, path: string, body: unknown][] = [
    ['PATCH', '/api/v1/auth/me', { name: 'Olive' }],
    ['POST', invites, { email: 'carl@example.com', role: 'admin' }],
    ['PATCH', memberPath, { role: 'admin' }]
  ]
  await node.sql`update sessions set created_at = now() - interval '16 minutes'`
  for (const [method, path, body] of grave) {
    t.match(
      await call(node, method, path, { cookie, body }),
      { status: 403, body: { type: 'urn:mesher:problem:recent_login_required' } },
      `${method} ${path}`
    )
  }
  for (const [method, path, body] of light) {
    const { status } = await call(node, method, path, { cookie, body })
    t.ok(status < 300, `${method} ${path} needs none: ${status}`)
  }
  const confirm = (password: string) => call(node, 'POST', '/api/v1/auth/confirm', { cookie, body: { password } })
  t.match(await confirm('wrong password'), { status: 400, body: { errors: [{ path: 'password' }] } })
  t.equal((await confirm(owner.password)).status, 204)
  for (const [method, path, body, status] of grave) {
    t.equal((await call(node, method, path, { cookie, body })).status, status, `${method} ${path} after it`)
  }
})

t.test('a new password revokes the API tokens where that is asked for', async t => {
  const { node, cookie } = await nodeWithOwner(t)
  const { body } = await call(node, 'POST', '/api/v1/tokens', { cookie, body: { name: 'CI', scopes: ['read'] } })
  const token = String(body.token)
  const change = (body: unknown) => call(node, 'PATCH', '/api/v1/auth/me', { cookie, body })
  const reads = async () => (await call(node, 'GET', '/api/v1/auth/me', { token })).status
  t.match(await change({ revoke_tokens: true }), { status: 400, body: { errors: [{ path: 'revoke_tokens' }] } })
  await change({ password: 'another password' })
  t.equal(await reads(), 200)
  await change({ password: 'third password', revoke_tokens: true })
  t.equal(await reads(), 401)
})

t.test('guesses at the password of an open session are counted', async t => {
  const { node, cookie } = await nodeWithOwner(t)
  const confirm = () => call(node, 'POST', '/api/v1/auth/confirm', { cookie, body: { password: 'wrong password' } })
  for (let attempt = 0; attempt < 10; attempt++) t.equal((await confirm()).status, 400)
  t.equal((await confirm()).status, 429)
})

t.test('sessions are listed for the account page, and each can be ended', async t => {
  const { node, cookie } = await nodeWithOwner(t)
  const other = await call(node, 'POST', '/api/v1/auth/login', {
    headers: { 'user-agent': 'Elsewhere/1.0' },
    body: { email: owner.email, password: owner.password }
  })
  const { body } = await call(node, 'GET', '/api/v1/sessions', { cookie })
  const sessions: { id: string; user_agent: string; remote_address: string; current: boolean }[] = body.data ?? []
  t.match(sessions, [{ user_agent: 'Elsewhere/1.0', remote_address: '127.0.0.1', current: false }, { current: true }])
  t.equal((await call(node, 'DELETE', `/api/v1/sessions/${sessions[0]?.id}`, { cookie })).status, 204)
  t.equal((await call(node, 'GET', '/api/v1/auth/me', { cookie: other.cookie })).status, 401)
  t.equal((await call(node, 'DELETE', `/api/v1/sessions/${sessions[0]?.id}`, { cookie })).status, 404)
})

t.test('a session ends when it was not used for long, and each use keeps it', async t => {
  const { node, cookie } = await nodeWithOwner(t)
  const me = async () => (await call(node, 'GET', '/api/v1/auth/me', { cookie })).status
  await node.sql`update sessions set last_used_at = now() - interval '6 minutes',
    expires_at = now() + interval '1 minute'`
  t.equal(await me(), 200)
  t.match(
    await node.sql`select expires_at > now() + interval '13 days' as kept,
      last_used_at > now() - interval '1 minute' as used from sessions`,
    [{ kept: true, used: true }]
  )
  await node.sql`update sessions set created_at = now() - interval '89 days',
    last_used_at = now() - interval '6 minutes'`
  t.equal(await me(), 200)
  t.match(
    await node.sql`select expires_at < now() + interval '25 hours' as bounded from sessions`,
    [{ bounded: true }],
    'but not for ever'
  )
  await node.sql`update sessions set expires_at = now() - interval '1 second'`
  t.equal(await me(), 401)
})

t.test('a token does what its scope allows, until it is revoked or has expired', async t => {
  const { node, cookie } = await nodeWithOwner(t)
  const expires = new Date(Date.now() + 3_600_000).toISOString()
  const made = await call(node, 'POST', '/api/v1/tokens', {
    cookie,
    body: { name: 'CI', scopes: ['read', 'read'], expires_at: expires }
  })
  t.match(made, { status: 201, body: { name: 'CI', scopes: ['read'], expires_at: expires, last_used_at: null } })
  const token = String(made.body.token)
  t.match(token, /^mshr_[\w-]{43}$/)
  t.equal((await call(node, 'GET', '/api/v1/auth/me', { token })).status, 200)
  t.equal(
    (await call(node, 'PATCH', '/api/v1/auth/me', { token, body: { name: 'x' } })).status,
    403,
    'tokens change no account'
  )
  t.equal(
    (await call(node, 'POST', '/api/v1/tokens', { token, body: { name: 'x', scopes: ['read'] } })).status,
    403,
    'tokens make no tokens'
  )
  t.equal(
    (await call(node, 'DELETE', `/api/v1/tokens/${made.body.id}`, { token })).status,
    403,
    'reading is not revoking'
  )

  const { body } = await call(node, 'GET', '/api/v1/tokens', { cookie })
  t.match(body.data, [{ id: made.body.id, last_used_at: /Z$/ }])
  t.notMatch(JSON.stringify(body), token)

  await node.sql`update api_tokens set expires_at = now() - interval '1 second'`
  t.equal((await call(node, 'GET', '/api/v1/auth/me', { token })).status, 401)
  await node.sql`update api_tokens set expires_at = null`
  t.equal((await call(node, 'GET', '/api/v1/auth/me', { token, cookie: 'mesher_session=x' })).status, 200)
  t.equal((await call(node, 'DELETE', `/api/v1/tokens/${made.body.id}`, { cookie })).status, 204)
  t.equal((await call(node, 'GET', '/api/v1/auth/me', { token })).status, 401)
  t.equal(
    (await call(node, 'GET', '/api/v1/auth/me', { token, cookie })).status,
    401,
    'a token that is sent is what counts'
  )
})

t.test('tokens need a name, known scopes and a time to come', async t => {
  const { node, cookie } = await nodeWithOwner(t)
  const bad: [unknown, string][] = [
    [{ name: '', scopes: ['read'] }, 'name'],
    [{ scopes: ['read'] }, 'name'],
    [{ name: 'x' }, 'scopes'],
    [{ name: 'x', scopes: [] }, 'scopes'],
    [{ name: 'x', scopes: ['root'] }, 'scopes.0'],
    [{ name: 'x', scopes: ['read'], expires_at: '2020-01-01T00:00:00Z' }, 'expires_at'],
    [{ name: 'x', scopes: ['read'], expires_at: 'soon' }, 'expires_at'],
    [{ name: 'x', scopes: ['read'], user_id: '1' }, 'user_id'],
    [[], 'body'],
    [undefined, 'body']
  ]
  for (const [body, path] of bad) {
    t.match(
      await call(node, 'POST', '/api/v1/tokens', { cookie, body }),
      { status: 400, body: { errors: [{ path }] } },
      JSON.stringify(body)
    )
  }
})

t.test('lists come in pages, and a cursor that was meddled with is refused', async t => {
  const { node, cookie } = await nodeWithOwner(t)
  for (const name of ['a', 'b', 'c']) {
    await call(node, 'POST', '/api/v1/tokens', { cookie, body: { name, scopes: ['read'] } })
  }
  const page = async (query: string) => await call(node, 'GET', `/api/v1/tokens${query}`, { cookie })
  const first = await page('?limit=2')
  t.match(first.body, { data: [{ name: 'c' }, { name: 'b' }], next_cursor: /./ })
  t.match((await page(`?limit=2&cursor=${String(first.body.next_cursor)}`)).body, {
    data: [{ name: 'a' }],
    next_cursor: null
  })
  for (const query of [
    '?limit=0',
    '?limit=101',
    '?limit=1e1',
    '?limit=1&limit=2',
    '?cursor=',
    '?cursor=nonsense',
    `?cursor=${Buffer.from('"x"').toString('base64url')}`,
    '?nonsense=1',
    '?limit=%zz',
    '?limit=%00',
    '?__proto__=1'
  ]) {
    t.equal((await page(query)).status, 400, query)
  }
})

t.test('requests with a cookie that change something must come from our own pages', async t => {
  const { node, cookie } = await nodeWithOwner(t)
  const rename = async (origin: string | null, sent: Sent = { cookie }) =>
    (await call(node, 'PATCH', '/api/v1/auth/me', { ...sent, origin, body: { name: 'x' } })).status
  t.equal(await rename(node.url), 200)
  for (const origin of [
    null,
    'null',
    'http://elsewhere.example',
    node.url.replace('http', 'https'),
    `${node.url}.example`
  ]) {
    t.equal(await rename(origin), 403, String(origin))
  }
  t.equal(
    (await call(node, 'GET', '/api/v1/auth/me', { cookie, origin: 'http://elsewhere.example' })).status,
    200,
    'reading changes nothing'
  )
  t.equal(await rename(null, {}), 401, 'without a cookie there is nothing to abuse')
})

t.test('behind a public URL that one alone is our own', async t => {
  const { node } = await nodeWithOwner(t, { MESHER_PUBLIC_URL: 'https://errors.example.com' })
  const login = await call(node, 'POST', '/api/v1/auth/login', {
    body: { email: owner.email, password: owner.password }
  })
  const rename = async (origin: string) =>
    (await call(node, 'PATCH', '/api/v1/auth/me', { cookie: login.cookie, origin, body: { name: 'x' } })).status
  t.match(login.headers.get('set-cookie'), /; Secure; SameSite=Lax$/)
  t.equal(await rename('https://errors.example.com'), 200)
  t.equal(await rename(node.url), 403)
})

t.test('bodies are JSON in UTF-8 and nothing else', async t => {
  const { node, cookie } = await nodeWithOwner(t)
  const patch = async (body: string | Uint8Array<ArrayBuffer>, type = 'application/json') => {
    const response = await fetch(`${node.url}/api/v1/auth/me`, {
      method: 'PATCH',
      headers: { cookie, origin: node.url, 'content-type': type },
      body
    })
    return response.status
  }
  t.equal(await patch('{"name":"x"}', 'application/json; charset=utf-8'), 200)
  for (const type of [
    'text/plain',
    'application/x-www-form-urlencoded',
    'application/jsonp',
    'multipart/form-data; boundary=x'
  ]) {
    t.equal(await patch('{"name":"x"}', type), 415, type)
  }
  const bad = [
    '{',
    'null',
    '"x"',
    '[]',
    '{"name":1}',
    '{"__proto__":{}}',
    '{"name":"x","constructor":{}}',
    '{"name":"a\\u0000b"}',
    `${'{"a":'.repeat(100)}1${'}'.repeat(100)}`,
    '{"name":"x"}}'
  ]
  for (const body of bad) t.equal(await patch(body), 400, body.slice(0, 40))
  t.equal(await patch(Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])), 400, 'bytes that are no UTF-8')
})

t.test('an outage of the database is a 503 that says when to come again, and no more', async t => {
  const { node, cookie } = await nodeWithOwner(t)
  await node.sql`alter table sessions rename to sessions_away`
  const failed = await call(node, 'GET', '/api/v1/auth/me', { cookie })
  t.match(failed, { status: 503, body: { type: 'urn:mesher:problem:unavailable', detail: /could not be handled/ } })
  t.notMatch(JSON.stringify(failed.body), /sessions|relation|select/i)
  t.ok(
    node.log.some(line => /sessions/.test(line)),
    'it is in the log'
  )
})
