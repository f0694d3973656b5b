// Goal: pages of releases tell what happened: what events and builds brought, what began, came back and was resolved in
// a release, what differs between two, and which commits may have caused an issue; and nothing of other projects.
// Method: a whole node gets events by envelopes and releases as build tools make them; what is read is compared with
// what was sent.
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import type { EventItem } from '../../schema/api/events.ts'
import type { IssueItem } from '../../schema/api/issues.ts'
import type { CommitItem, DeployItem, EventSources, ReleaseSummary } from '../../schema/api/release-pages.ts'
import { setCommits } from '../../services/releases/commits.ts'
import { addDeploy } from '../../services/releases/deploys.ts'
import { putRelease } from '../../services/releases/registered.ts'
import { eventEnvelope } from '../sentry/support.ts'
import { apiUnderTest, type ApiUnderTest, type ApiUser } from '../support/api.ts'

type List<Item> = { data: Item[]; next_cursor: string | null }
type Summaries = List<ReleaseSummary> & {
  found: number
  has_any: boolean
  totals: { events: number; users: number; users_estimated: boolean }
}

async function send(api: ApiUnderTest, event: Record<string, unknown>): Promise<void> {
  const response = await fetch(`${api.url}/api/${api.projectId}/envelope/?sentry_key=${api.key}`, {
    method: 'POST',
    body: eventEnvelope(event)
  })
  if (response.status !== 200) throw new Error(`an event was refused: ${await response.text()}`)
}

/** Rollups follow the commit by a second. */
async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await sleep(50)
}

function thrown(type: string, release: string, about: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    platform: 'node',
    release,
    environment: 'production',
    exception: {
      values: [
        {
          type,
          value: `${type} happened`,
          stacktrace: {
            frames: [
              { filename: 'node:internal/timers', function: 'run', lineno: 1, in_app: false },
              { filename: '/srv/app/src/cart.js', function: type, lineno: 12, in_app: true }
            ]
          }
        }
      ]
    },
    ...about
  }
}

const pathOf = (api: ApiUnderTest): string => `/api/v1/projects/${api.projectId}`

async function summaries(user: ApiUser, api: ApiUnderTest, query = ''): Promise<Summaries> {
  return (await user.get<Summaries>(`${pathOf(api)}/stats/releases${query}`)).body
}

async function eventsArrived(user: ApiUser, api: ApiUnderTest, count: number): Promise<void> {
  await until(async () => (await summaries(user, api)).totals.events === count)
}

t.test('the list has what events brought and what builds made, with their numbers', async t => {
  const api = await apiUnderTest(t)
  const user = await api.user('member')
  t.match(await summaries(user, api), { data: [], found: 0, has_any: false, totals: { events: 0, users: 0 } })

  await send(api, thrown('A', 'web@1.0.0', { user: { id: 'ann' } }))
  await send(api, thrown('A', 'web@1.0.0', { user: { id: 'ben' } }))
  await send(api, thrown('A', 'web@1.10.0', { user: { id: 'ann' } }))
  await send(api, thrown('B', 'web@1.10.0', { user: { id: 'ann' }, environment: 'staging' }))
  await send(api, thrown('B', 'other', {}))
  await send(api, { message: 'without a release' })
  await putRelease(api.sql, api.projectId, 'web@1.9.0')
  await putRelease(api.sql, api.projectId, 'web@0.1.0', { status: 'archived' })
  await addDeploy(api.sql, api.projectId, 'web@1.9.0', {
    environment: 'production',
    name: '',
    url: '',
    startedAt: null,
    finishedAt: new Date()
  })
  await eventsArrived(user, api, 6)

  const all = await summaries(user, api, '?sort=version')
  t.same(
    all.data.map(({ version }) => version),
    ['web@1.10.0', 'web@1.9.0', 'web@1.0.0', 'other'],
    'by version, a word after all versions, archived ones left out'
  )
  t.match(all.data[0], { events: 2, users: 1, new_issues: 1, only_events: true, commit_count: 0, status: 'open' })
  t.match(all.data[1], {
    events: 0,
    users: 0,
    only_events: false,
    deploy_count: 1,
    last_event: null,
    last_deploy: { environment: 'production' }
  })
  t.match(all.data[2], { events: 2, users: 2, new_issues: 1 })
  t.same(all.totals, { events: 6, users: 2, users_estimated: false })

  const staging = await summaries(user, api, '?environment=staging')
  t.same(
    staging.data.map(({ version, events }) => [version, events]),
    [['web@1.10.0', 1]]
  )
  t.same((await summaries(user, api, '?query=WEB@1&sort=events')).data.map(({ version }) => version).sort(), [
    'web@1.0.0',
    'web@1.10.0',
    'web@1.9.0'
  ])
  t.same(
    (await summaries(user, api, '?sort=new_issues')).data.map(({ version, new_issues: n }) => [version, n]),
    [
      ['web@1.10.0', 1],
      ['web@1.0.0', 1],
      ['web@1.9.0', 0],
      ['other', 0]
    ]
  )
  const latest = await summaries(user, api, '?sort=last_event')
  t.same(
    latest.data.map(({ version }) => version),
    ['other', 'web@1.10.0', 'web@1.0.0', 'web@1.9.0'],
    'by the moment, within one hour too'
  )
  const newest = (await user.get<List<EventItem>>(`${pathOf(api)}/events?query=release:other`)).body.data[0]
  t.equal(latest.data[0]?.last_event, newest?.received_at)
  t.match(await summaries(user, api, '?query=nothing'), { data: [], found: 0, has_any: true })
  t.equal((await summaries(user, api, '?archived=true')).found, 5)

  const first = await summaries(user, api, '?sort=version&limit=3')
  t.equal(first.data.length, 3)
  const second = await summaries(user, api, `?sort=version&limit=3&cursor=${first.next_cursor}`)
  t.same([second.data.map(({ version }) => version), second.next_cursor], [['other'], null])
  for (const query of ['sort=users', 'archived=yes', 'cursor=bm9uZQ', 'limit=0', 'what=1']) {
    t.equal((await user.get(`${pathOf(api)}/stats/releases?${query}`)).status, 400, query)
  }
})

t.test('a release tells what began, came back and was resolved in it, its deploys and its commits', async t => {
  const api = await apiUnderTest(t)
  const user = await api.user('member')
  await send(api, thrown('A', 'web@1.0.0'))
  await send(api, thrown('B', 'web@1.0.0'))
  await eventsArrived(user, api, 2)
  const issues = (await user.get<List<IssueItem>>(`${pathOf(api)}/issues`)).body.data
  const [a, b] = ['A', 'B'].map(title => issues.find(issue => issue.title.startsWith(title)))
  await user.patch(`/api/v1/issues/${a?.id}`, { status: 'resolved' })
  await user.patch(`/api/v1/issues/${b?.id}`, { status: 'resolved', resolve_in: { release: 'web@1.0.0' } })
  await send(api, thrown('A', 'web@1.1.0'))
  await send(api, thrown('C', 'web@1.1.0'))
  await eventsArrived(user, api, 4)

  const kinds = async (release: string, kind: string): Promise<string[]> =>
    (
      await user.get<List<IssueItem>>(`${pathOf(api)}/releases/${encodeURIComponent(release)}/issues?kind=${kind}`)
    ).body.data.map(({ title }) => title.charAt(0))
  t.same((await kinds('web@1.0.0', 'new')).sort(), ['A', 'B'])
  t.same(await kinds('web@1.0.0', 'resolved'), ['B'])
  t.same(await kinds('web@1.0.0', 'regressed'), [])
  t.same(await kinds('web@1.1.0', 'new'), ['C'])
  t.same(await kinds('web@1.1.0', 'regressed'), ['A'])

  const deploy = { environment: 'production', name: '', startedAt: null, finishedAt: new Date() }
  await addDeploy(api.sql, api.projectId, 'web@1.1.0', { ...deploy, url: 'javascript:alert(1)' })
  await addDeploy(api.sql, api.projectId, 'web@1.1.0', { ...deploy, url: 'https://ci.example.com/7', environment: 'b' })
  await setCommits(api.sql, api.projectId, 'web@1.1.0', [commit('c2', ['x.js']), commit('c1', ['y.js'])])

  const detail = (await user.get(`${pathOf(api)}/releases/web%401.1.0`)).body
  t.match(detail, {
    version: 'web@1.1.0',
    previous: 'web@1.0.0',
    events: 2,
    new_issues: 1,
    regressed_issues: 1,
    resolved_issues: 0,
    commit_count: 2,
    deploy_count: 2,
    extrapolated: false,
    environments: [
      { name: 'production', events: 2, deployed_at: String },
      { name: 'b', events: 0, deployed_at: String }
    ],
    authors: [{ name: 'Ann', email: 'ann@example.com', commits: 2 }]
  })
  const deploys = (await user.get<List<DeployItem>>(`${pathOf(api)}/deploys?environment=production`)).body.data
  t.match(deploys, [{ release: 'web@1.1.0', url: null }], 'an address that runs a script is none')
  const page = (await user.get<List<DeployItem>>(`${pathOf(api)}/deploys?release=web%401.1.0&limit=1`)).body
  const next = (await user.get<List<DeployItem>>(`${pathOf(api)}/deploys?limit=1&cursor=${page.next_cursor}`)).body
  t.same([...page.data, ...next.data].map(({ environment }) => environment).sort(), ['b', 'production'])
  const commits = (await user.get<List<CommitItem>>(`${pathOf(api)}/releases/web%401.1.0/commits?limit=1`)).body
  t.match(commits.data, [{ sha: 'c2', file_count: 1, url: null }])
  t.match(
    (await user.get<List<CommitItem>>(`${pathOf(api)}/releases/web%401.1.0/commits?cursor=${commits.next_cursor}`))
      .body,
    { data: [{ sha: 'c1' }], next_cursor: null }
  )

  t.equal((await user.patch(`${pathOf(api)}/releases/web%401.0.0`, { status: 'archived' })).status, 204)
  t.same(
    (await summaries(user, api)).data.map(({ version }) => version),
    ['web@1.1.0']
  )
  t.equal((await user.patch(`${pathOf(api)}/releases/never`, { status: 'archived' })).status, 404)
  t.equal((await user.get(`${pathOf(api)}/releases/never`)).status, 404)
})

function commit(sha: string, files: string[], message = 'Changes prices') {
  return {
    sha,
    repository: 'shop',
    message,
    authorName: 'Ann',
    authorEmail: 'ann@example.com',
    committedAt: new Date(),
    files: files.map(path => ({ path, type: 'M' }))
  }
}

t.test('what was merged counts once, with the release that the first of them began with', async t => {
  const api = await apiUnderTest(t)
  const user = await api.user('member')
  await send(api, thrown('A', 'web@1.0.0'))
  await eventsArrived(user, api, 1)
  await send(api, thrown('B', 'web@2.0.0'))
  await send(api, thrown('C', 'web@2.0.0'))
  await eventsArrived(user, api, 3)
  const issues = (await user.get<List<IssueItem>>(`${pathOf(api)}/issues`)).body.data
  const id = (title: string): string => issues.find(issue => issue.title.startsWith(title))?.id ?? ''
  await user.post(`/api/v1/issues/${id('A')}/merge`, { into: id('B') })
  const counts = (await summaries(user, api, '?sort=version')).data.map(({ version, new_issues: n }) => [version, n])
  t.same(counts, [
    ['web@2.0.0', 1],
    ['web@1.0.0', 1]
  ])
  const began = (await user.get<List<IssueItem>>(`${pathOf(api)}/releases/web%401.0.0/issues`)).body.data
  t.same(
    began.map(issue => issue.id),
    [id('B')],
    'the root stands for its family'
  )
})

t.test('two releases are compared by their issues', async t => {
  const api = await apiUnderTest(t)
  const user = await api.user('member')
  for (let n = 0; n < 3; n++) await send(api, thrown('Both', 'web@1'))
  await send(api, thrown('Both', 'web@2'))
  await send(api, thrown('Gone', 'web@1'))
  await send(api, thrown('Fresh', 'web@2'))
  await eventsArrived(user, api, 6)

  const query = 'base=web%401&other=web%402'
  t.match((await user.get(`${pathOf(api)}/stats/release-comparison?${query}`)).body, {
    base: { version: 'web@1', hours: 1, events: 4, per_hour: 4 },
    other: { version: 'web@2', hours: 1, events: 2, per_hour: 2 },
    extrapolated: false,
    issues: { only_base: 1, only_other: 1, both: 1 }
  })
  const set = async (name: string) =>
    (await user.get<List<unknown>>(`${pathOf(api)}/stats/release-comparison/issues?${query}&in=${name}`)).body.data
  t.match(await set('base'), [{ title: /^Gone/, base_events: 1, other_events: 0, estimated: false }])
  t.match(await set('other'), [{ title: /^Fresh/, base_events: 0, other_events: 1, estimated: false }])
  t.match(await set('both'), [{ title: /^Both/, base_events: 3, other_events: 1, estimated: false }])
  t.equal((await user.get(`${pathOf(api)}/stats/release-comparison?base=web%401&other=never`)).status, 404)
  t.equal((await user.get(`${pathOf(api)}/stats/release-comparison?base=web%401`)).status, 400)
})

t.test('commits that changed the files of the frames are suspect, and frames lead to their lines', async t => {
  const api = await apiUnderTest(t)
  const admin = await api.user('admin')
  const sources = {
    commit_url: 'https://git.example.com/{repo}/commit/{sha}',
    source_url: 'https://git.example.com/{repo}/blob/{sha}/{path}#L{line}',
    mappings: [{ stack_root: '/srv/app', source_root: 'packages/shop', repository: 'acme/shop', branch: '' }]
  }
  t.match((await admin.put(`${pathOf(api)}/code-mappings`, sources)).body, sources)
  await setCommits(api.sql, api.projectId, 'web@1', [
    commit('aaa3', ['README.md']),
    commit('aaa2', ['packages/shop/src/cart.js'], 'Second change'),
    commit('aaa1', ['packages/shop/src/cart.js', 'src/other.js'])
  ])
  await setCommits(api.sql, api.projectId, 'web@2', [commit('bbb1', ['packages/shop/src/cart.js'])])
  await send(api, thrown('A', 'web@1'))
  await eventsArrived(admin, api, 1)
  await send(api, thrown('A', 'web@2'))
  await eventsArrived(admin, api, 2)
  const events = (await admin.get<List<EventItem>>(`${pathOf(api)}/events`)).body.data
  const id = events.find(({ release }) => release === 'web@2')?.id
  const { body } = await admin.get<EventSources>(`/api/v1/events/${id}/sources`)
  t.match(body.suspects, { release: 'web@1', looked: 3, why: '' })
  t.match(
    body.suspects.data.map(({ sha, url, files }) => [sha, url, files.map(({ frame }) => frame)]),
    [
      ['aaa2', 'https://git.example.com/acme/shop/commit/aaa2', ['/srv/app/src/cart.js:12']],
      ['aaa1', 'https://git.example.com/acme/shop/commit/aaa1', ['/srv/app/src/cart.js:12']]
    ]
  )
  t.match(body.links, [
    {
      file: '/srv/app/src/cart.js',
      line: 12,
      at_commit: true,
      url: 'https://git.example.com/acme/shop/blob/bbb1/packages/shop/src/cart.js#L12'
    }
  ])

  await send(api, { ...thrown('B', ''), release: undefined })
  await eventsArrived(admin, api, 3)
  const without = (await admin.get<List<EventItem>>(`${pathOf(api)}/events`)).body.data.find(e => e.release === '')
  t.match((await admin.get<EventSources>(`/api/v1/events/${without?.id}/sources`)).body, {
    links: [],
    suspects: { release: null, why: 'no_release', data: [] }
  })
})

t.test('templates and mappings are checked, and tried before they are saved', async t => {
  const api = await apiUnderTest(t)
  const admin = await api.user('admin')
  const path = `${pathOf(api)}/code-mappings`
  const good = {
    commit_url: '',
    source_url: 'https://git.example.com/{repo}/blob/{sha}/{path}#L{line}',
    mappings: [
      { stack_root: 'webpack:///./', source_root: 'web', repository: 'acme/shop', branch: 'main' },
      { stack_root: 'C:\\build', source_root: '', repository: 'acme/win', branch: '' }
    ]
  }
  const tried = async (given: string): Promise<unknown> =>
    (await admin.post(`${path}/try`, { ...good, path: given, line: 7, sha: 'abc' })).body
  t.same(await tried('webpack:///./src/a b.js'), {
    mapping: 0,
    path: 'web/src/a b.js',
    url: 'https://git.example.com/acme/shop/blob/abc/web/src/a%20b.js#L7'
  })
  t.match(await tried('C:\\build\\Cart.cs'), { mapping: 1, path: 'Cart.cs' })
  t.same(await tried('/elsewhere/a.js'), { mapping: null, path: null, url: null })
  t.same(await tried('C:\\build\\..\\..\\etc\\passwd'), { mapping: null, path: null, url: null })
  for (const [field, value] of [
    ['source_url', 'javascript:alert({path})'],
    ['source_url', 'https://{repo}/{path}'],
    ['source_url', 'https://git.example.com/{sha}'],
    ['source_url', 'https://git.example.com/{path}/{user}'],
    ['source_url', 'https://me:secret@git.example.com/{path}'],
    ['commit_url', 'https://git.example.com/{path}']
  ] as const) {
    const { status, body } = await admin.put<{ errors: { path: string }[] }>(path, { ...good, [field]: value })
    t.same([status, body.errors.map(error => error.path)], [400, [field]], value)
  }
  const twice = { ...good, mappings: ['src', 'src/'].map(root => ({ stack_root: root, source_root: '' })) }
  t.match((await admin.put(path, twice)).body, { errors: [{ path: 'mappings', message: /twice/ }] })
  const climbing = { ...good, mappings: [{ stack_root: 'a', source_root: '../b' }] }
  t.match((await admin.put(path, climbing)).body, { errors: [{ path: 'mappings.0.source_root' }] })
  t.equal((await (await api.user('member')).put(path, good)).status, 403)
})

t.test('another project has releases of its own, of the same name too', async t => {
  const api = await apiUnderTest(t)
  const own = await api.user('member')
  const elsewhere = await api.organization('elsewhere')
  const stranger = await api.user('owner', { organizationId: elsewhere.id })
  await setCommits(api.sql, api.projectId, 'web@1', [commit('aaa1', ['packages/shop/src/cart.js'])])
  await send(api, thrown('A', 'web@1'))
  await putRelease(api.sql, elsewhere.project.id, 'web@1')
  await eventsArrived(own, api, 1)

  const path = `/api/v1/projects/${elsewhere.project.id}`
  t.match((await stranger.get(`${path}/releases/web%401`)).body, { events: 0, commit_count: 0, new_issues: 0 })
  t.match((await stranger.get(`${path}/releases/web%401/commits`)).body, { data: [] })
  t.match((await stranger.get(`${path}/stats/releases`)).body, { found: 1, totals: { events: 0 } })
  t.match((await stranger.get(`${path}/stats/release-comparison?base=web%401&other=web%401`)).body, {
    issues: { only_base: 0, only_other: 0, both: 0 }
  })
  t.equal((await stranger.get(`${pathOf(api)}/releases/web%401`)).status, 404)
  const [event] = (await own.get<List<EventItem>>(`${pathOf(api)}/events`)).body.data
  t.equal((await own.get(`/api/v1/events/${event?.id}/sources`)).status, 200)
  t.equal((await stranger.get(`/api/v1/events/${event?.id}/sources`)).status, 404)
})
