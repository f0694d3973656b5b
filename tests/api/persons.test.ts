// Goal: events and persons are shown, exported and erased over HTTP and by the command line, for those who may, and
// nothing of other tenants is touched. Method: a whole node, whose eraser does the work, events sent with a DSN key,
// and requests until the deletion is told to be finished.
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import type { deletionList } from '../../schema/api/organizations.ts'
import type { PersonDetail } from '../../schema/api/persons.ts'
import type * as v from 'valibot'
import { audit } from '../../services/commit/count-check.ts'
import { runCli } from '../bin/cli.ts'
import { apiUnderTest, type Answered, type ApiClient, type ApiUnderTest } from '../support/api.ts'

type Deletions = v.InferOutput<typeof deletionList>

async function send(api: ApiUnderTest, publicKey: string, event: object): Promise<string> {
  const response = await fetch(`${api.url}/api/v1/events`, {
    method: 'POST',
    headers: { 'x-mesher-key': publicKey, 'content-type': 'application/json' },
    body: JSON.stringify({ level: 'error', ...event })
  })
  const { id }: { id: string } = JSON.parse(await response.text())
  return id
}

async function finished(client: ApiClient, kind: string): Promise<Deletions['data']> {
  for (;;) {
    const { body } = await client.get<Deletions>('/api/v1/deletions')
    const those = body.data.filter(deletion => deletion.kind === kind)
    if (those.length > 0 && those.every(({ state }) => state === 'finished')) return those
    await sleep(100)
  }
}

t.test('an event is deleted, its issue counts what is left, and the last one takes the issue along', async t => {
  const api = await apiUnderTest(t)
  const member = await api.user('member')
  const { key } = api
  const [first, second] = [
    await send(api, key, { message: 'broke', user: { id: '1' } }),
    await send(api, key, { message: 'broke', user: { id: '2' } })
  ]
  const { body } = await member.get<{ issue_id: string }>(`/api/v1/events/${first}`)
  t.equal((await member.delete(`/api/v1/events/${first}`)).status, 204)
  t.equal((await member.delete(`/api/v1/events/${first}`)).status, 404)
  t.match((await member.get(`/api/v1/issues/${body.issue_id}`)).body, { event_count: 1 })
  t.match((await member.get(`/api/v1/issues/${body.issue_id}/activity`)).body, {
    data: [{ kind: 'event_deleted', user: { id: member.id }, data: { event_id: first } }]
  })
  t.match(await finished(member, 'event'), [{ rows_removed: 1, requested_by: member.id }])
  t.same(await audit(api.sql), [])
  t.equal((await member.delete(`/api/v1/events/${second}`)).status, 204)
  t.equal((await member.get(`/api/v1/issues/${body.issue_id}`)).status, 404)
  await finished(member, 'issue')
  t.same(await audit(api.sql), [])
})

t.test('people are found by a part of a name, each once, those of a project alone', async t => {
  const api = await apiUnderTest(t)
  const member = await api.user('member')
  const stranger = await api.organization('other')
  const { key } = api
  for (const user of [
    { id: '17', email: 'Ada.Lovelace@example.com', username: 'ada' },
    { id: '17', email: 'Ada.Lovelace@example.com', username: 'ada' },
    { id: '18', email: 'grace@example.org' },
    { email: 'edsger@example.org' },
    { username: '100%_sure' }
  ]) {
    await send(api, key, { message: 'broke', user })
  }
  await send(api, stranger.project.publicKey ?? '', { message: 'broke', user: { email: 'lovelace@example.net' } })
  const found = async (query: string, more = ''): Promise<string[]> => {
    const path = `/api/v1/projects/${api.projectId}/persons?query=${encodeURIComponent(query)}${more}`
    const { body } = await member.get<{ data: { user: string; email: string; username: string }[] }>(path)
    return body.data.map(({ user, email, username }) => [user, email, username].join(' ').trim())
  }
  t.same(await found('lovelace'), ['17 Ada.Lovelace@example.com ada'])
  t.same(await found('  ADA '), ['17 Ada.Lovelace@example.com ada'])
  t.same(await found('example.org'), ['edsger@example.org', '18 grace@example.org'], 'seen last first')
  t.same(await found('example', '&limit=1'), ['edsger@example.org'])
  t.same(await found('0%_'), ['100%_sure'], 'signs of patterns are text')
  t.same(await found('user='), [], 'what stands before a name is no part of it')
  t.equal((await member.get(`/api/v1/projects/${api.projectId}/persons?query=ad`)).status, 400)
  t.match(await member.get(`/api/v1/projects/${api.projectId}/persons?query=lovelace`), { body: { is_complete: true } })
  t.equal((await member.get(`/api/v1/projects/${stranger.project.id}/persons?query=lovelace`)).status, 404)
})

t.test('a person is shown, exported and erased in an organization, and in no other one', async t => {
  const api = await apiUnderTest(t)
  const [admin, member] = [await api.user('admin'), await api.user('member')]
  const other = await api.organization('other')
  const ada = { id: '7', email: 'Ada@example.com' }
  const { key } = api
  await send(api, key, { message: 'first\nline', user: ada })
  await send(api, key, { message: 'second', user: { email: 'ada@example.com' }, tags: { a: 'b' } })
  await send(api, key, { message: 'second', user: { id: '8' } })
  await send(api, other.project.publicKey ?? '', { message: 'elsewhere', user: ada })

  const path = `/api/v1/projects/${api.projectId}/person`
  t.match((await member.get<PersonDetail>(`${path}?user=7`)).body, {
    event_count: 1,
    is_complete: true,
    names: { id: ['7'], email: ['Ada@example.com'], username: [] },
    issues: [{ event_count: 1, issue: { event_count: 1 } }]
  })
  t.match((await member.get<PersonDetail>(`${path}?email=ada@example.com`)).body, { event_count: 1 })
  t.match((await member.get<PersonDetail>(`${path}?id=7&email=ADA@example.com`)).body, {
    event_count: 2,
    issues: [{ issue: { title: 'second' } }, { issue: { title: 'first' } }]
  })
  t.equal((await member.get(path)).status, 400)
  t.match((await member.get<PersonDetail>(`${path}?id=nobody`)).body, { event_count: 0, first_seen: null, issues: [] })

  const lines: string[] = []
  let next: string | undefined = `/api/v1/orgs/${api.organizationId}/person/export?id=7&email=ada@example.com`
  while (next !== undefined) {
    const { text, headers }: Answered<object> = await member.get<object>(next)
    lines.push(...text.split('\n').filter(line => line !== ''))
    next = /^<(.*)>; rel="next"$/.exec(headers.get('link') ?? '')?.[1]
  }
  const exported = lines.map(line => JSON.parse(line))
  t.match(exported, [{ type: 'event', event: { message: 'second', tags: { a: 'b' } } }, { event: { user: ada } }])

  const erase = `/api/v1/orgs/${api.organizationId}/person/erase`
  t.equal((await member.post(erase, { id: '7' })).status, 403)
  t.equal((await admin.post(erase, {})).status, 400)
  const { status, body } = await admin.post<{ data: { id: string }[] }>(erase, { id: '7', email: 'ada@example.com' })
  t.equal(status, 202)
  t.equal(body.data.length, 1)
  t.match(await finished(admin, 'person'), [{ kind: 'person', rows_removed: 2, name: 'Default' }])
  t.match(
    await api.sql`select p.organization_id = ${api.organizationId} as own, e."user" from events e
    join projects p on p.id = e.project_id order by 1`,
    [
      { own: false, user: '7' },
      { own: true, user: '8' }
    ]
  )
  t.same(await audit(api.sql), [])
})

t.test('operators export and erase without a server', async t => {
  const api = await apiUnderTest(t)
  const { key } = api
  await send(api, key, { message: 'first', user: { id: '7' } })
  await send(api, key, { message: 'first', user: { id: '8' } })
  await api.running.stop()
  const { databaseUrl: url, sql } = api
  const run = (...args: string[]) => runCli(['person', ...args], { cwd: t.testdir(), env: { DATABASE_URL: url } })

  t.match(await run('export', '--id', '7'), { code: 2, stderr: /--organization or --project/ })
  t.match(await run('export', '--project', '1'), { code: 2, stderr: /whom/ })
  t.match(await run('erase', '--organization', 'nowhere', '--id', '7'), {
    code: 1,
    stderr: /no organization "nowhere"/
  })
  const { stdout } = await run('export', '--organization', 'default', '--id', '7')
  t.match(
    stdout
      .trim()
      .split('\n')
      .map(line => JSON.parse(line)),
    [{ type: 'event', event: { user: { id: '7' } } }]
  )
  const erased = await run('erase', '--project', 'default', '--id', '7', '--json')
  t.match(erased, { code: 0, stderr: /erased 1 rows/ })
  t.same(JSON.parse(erased.stdout), { rows_removed: 1, open: 0, waits_for: [] })
  t.match(await sql`select "user" from events`, [{ user: '8' }])
  t.same(await audit(sql), [])
})
