// Goal: organizations and their members over HTTP: made, named, left, deleted; what one may not do is refused with the
// reason. Method: users of every role call a whole node; every answer is held against the OpenAPI document.
import t from 'tap'
import { takeErasureStep } from '../../services/erasure/steps.ts'
import { apiUnderTest } from '../support/api.ts'

type Page<Item> = { data: Item[]; next_cursor: string | null }

t.test('the user who makes an organization owns it, and slugs are made of names', async t => {
  const api = await apiUnderTest(t)
  const user = await api.user(null, { isInstanceAdmin: true })
  const made = await user.post<{ id: string; slug: string }>('/api/v1/orgs', { name: ' Größe & Co ' })
  t.match(made, { status: 201, body: { slug: 'gro-e-co', name: 'Größe & Co', role: 'owner' } })
  t.match(await user.post('/api/v1/orgs', { name: 'Größe & Co' }), { status: 201, body: { slug: 'gro-e-co-2' } })
  t.match(await user.post('/api/v1/orgs', { name: 'Other', slug: 'gro-e-co' }), { status: 409 })
  t.match(await user.get('/api/v1/orgs/gro-e-co'), {
    status: 200,
    body: { id: made.body.id, role: 'owner', member_count: 1, project_count: 0 }
  })

  const first = await user.get<Page<{ slug: string }>>('/api/v1/orgs?limit=1')
  t.match(first.body.data, [{ slug: 'gro-e-co' }])
  const second = await user.get<Page<{ slug: string }>>(`/api/v1/orgs?limit=1&cursor=${first.body.next_cursor}`)
  t.match(second.body, { data: [{ slug: 'gro-e-co-2' }], next_cursor: null })
})

t.test('only instance admins make organizations, unless they are open to every user', async t => {
  for (const [open, status] of [
    ['false', 403],
    ['true', 201]
  ] as const) {
    const api = await apiUnderTest(t, { env: { MESHER_OPEN_ORGANIZATIONS: open } })
    const [owner, admin] = [await api.user('owner'), await api.user(null, { isInstanceAdmin: true })]
    t.match(await owner.post('/api/v1/orgs', { name: 'Mine' }), { status })
    t.match(await (await owner.withToken(['admin'])).post('/api/v1/orgs', { name: 'Mine' }), { status })
    t.match(await admin.post('/api/v1/orgs', { name: 'Ours' }), { status: 201 })
    t.match(await owner.get('/api/v1/auth/me'), { body: { may_create_organizations: open === 'true' } })
    t.match(await admin.get('/api/v1/auth/me'), { body: { may_create_organizations: true } })
  }
})

t.test('bad names, slugs, cursors and fields are refused with what is wrong', async t => {
  const api = await apiUnderTest(t)
  const user = await api.user('owner')
  const bodies: [object, string][] = [
    [{}, 'name'],
    [{ name: '' }, 'name'],
    [{ name: ' ' }, 'name'],
    [{ name: 'x'.repeat(101) }, 'name'],
    [{ name: 5 }, 'name'],
    [{ name: 'A', slug: '42' }, 'slug'],
    [{ name: 'A', slug: 'Capital' }, 'slug'],
    [{ name: 'A', slug: '-a' }, 'slug'],
    [{ name: 'A', slug: 'a/b' }, 'slug'],
    [{ name: 'A', slug: 'x'.repeat(51) }, 'slug'],
    [{ name: 'A', slug: '0190aaaa-bbbb-7ccc-8ddd-eeeeeeeeeeee' }, 'slug'],
    [{ name: 'A', owner: 'me' }, 'owner']
  ]
  for (const [body, path] of bodies) {
    t.match(await user.post('/api/v1/orgs', body), { status: 400, body: { errors: [{ path }] } }, JSON.stringify(body))
  }
  for (const query of ['cursor=x', 'limit=0', 'limit=101', 'page=2']) {
    t.match(await user.get(`/api/v1/orgs?${query}`), { status: 400 }, query)
  }
})

t.test('no organization stands where the server itself does; projects may', async t => {
  const api = await apiUnderTest(t)
  const user = await api.user('owner', { isInstanceAdmin: true })
  for (const slug of ['api', 'assets', 'ingest', 'login', 'system', 'invite']) {
    t.match(
      await user.post('/api/v1/orgs', { name: 'A', slug }),
      { status: 400, body: { errors: [{ path: 'slug', message: 'is an address of the server itself' }] } },
      slug
    )
  }
  t.match(await user.patch(`/api/v1/orgs/${api.organizationId}`, { slug: 'metrics' }), { status: 400 })
  t.match(await user.post('/api/v1/orgs', { name: 'API' }), { status: 201, body: { slug: 'organization-api' } })
  t.match(await user.post(`/api/v1/orgs/${api.organizationId}/projects`, { name: 'API', slug: 'api' }), {
    status: 201,
    body: { slug: 'api' }
  })
})

t.test('admins rename, owners delete', async t => {
  const api = await apiUnderTest(t)
  const [owner, admin, member] = [
    await api.user('owner', { isInstanceAdmin: true }),
    await api.user('admin'),
    await api.user('member')
  ]
  const address = `/api/v1/orgs/${api.organizationId}`
  t.match(await member.patch(address, { name: 'New' }), { status: 403 })
  t.match(await admin.patch(address, { name: 'New', slug: 'new' }), {
    status: 200,
    body: { name: 'New', slug: 'new', role: 'admin' }
  })
  t.match(await admin.patch(address, {}), { status: 200, body: { name: 'New', slug: 'new' } })
  await api.organization('other')
  t.match(await admin.patch(address, { slug: 'other' }), { status: 409 })
  t.match(await admin.delete(address), { status: 403 })
  t.match(await owner.delete(address), { status: 204 })
  for (const user of [owner, admin, member]) {
    t.match(await user.get(address), { status: 404 })
    t.match(await user.get('/api/v1/orgs'), { status: 200, body: { data: [] } })
    t.match(await user.get(`/api/v1/projects/${api.projectId}`), { status: 404 })
  }
  t.match(await owner.post('/api/v1/orgs', { name: 'New', slug: 'new' }), { status: 201 }, 'its slug is free again')
})

t.test('a deletion shows how far it is, to who has asked for it', async t => {
  const api = await apiUnderTest(t)
  const [owner, admin, member, stranger] = [
    await api.user('owner'),
    await api.user('admin'),
    await api.user('member'),
    await api.user(null)
  ]
  t.match(await owner.delete(`/api/v1/projects/${api.projectId}`), { status: 204 })
  const shown = {
    kind: 'project',
    project_id: String(api.projectId),
    name: 'Default',
    state: 'waiting',
    requested_by: owner.id,
    finished_at: null
  }
  t.match(await owner.get('/api/v1/deletions'), { status: 200, body: { data: [shown] } })
  t.match(await admin.get('/api/v1/deletions'), { status: 200, body: { data: [] } })
  t.match(await admin.get(`/api/v1/orgs/${api.organizationId}/deletions`), { status: 200, body: { data: [shown] } })
  t.match(await member.get(`/api/v1/orgs/${api.organizationId}/deletions`), { status: 403 })
  t.match(await stranger.get(`/api/v1/orgs/${api.organizationId}/deletions`), { status: 404 })

  // The node's own eraser may be faster.
  await api.sql`update erasures set due_at = now() - interval '1 hour'`
  for (let finished = 0; finished === 0;) {
    await takeErasureStep(api.sql, { rowsMax: 1_000 })
    finished = (await api.sql`select from erasures where finished_at is not null`).count
    await api.sql`update erasures set due_at = now() - interval '1 hour', requested_at = now() - interval '1 hour'`
  }
  t.match(await owner.get('/api/v1/deletions'), { body: { data: [{ state: 'finished', finished_at: /Z$/ }] } })
})

t.test('members are listed, and their roles change by the rules', async t => {
  const api = await apiUnderTest(t)
  const [owner, admin, member] = [
    await api.user('owner', { name: 'Olive' }),
    await api.user('admin'),
    await api.user('member')
  ]
  const members = `/api/v1/orgs/${api.organizationId}/members`
  t.match(await member.get(members), {
    status: 200,
    body: {
      data: [
        { user_id: owner.id, email: owner.email, name: 'Olive', role: 'owner' },
        { user_id: admin.id, role: 'admin' },
        { user_id: member.id, role: 'member' }
      ]
    }
  })
  const page = await member.get<Page<{ user_id: string }>>(`${members}?limit=2`)
  t.match(await member.get(`${members}?limit=2&cursor=${page.body.next_cursor}`), {
    body: { data: [{ user_id: member.id }], next_cursor: null }
  })

  t.match(await admin.patch(`${members}/${member.id}`, { role: 'owner' }), { status: 403 })
  t.match(await admin.patch(`${members}/${owner.id}`, { role: 'member' }), { status: 403 })
  t.match(await admin.patch(`${members}/${member.id}`, { role: 'admin' }), {
    status: 200,
    body: { user_id: member.id, role: 'admin' }
  })
  t.match(await admin.patch(`${members}/${member.id}`, { role: 'boss' }), {
    status: 400,
    body: { errors: [{ path: 'role' }] }
  })
  t.match(await admin.patch(`${members}/${member.id}`, {}), { status: 400 })
  t.match(await admin.patch(`${members}/nobody`, { role: 'member' }), { status: 400 })
  t.match(await admin.delete(`${members}/${owner.id}`), { status: 403 })
  t.match(await owner.delete(`${members}/${owner.id}`), { status: 409 })
  t.match(await owner.patch(`${members}/${owner.id}`, { role: 'admin' }), { status: 409 })
  t.match(await member.delete(`${members}/${member.id}`), { status: 204 })
  t.match(await member.get(members), { status: 404 })
})

t.test('a token does what its scope and the role of its owner allow', async t => {
  const api = await apiUnderTest(t)
  const owner = await api.user('owner')
  const [admin, write] = [await owner.withToken(['admin']), await owner.withToken(['write'])]
  const address = `/api/v1/orgs/${api.organizationId}`
  t.match(await write.get(address), { status: 200 })
  t.match(await write.patch(address, { name: 'New' }), { status: 403 })
  t.match(await admin.patch(address, { name: 'New' }), { status: 200 })
  await api.sql`update memberships set role = 'member' where user_id = ${owner.id}`
  t.match(await admin.patch(address, { name: 'Newer' }), { status: 403 })
})
