// Goal: projects, keys, settings and storage over HTTP, and that ingestion goes by them within seconds.
// Method: a whole node; what was changed by the API is tried by sending events.
import t from 'tap'
import { apiUnderTest, type ApiUnderTest } from '../support/api.ts'
import { commitEvents } from '../support/issues.ts'

type Key = {
  id: string
  public_key: string
  dsn: string
  active: boolean
  label: string
  rate_limit_per_minute: number | null
}
type ProjectBody = { id: string; slug: string; dsn: string; keys: Key[] }

async function send(api: ApiUnderTest, key: string): Promise<number> {
  const response = await fetch(`${api.url}/api/v1/events`, {
    method: 'POST',
    headers: { 'x-mesher-key': key, 'content-type': 'application/json' },
    body: JSON.stringify({ message: 'something broke' })
  })
  await response.arrayBuffer()
  return response.status
}

/** Until the answer is another: a change is known to a node after one poll of its keys. */
async function sendUntil(api: ApiUnderTest, key: string, status: number): Promise<number> {
  for (;;) {
    const got = await send(api, key)
    if (got === status) return got
  }
}

t.test('a new project comes with a key whose DSN works', async t => {
  const api = await apiUnderTest(t)
  const admin = await api.user('admin')
  const projects = `/api/v1/orgs/${api.organizationId}/projects`
  const made = await admin.post<ProjectBody>(projects, { name: 'Web shop', platform: 'javascript' })
  t.match(made, {
    status: 201,
    body: {
      slug: 'web-shop',
      name: 'Web shop',
      platform: 'javascript',
      organization_id: api.organizationId,
      keys: [{ active: true, label: 'Default', rate_limit_per_minute: null }]
    }
  })
  const [key] = made.body.keys
  t.equal(made.body.dsn, `http://${key?.public_key}@127.0.0.1:${api.port}/${made.body.id}`)
  t.equal(key?.dsn, made.body.dsn)
  t.equal(await send(api, key?.public_key ?? ''), 202)

  t.match(await admin.post(projects, { name: 'Web shop' }), { status: 201, body: { slug: 'web-shop-2' } })
  t.match(await admin.post(projects, { name: 'Other', slug: 'web-shop' }), { status: 409 })
  for (const body of [
    { name: '' },
    { name: 'A', slug: '7' },
    { name: 'A', id: 7 },
    { name: 'A', platform: 'x'.repeat(65) }
  ]) {
    t.match(await admin.post(projects, body), { status: 400 }, JSON.stringify(body))
  }
  const other = await api.organization('other')
  const stranger = await api.user('owner', { organizationId: other.id })
  t.match(
    await stranger.post(`/api/v1/orgs/${other.id}/projects`, { name: 'Web shop' }),
    { status: 201, body: { slug: 'web-shop' } },
    "slugs are an organization's own"
  )
  t.match(await stranger.get(`/api/v1/projects/${made.body.id}`), { status: 404 })
})

t.test('projects are listed in pages, read by number and slug, renamed', async t => {
  const api = await apiUnderTest(t)
  const admin = await api.user('admin')
  const projects = `/api/v1/orgs/${api.organizationId}/projects`
  for (const name of ['B', 'C']) await admin.post(projects, { name })
  const first = await admin.get<{ next_cursor: string }>(`${projects}?limit=2`)
  t.match(first.body, { data: [{ slug: 'default' }, { slug: 'b' }] })
  t.match(await admin.get(`${projects}?limit=2&cursor=${first.body.next_cursor}`), {
    body: { data: [{ slug: 'c' }], next_cursor: null }
  })
  t.match(await admin.get(`${projects}?cursor=bm8`), { status: 400, body: { errors: [{ path: 'cursor' }] } })
  t.match(await admin.patch('/api/v1/projects/b', { slug: 'c' }), { status: 409 })
  t.match(await admin.patch('/api/v1/projects/b', { name: 'Bee', slug: 'bee', platform: 'go' }), {
    status: 200,
    body: { name: 'Bee', slug: 'bee', platform: 'go' }
  })
  t.match(await admin.get('/api/v1/projects/b'), { status: 200, body: { slug: 'bee' } })
  t.match(await admin.get('/api/v1/projects/bee'), { status: 200, body: { name: 'Bee' } })
})

t.test('a deleted project is gone at once, and its keys within seconds', async t => {
  const api = await apiUnderTest(t)
  const [admin, member] = [await api.user('admin'), await api.user('member')]
  t.equal(await send(api, api.key), 202)
  t.match(await member.delete(`/api/v1/projects/${api.projectId}`), { status: 403 })
  t.match(await admin.delete(`/api/v1/projects/${api.projectId}`), { status: 204 })
  t.match(await admin.delete(`/api/v1/projects/${api.projectId}`), { status: 404 })
  t.match(await admin.get(`/api/v1/projects/${api.projectId}`), { status: 404 })
  t.match(await admin.get(`/api/v1/orgs/${api.organizationId}/projects`), { body: { data: [] } })
  t.equal(await sendUntil(api, api.key, 401), 401)
  t.match(
    await admin.post(`/api/v1/orgs/${api.organizationId}/projects`, { name: 'Default' }),
    { status: 201, body: { slug: 'default' } },
    'its slug is free again'
  )
})

t.test('keys are made, labelled, limited, switched off and revoked', async t => {
  const api = await apiUnderTest(t)
  const [admin, member] = [await api.user('admin'), await api.user('member')]
  const keys = `/api/v1/projects/${api.projectId}/keys`
  const { status, body: key } = await admin.post<Key>(keys, { label: ' Mobile ', rate_limit_per_minute: 100 })
  t.equal(status, 201)
  t.match(key, {
    label: 'Mobile',
    active: true,
    rate_limit_per_minute: 100,
    dsn: `http://${key.public_key}@127.0.0.1:${api.port}/${api.projectId}`
  })
  t.equal(await send(api, key.public_key), 202)
  t.match(await member.get(keys), {
    status: 200,
    body: { data: [{ label: 'Default' }, { id: key.id }], next_cursor: null }
  })
  t.match(await member.patch(`${keys}/${key.id}`, { active: false }), { status: 403 })

  t.match(await admin.patch(`${keys}/${key.id}`, { label: 'Old' }), {
    status: 200,
    body: { label: 'Old', active: true, rate_limit_per_minute: 100 }
  })
  t.match(await admin.patch(`${keys}/${key.id}`, { rate_limit_per_minute: null, active: false }), {
    status: 200,
    body: { label: 'Old', active: false, rate_limit_per_minute: null }
  })
  t.equal(await sendUntil(api, key.public_key, 401), 401)
  t.match(await admin.patch(`${keys}/${key.id}`, { active: true }), { status: 200 })
  t.equal(await sendUntil(api, key.public_key, 202), 202)
  t.match(await admin.delete(`${keys}/${key.id}`), { status: 204 })
  t.match(await admin.delete(`${keys}/${key.id}`), { status: 404 })
  t.equal(await sendUntil(api, key.public_key, 401), 401)
  t.equal(await send(api, api.key), 202, 'the other key is as good as before')

  for (const body of [
    { label: 5 },
    { label: 'x'.repeat(101) },
    { rate_limit_per_minute: 0 },
    { rate_limit_per_minute: 1.5 },
    { rate_limit_per_minute: 1e12 },
    { active: 'no' },
    { public_key: 'a' }
  ]) {
    t.match(
      await admin.post(keys, body),
      { status: 400, body: { errors: [{ path: Object.keys(body)[0] }] } },
      JSON.stringify(body)
    )
  }
})

t.test('keys of another project are unknown here, and there are no more than a hundred', async t => {
  const api = await apiUnderTest(t)
  const admin = await api.user('admin')
  const { body: other } = await admin.post<ProjectBody>(`/api/v1/orgs/${api.organizationId}/projects`, {
    name: 'Other'
  })
  const keys = `/api/v1/projects/${api.projectId}/keys`
  t.match(await admin.delete(`${keys}/${other.keys[0]?.id}`), { status: 404 })
  t.match(await admin.patch(`${keys}/${other.keys[0]?.id}`, { active: false }), { status: 404 })
  await api.sql`
    insert into dsn_keys (project_id, id, public_key) select ${api.projectId}, gen_random_uuid(), md5(n::text)
      from generate_series(1, 98) n`
  const made = await Promise.all([1, 2, 3].map(() => admin.post(keys, {})))
  t.same(made.map(answer => answer.status).sort(), [201, 409, 409])
})

t.test('settings have the documented form and change one by one', async t => {
  const api = await apiUnderTest(t)
  const [admin, member] = [await api.user('admin'), await api.user('member')]
  const settings = `/api/v1/projects/${api.projectId}/settings`
  const first = {
    retention_days: 30,
    sample_rate: 1,
    rate_limit_per_minute: 6000,
    scrub: { enabled: true, fields: [], safe_fields: [], ip: 'keep' },
    grouping: { fingerprint_rules: '', stack_rules: '' }
  }
  t.same((await member.get(settings)).body, first)
  t.same((await admin.patch(settings, {})).body, first)
  t.same((await admin.patch(settings, { scrub: { fields: [' iban ', 'x-internal'] } })).body, {
    ...first,
    scrub: { enabled: true, fields: ['iban', 'x-internal'], safe_fields: [], ip: 'keep' }
  })
  t.same((await admin.patch(settings, { scrub: { safe_fields: ['session'] } })).body, {
    ...first,
    scrub: { enabled: true, fields: ['iban', 'x-internal'], safe_fields: ['session'], ip: 'keep' }
  })
  const changed = {
    retention_days: 90,
    sample_rate: 0.25,
    rate_limit_per_minute: null,
    scrub: { enabled: false, fields: [], safe_fields: [], ip: 'drop' },
    grouping: { fingerprint_rules: '# none\ntype:A -> b', stack_rules: 'app:no +app' }
  }
  t.same((await admin.patch(settings, changed)).body, changed)
  t.same((await member.get(settings)).body, changed)
  t.match(await member.patch(settings, { sample_rate: 1 }), { status: 403 })
  t.match(await api.sql`select retention_classes from projects where id = ${api.projectId}`, [
    { retention_classes: [30, 90] }
  ])

  const wrong: [object, string][] = [
    [{ retention_days: 31 }, 'retention_days'],
    [{ retention_days: '30' }, 'retention_days'],
    [{ sample_rate: 1.1 }, 'sample_rate'],
    [{ sample_rate: -0.1 }, 'sample_rate'],
    [{ sample_rate: null }, 'sample_rate'],
    [{ rate_limit_per_minute: 0 }, 'rate_limit_per_minute'],
    [{ rate_limit_per_minute: 2.5 }, 'rate_limit_per_minute'],
    [{ scrub: { ip: 'hash' } }, 'scrub.ip'],
    [{ scrub: { fields: [''] } }, 'scrub.fields.0'],
    [{ scrub: { fields: 'a' } }, 'scrub.fields'],
    [{ scrub: { fields: Array.from({ length: 101 }, () => 'a') } }, 'scrub.fields'],
    [{ scrub: { safe_fields: ['-'] } }, 'scrub.safe_fields.0'],
    [{ scrub: null }, 'scrub'],
    [{ grouping: { fingerprint_rules: null } }, 'grouping.fingerprint_rules'],
    [{ grouping: { stack_rules: 'x'.repeat(16_385) } }, 'grouping.stack_rules'],
    [{ grouping: { rules: '' } }, 'grouping.rules'],
    [{ grouping: { fingerprint_rules: 'type:B' } }, 'grouping.fingerprint_rules'],
    [{ scrub: { pattern: '.*' } }, 'scrub.pattern'],
    [{ colour: 'red' }, 'colour']
  ]
  for (const [body, path] of wrong) {
    t.match(await admin.patch(settings, body), { status: 400, body: { errors: [{ path }] } }, JSON.stringify(body))
  }
  t.same((await member.get(settings)).body, changed, 'nothing of that was taken')
})

t.test('rules for grouping that cannot be read are refused with line, column and reason', async t => {
  const api = await apiUnderTest(t)
  const admin = await api.user('admin')
  const settings = `/api/v1/projects/${api.projectId}/settings`
  const grouping = { fingerprint_rules: 'type:A -> b\ncolour:red -> c\n', stack_rules: '# a\n\nmodule:[a -app' }
  t.match(await admin.patch(settings, { sample_rate: 0.5, grouping }), {
    status: 400,
    body: {
      detail: /^grouping.fingerprint_rules, line 2, column 1: there is no matcher “colour”/,
      errors: [
        { path: 'grouping.fingerprint_rules', line: 2, column: 1, message: /no matcher/ },
        { path: 'grouping.stack_rules', line: 3, column: 8, message: /never closed/ }
      ]
    }
  })
  t.match((await admin.get(settings)).body, { sample_rate: 1, grouping: { fingerprint_rules: '', stack_rules: '' } })
  await admin.patch(settings, { grouping: { stack_rules: 'app:no +app' } })
  t.match((await admin.patch(settings, { grouping: { fingerprint_rules: 'type:A -> b' } })).body, {
    grouping: { fingerprint_rules: 'type:A -> b', stack_rules: 'app:no +app' }
  })
  t.match((await admin.patch(settings, { grouping: { fingerprint_rules: '', stack_rules: '' } })).body, {
    grouping: { fingerprint_rules: '', stack_rules: '' }
  })
})

t.test('rules are tried on the events of the project, by its admins', async t => {
  const api = await apiUnderTest(t)
  const [admin, member] = [await api.user('admin'), await api.user('member')]
  const preview = `/api/v1/projects/${api.projectId}/grouping/preview`
  const rules = { fingerprint_rules: 'message:* -> x', stack_rules: '' }
  t.match(await admin.post(preview, rules), {
    status: 200,
    body: { events: 0, ended_by: null, issues: [], fingerprint_rules: [{ line: 1, events: 0 }] }
  })
  t.match(await member.post(preview, rules), { status: 403 })
  t.match(await admin.post(preview, { ...rules, stack_rules: '\napp:maybe -app' }), {
    status: 400,
    body: { errors: [{ path: 'stack_rules', line: 2, column: 5, message: /yes or no/ }] }
  })
  t.match(await admin.post(preview, { fingerprint_rules: '' }), {
    status: 400,
    body: { errors: [{ path: 'stack_rules' }] }
  })
})

t.test('two changes of settings at once both hold', async t => {
  const api = await apiUnderTest(t)
  const admin = await api.user('admin')
  const settings = `/api/v1/projects/${api.projectId}/settings`
  await Promise.all([
    admin.patch(settings, { sample_rate: 0.5 }),
    admin.patch(settings, { retention_days: 60 }),
    admin.patch(settings, { scrub: { ip: 'drop' } }),
    admin.patch(settings, { rate_limit_per_minute: 7 })
  ])
  t.match((await admin.get(settings)).body, {
    sample_rate: 0.5,
    retention_days: 60,
    scrub: { ip: 'drop' },
    rate_limit_per_minute: 7
  })
})

t.test('storage says what is kept, and what is not and why', async t => {
  const api = await apiUnderTest(t)
  const member = await api.user('member')
  const storage = `/api/v1/projects/${api.projectId}/storage`
  t.match((await member.get(storage)).body, {
    event_count: 0,
    bytes: 0,
    forecast_bytes: 0,
    sampled_out: 0,
    rate_limited: 0,
    rejected: 0
  })
  for (let event = 0; event < 3; event++) await send(api, api.key)
  await api.sql`
    insert into outcome_hours (project_id, hour, outcome, reason, count) select ${api.projectId}::bigint,
      date_trunc('hour', now()), outcome, reason, count
    from (values ('sampled_out', '', 2), ('refused', 'rate_limited', 3), ('refused', 'too_large', 4),
      ('refused', 'invalid', 5)) as o (outcome, reason, count)
    union all select ${api.projectId}::bigint, now() - interval '40 days', 'sampled_out', '', 100`
  for (let counted = 0; counted < 3;) {
    counted = Number((await member.get<{ event_count: number }>(storage)).body.event_count)
  }
  const { body } = await member.get<{
    bytes: number
    forecast_bytes: number
    per_day: { day: string; events: number; bytes: number }[]
  }>(storage)
  t.match(body, { event_count: 3, sampled_out: 2, rate_limited: 3, rejected: 9 })
  t.equal(body.per_day.length, 31)
  t.same(body.per_day.at(-1), { day: new Date().toISOString().slice(0, 10), events: 3, bytes: body.bytes })
  t.equal(body.forecast_bytes, body.bytes * 30)
})

t.test('of what is sampled every event is counted, kept or not', async t => {
  const api = await apiUnderTest(t)
  const admin = await api.user('admin')
  await admin.patch(`/api/v1/projects/${api.projectId}/settings`, { sample_rate: 0.5, rate_limit_per_minute: null })
  const answered = { stored: 0, sampled_out: 0 }
  // After the first that is left out the node knows of the change. Until then the old limit may be used up: of what it
  // refuses nothing is kept.
  for (let more = Infinity; more > 0; more = answered.sampled_out === 0 ? more : Math.min(more, 6) - 1) {
    const body = JSON.stringify(Array.from({ length: 50 }, () => ({ message: 'one of many' })))
    const response = await fetch(`${api.url}/api/v1/events/bulk`, {
      method: 'POST',
      headers: { 'x-mesher-key': api.key, 'content-type': 'application/json' },
      body
    })
    if (response.status === 429) {
      await response.text()
      continue
    }
    const { results }: { results: { outcome: keyof typeof answered }[] } = JSON.parse(await response.text())
    for (const { outcome } of results) answered[outcome] += 1
  }
  const storage = async () =>
    (await admin.get<{ event_count: number; sampled_out: number }>(`/api/v1/projects/${api.projectId}/storage`)).body
  for (let counted = 0; counted < answered.stored + answered.sampled_out;) {
    const figures = await storage()
    counted = figures.event_count + figures.sampled_out
  }
  t.match(await storage(), { event_count: answered.stored, sampled_out: answered.sampled_out })
  t.match(await api.sql`select count(*) as count from events`, [{ count: answered.stored }])
})

t.test('former names lead to what had them, until another takes them', async t => {
  const api = await apiUnderTest(t)
  const [admin, outsider] = [await api.user('admin'), await api.user(null)]
  const projects = `/api/v1/orgs/${api.organizationId}/projects`
  const { body: made } = await admin.post<ProjectBody>(projects, { name: 'Web', slug: 'web' })
  await commitEvents(api.sql, { projectId: Number(made.id), issue: 'a' })
  await admin.patch('/api/v1/projects/web', { slug: 'shop' })
  const slugAt = async (name: string) => {
    const { status, body } = await admin.get<ProjectBody>(`/api/v1/projects/${name}`)
    return status === 200 ? body.slug : status
  }
  t.same([await slugAt('web'), await slugAt('shop'), await slugAt('store')], ['shop', 'shop', 404])
  t.match(await admin.get('/api/v1/issues/WEB-1'), { status: 200, body: { short_id: 'SHOP-1' } })
  t.equal((await outsider.get('/api/v1/projects/web')).status, 404)

  await admin.patch('/api/v1/projects/web', { slug: 'store' })
  t.same([await slugAt('web'), await slugAt('shop')], ['store', 'store'])
  await admin.post(projects, { name: 'Other', slug: 'web' })
  t.same([await slugAt('web'), await slugAt('shop')], ['web', 'store'])
  t.equal((await admin.get('/api/v1/issues/WEB-1')).status, 404)

  const { body: org } = await admin.get<{ slug: string }>(`/api/v1/orgs/${api.organizationId}`)
  const owner = await api.user('owner')
  t.equal((await owner.patch(`/api/v1/orgs/${org.slug}`, { slug: 'renamed' })).status, 200)
  t.match(await owner.get(`/api/v1/orgs/${org.slug}`), { status: 200, body: { slug: 'renamed' } })
  t.equal((await outsider.get(`/api/v1/orgs/${org.slug}`)).status, 404)
})
