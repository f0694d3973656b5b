// Goal: what people do to issues over HTTP is done, stands in the activity, is told to dashboards, and is refused whole
// where it must be. Method: a whole node with users of two organizations; the state of issues before and after, with
// events that are committed in between.
import t from 'tap'
import { WebSocket } from 'ws'
import type { ActivityItem, IssueDetailBody, IssueItem } from '../../schema/api/issues.ts'
import { apiUnderTest, type ApiUser } from '../support/api.ts'
import { commitEvents, issueIdOf, type EventOf } from '../support/issues.ts'

type Problem = { detail: string; errors: { path: string; message: string }[] }
type Bulk = { matched: number; changed: number; ids: string[]; more: boolean }
type Activity = { data: ActivityItem[]; next_cursor: string | null }

async function world(t: Parameters<typeof apiUnderTest>[0]) {
  const api = await apiUnderTest(t)
  const user = await api.user('member', { email: 'dev@example.com', name: 'Dev' })
  const commit = (...events: EventOf[]) =>
    commitEvents(api.sql, ...events.map(event => ({ projectId: api.projectId, title: event.issue ?? 'a', ...event })))
  const path = async (issue: string) => `/api/v1/issues/${await issueIdOf(api.sql, issue, api.projectId)}`
  const change = async (issue: string, body: object, by: ApiUser = user) =>
    await by.patch<IssueItem & Problem>(await path(issue), body)
  const read = async (issue: string) => (await user.get<IssueDetailBody>(await path(issue))).body
  const state = async (issue: string) => {
    const { status, substatus } = await read(issue)
    return [status, substatus]
  }
  const activity = async (issue: string) => (await user.get<Activity>(`${await path(issue)}/activity`)).body.data
  const kinds = async (issue: string) => (await activity(issue)).map(item => item.kind)
  const bulk = async (body: object) =>
    await user.post<Bulk & Problem>(`/api/v1/projects/${api.projectId}/issues/bulk`, body)
  const titles = async (query = '') =>
    (await user.get<{ data: IssueItem[] }>(`/api/v1/projects/${api.projectId}/issues${query}`)).body.data
      .map(item => item.title)
      .sort()
  return { api, user, commit, path, change, read, state, activity, kinds, bulk, titles }
}

t.test('an issue is resolved, regresses, is archived and reopened, and all of it stands in the activity', async t => {
  const { user, commit, change, state, activity, kinds } = await world(t)
  await commit({ issue: 'a' })
  t.match(await change('a', { status: 'resolved' }), { status: 200, body: { status: 'resolved', substatus: '' } })
  await change('a', { status: 'resolved' })
  await commit({ issue: 'a', receivedAt: Date.now() - 60_000 })
  t.same(await state('a'), ['resolved', ''], 'an event received before it was resolved does not matter')
  const [event] = await commit({ issue: 'a', receivedAt: Date.now() + 5_000 })
  t.same(await state('a'), ['unresolved', 'regressed'])
  await change('a', { status: 'archived' })
  await commit({ issue: 'a', receivedAt: Date.now() + 6_000 })
  t.same(await state('a'), ['archived', ''])
  t.match((await change('a', { status: 'unresolved', assignee: user.id })).body, {
    status: 'unresolved',
    substatus: 'ongoing',
    assignee: { id: user.id }
  })
  await change('a', { assignee: null })

  t.same(await kinds('a'), ['unassigned', 'assigned', 'unresolved', 'archived', 'regressed', 'resolved'])
  const [, assigned, , , regressed, resolved] = await activity('a')
  t.match(assigned, {
    user: { id: user.id, name: 'Dev', email: 'dev@example.com' },
    data: { assignee: { id: user.id, name: 'Dev' } },
    edited_at: null
  })
  t.match(regressed, { user: null, data: { event_id: event?.id } })
  t.match(resolved, { user: { id: user.id }, data: {} })
})

t.test('an issue is archived until something, which it says; what is no such thing is refused', async t => {
  const { commit, change, read, activity, bulk, titles } = await world(t)
  await commit({ issue: 'a' }, { issue: 'b' })
  t.match(await change('a', { archive_until: { events: 10, minutes: 60 } }), {
    status: 200,
    body: { status: 'archived', archived_until: { events: 10, minutes: 60 } }
  })
  t.match((await activity('a'))[0], { kind: 'archived', data: { until: { events: 10, minutes: 60 } } })
  const date = new Date(Date.now() + 60_000).toISOString()
  t.match((await change('a', { status: 'archived', archive_until: { date } })).body, { archived_until: { date } })
  t.match(await bulk({ filter: { status: 'all' }, change: { archive_until: { users: 3 } } }), { body: { changed: 2 } })
  t.same(await titles('?status=archived'), ['a', 'b'])
  t.match((await change('a', { status: 'unresolved' })).body, { archived_until: null })
  await change('b', { status: 'resolved' })
  t.match((await change('b', { status: 'archived' })).body, { archived_until: 'escalating' })
  for (const until of [
    'never',
    {},
    { events: 0 },
    { events: 1.5 },
    { events: 1e10 },
    { minutes: 5 },
    { events: 1, minutes: 20_000 },
    { users: '5' },
    { users: 5, minutes: 5 },
    { date: '2020-01-01T00:00:00Z' },
    { date: 'tomorrow' },
    { events: 1, users: 1 }
  ]) {
    t.match(await change('a', { archive_until: until }), { status: 400, body: { errors: [{ message: String }] } })
  }
  t.match(await change('a', { status: 'resolved', archive_until: 'escalating' }), { status: 400 })
  t.match(await change('a', { resolve_in: 'next_release', archive_until: 'escalating' }), { status: 400 })
  t.equal((await read('a')).status, 'unresolved')
})

t.test('resolved in the next release, an issue regresses with a new release alone', async t => {
  const { commit, change, read, state, activity } = await world(t)
  await commit({ issue: 'a', release: '1.0' }, { issue: 'b', release: '1.1' })
  t.match(await change('a', { resolve_in: 'next_release' }), { status: 200, body: { status: 'resolved' } })
  t.equal((await read('a')).resolved_in_next_release, true)
  t.match((await activity('a'))[0], { kind: 'resolved', data: { in_next_release: true } })
  await commit(
    { issue: 'a', release: '1.1', receivedAt: Date.now() + 1_000 },
    { issue: 'a', release: '', receivedAt: Date.now() + 2_000 }
  )
  t.same(await state('a'), ['resolved', ''])
  await commit({ issue: 'a', release: '1.2', receivedAt: Date.now() + 3_000 })
  t.same(await state('a'), ['unresolved', 'regressed'])
  t.equal((await read('a')).resolved_in_next_release, false)
  await change('b', { status: 'resolved' })
  await change('b', { status: 'resolved', resolve_in: 'next_release' })
  t.equal((await read('b')).resolved_in_next_release, true)
  await change('b', { status: 'resolved' })
  t.equal((await read('b')).resolved_in_next_release, false)
})

t.test('the next release is a higher version of its package, or a name that was not there before', async t => {
  const { commit, change, state } = await world(t)
  const known = ['shop@1.9.0', 'shop@1.10.0', 'api@3.0.0', 'deadbeef', 'shop@1.8.0-rc.1']
  await commit(...known.map(release => ({ issue: 'other', release })))
  let issues = 0
  const regressesWith = async (release: string): Promise<boolean> => {
    const issue = `issue ${issues++}`
    await commit({ issue })
    await change(issue, { resolve_in: 'next_release' })
    await commit({ issue, release, receivedAt: Date.now() + 1_000 })
    const [status] = await state(issue)
    return status === 'unresolved'
  }
  for (const release of [...known, '', 'shop@1.9.1', 'shop@1.10.0-rc.2', 'shop@1.8.0', 'api@2.9']) {
    t.equal(await regressesWith(release), false, release)
  }
  // What has come by now is known to the issues that follow, so the highest versions come last.
  for (const release of [
    'cafebabe',
    'x@latest',
    '0.1',
    'web@0.1.0',
    'shop@1.10.0+2',
    'shop@1.10.1-rc.1',
    'shop@1.10.1',
    'shop@1.11',
    'api@3.0.1',
    'shop@v2'
  ]) {
    t.equal(await regressesWith(release), true, release)
  }
})

t.test('illegal changes are refused, and change nothing', async t => {
  const { api, commit, change, read, kinds } = await world(t)
  const stranger = await api.user(null, { email: 'stranger@example.com' })
  await commit({ issue: 'a' })
  const before = await read('a')
  const refused = async (body: object, field: string) =>
    t.match(await change('a', body), { status: 400, body: { errors: [{ path: field }] } }, JSON.stringify(body))
  await refused({ status: 'open' }, 'status')
  await refused({ status: 'discarded' }, 'status')
  await refused({ status: 'resolved', assignee: stranger.id }, 'assignee')
  await refused({ assignee: 'me' }, 'assignee')
  await refused({ resolve_in: 'next_year' }, 'resolve_in')
  await refused({ status: 'archived', resolve_in: 'next_release' }, 'body')
  await refused({}, 'body')
  await refused({ title: 'x' }, 'title')
  t.same(await read('a'), before)
  t.same(await kinds('a'), [])
})

t.test('two changes of one issue at once both end in the activity', async t => {
  const { api, user, commit, change, kinds, read } = await world(t)
  const other = await api.user('member')
  await commit({ issue: 'a' })
  await Promise.all([
    change('a', { status: 'resolved' }),
    change('a', { assignee: user.id }, other),
    change('a', { assignee: other.id }),
    change('a', { status: 'archived' }, other)
  ])
  const done = await kinds('a')
  t.same([...done].sort(), ['archived', 'assigned', 'assigned', 'resolved'])
  t.equal(
    (await read('a')).status,
    done.find(kind => kind !== 'assigned')
  )
})

t.test('a discarded issue stores nothing until it is taken back', async t => {
  const { api, user, commit, path, change, state, kinds, titles } = await world(t)
  await commit({ issue: 'a' }, { issue: 'b' })
  t.match(await user.post(`${await path('a')}/discard`), { status: 200, body: { status: 'discarded', substatus: '' } })
  await commit({ issue: 'a' }, { issue: 'b' })
  t.same((await api.sql`select count(*) as count from events`)[0]?.count, 3)
  t.same([await titles(), await titles('?status=all'), await titles('?query=is:discarded')], [['b'], ['a', 'b'], ['a']])
  await change('a', { status: 'unresolved' })
  await commit({ issue: 'a' })
  t.same(await state('a'), ['unresolved', 'ongoing'])
  t.same((await api.sql`select count(*) as count from events`)[0]?.count, 4)
  t.same(await kinds('a'), ['unresolved', 'discarded'])
})

t.test('a deleted issue is gone at once, its data later, and the next event makes a new one', async t => {
  const { api, user, commit, path, read, titles } = await world(t)
  await commit({ issue: 'a' }, { issue: 'a' }, { issue: 'b' }, { issue: 'c' })
  await user.post(`${await path('b')}/merge`, { into: (await read('a')).id })
  await user.post(`${await path('a')}/comments`, { text: 'x' })
  const old = await path('a')
  t.same(
    [(await user.delete(old)).status, (await user.get(old)).status, (await user.delete(old)).status],
    [204, 404, 404]
  )
  t.same(await titles(), ['c'])
  const [event] = await commit({ issue: 'a' })
  t.not(await path('a'), old)
  t.match(await read('a'), { event_count: 1, latest_event: { id: event?.id } })
  t.same(
    (await api.sql`select count(*) as count from erasures where kind = 'issue' and requested_by = ${user.id}`)[0]
      ?.count,
    2,
    'what was merged goes too'
  )
})

t.test('merged issues are one, for reads, changes and new events, until they are taken apart', async t => {
  const { api, user, commit, path, change, read, kinds, titles } = await world(t)
  const now = Date.now()
  const hourMs = 3_600_000
  await commit(
    { issue: 'a', receivedAt: now - 2 * hourMs, userHash: '0000000000000001', release: '1.0', tags: { shard: '1' } },
    { issue: 'b', receivedAt: now - 3 * hourMs, userHash: '0000000000000001', environment: 'qa', release: '0.9' },
    { issue: 'b', receivedAt: now - hourMs, userHash: '0000000000000002', release: '2.0', tags: { shard: '2' } },
    { issue: 'c', receivedAt: now - 90 * 60_000 }
  )
  const [a, b, c] = [await path('a'), await path('b'), await path('c')]
  const [idA, idB, idC] = [(await read('a')).id, (await read('b')).id, (await read('c')).id]
  t.match(await user.post(`${c}/merge`, { into: idB }), { status: 200, body: { id: idB, event_count: 3 } })
  t.match(await user.post(`${b}/merge`, { into: idA }), {
    status: 200,
    body: { id: idA, event_count: 4, user_count: 2 }
  })
  t.same(
    (await api.sql<{ id: string }[]>`select id from issues where merged_into = ${idA} order by id`).map(row => row.id),
    [idB, idC].sort(),
    'chains are made short'
  )

  const merged = await read('a')
  t.match(merged, {
    // An issue shows the title of its newest event.
    title: 'b',
    event_count: 4,
    first_seen: new Date(now - 3 * hourMs).toISOString(),
    last_seen: new Date(now - hourMs).toISOString(),
    releases: { first: '0.9', last: '2.0' },
    merged: [
      { id: idB, title: 'b', event_count: 2 },
      { id: idC, title: 'c', event_count: 1 }
    ]
  })
  t.equal(
    merged.trend.reduce((sum, count) => sum + count),
    4
  )
  t.same((await user.get(b)).body, merged, 'by the id of what was merged, too')
  t.equal((await user.get<{ data: unknown[] }>(`${c}/events`)).body.data.length, 4)
  t.match((await user.get(`${b}/tags/shard`)).body, { total: 2, data: [{ value: '1' }, { value: '2' }] })
  t.same(await titles('?sort=events'), ['b'])
  for (const query of [
    'environment=qa',
    'release=0.9',
    'query=release:2.*',
    'query=shard:2',
    'query=!shard:1',
    'query=firstSeen:%2B150m',
    'query=timesSeen:4',
    'query=times:4+users:2'
  ]) {
    t.same(await titles(`?${query}`), ['b'], query)
  }

  await change('c', { status: 'resolved' })
  await commit({ issue: 'b', receivedAt: Date.now() + 5_000 })
  t.match(await read('a'), { status: 'unresolved', substatus: 'regressed', event_count: 5 })

  t.match(await user.post(`${a}/merge`, { into: idB }), {
    status: 400,
    body: { errors: [{ path: 'into', message: 'is the same issue' }] }
  })
  t.match(await user.post(`${a}/merge`, { into: '01a20658-9b80-728a-ab5a-0877193c31cb' }), {
    status: 400,
    body: { errors: [{ path: 'into' }] }
  })
  const { status, body } = await user.post<{ data: IssueItem[] }>(`${b}/unmerge`)
  t.match([status, body.data], [200, [{ id: idB, event_count: 4, user_count: 2, status: 'unresolved' }]])
  t.match(await read('a'), { event_count: 1, first_seen: new Date(now - 2 * hourMs).toISOString(), merged: [] })
  t.match((await read('b')).merged, [{ id: idC, event_count: 1 }], 'the merge before is kept')
  t.same(
    (await user.post<{ data: IssueItem[] }>(`${b}/unmerge`)).body.data.map(item => item.id),
    [idC]
  )
  t.match(await user.post(`${a}/unmerge`), { status: 409 })
  t.match(await read('b'), { event_count: 3, merged: [] })
  await commit({ issue: 'b', receivedAt: Date.now() + 6_000 })
  t.match([(await read('a')).event_count, (await read('b')).event_count], [1, 4])
  t.same(await titles(), ['a', 'b', 'c'])
  t.same(await kinds('a'), ['unmerged', 'regressed', 'resolved', 'merged'])
  t.same(await kinds('b'), ['unmerged', 'unmerged_from', 'merged_into', 'merged'])
  await user.post(`${b}/discard`)
  t.match(await user.post(`${a}/merge`, { into: idB }), { status: 409 })
  t.match(await user.post(`${b}/merge`, { into: idA }), { status: 409 })
})

t.test('many are changed at once, by ids or by what a filter finds, all or none', async t => {
  const { api, user, commit, change, read, bulk, titles, kinds } = await world(t)
  const other = await api.organization('other')
  await commitEvents(api.sql, { projectId: other.project.id, issue: 'foreign' })
  await commit(
    { issue: 'a', level: 'fatal' },
    { issue: 'b', level: 'fatal' },
    { issue: 'c', level: 'info' },
    { issue: 'd', level: 'info' }
  )
  const ids = async (...names: string[]) => await Promise.all(names.map(async name => (await read(name)).id))
  const foreign = await issueIdOf(api.sql, 'foreign', other.project.id)

  t.match(await bulk({ ids: await ids('a', 'b', 'a'), change: { status: 'resolved', assignee: user.id } }), {
    status: 200,
    body: { matched: 2, changed: 2, more: false }
  })
  t.match(await bulk({ ids: await ids('a', 'c'), change: { status: 'resolved' } }), {
    status: 200,
    body: { matched: 2, changed: 1, ids: await ids('c') }
  })
  t.same(await kinds('a'), ['assigned', 'resolved'])
  t.match(await bulk({ filter: { query: 'level:fatal is:resolved' }, change: { status: 'unresolved' } }), {
    status: 200,
    body: { matched: 2, changed: 2 }
  })
  t.same(await titles(), ['a', 'b', 'd'])
  t.match(await bulk({ filter: { level: ['info'] }, change: { status: 'archived' } }), {
    body: { matched: 1, changed: 1, ids: await ids('d') }
  })
  t.match(await bulk({ filter: { query: 'nothing' }, change: { status: 'archived' } }), {
    body: { matched: 0, changed: 0, ids: [], more: false }
  })

  const before = await api.sql`select * from issues order by id`
  for (const change of [
    { status: 'resolved' },
    { delete: true },
    { discard: true },
    { merge_into: (await ids('b'))[0] }
  ]) {
    t.match(await bulk({ ids: [...(await ids('a')), foreign], change }), {
      status: 400,
      body: { errors: [{ path: 'ids' }] }
    })
  }
  t.match(await bulk({ ids: await ids('a'), change: { assignee: (await api.user(null)).id } }), {
    status: 400,
    body: { errors: [{ path: 'assignee' }] }
  })
  t.match(await bulk({ ids: await ids('a'), change: { merge_into: foreign } }), {
    status: 400,
    body: { errors: [{ path: 'change.merge_into' }] }
  })
  for (const body of [
    { change: { status: 'resolved' } },
    { ids: [], change: { status: 'resolved' } },
    { ids: await ids('a') },
    { ids: await ids('a'), filter: {}, change: { status: 'resolved' } },
    { ids: await ids('a'), change: {} },
    { ids: await ids('a'), change: { delete: true, status: 'resolved' } },
    { ids: ['x'], change: { delete: true } },
    { filter: { query: 'level:bad' }, change: { delete: true } },
    { ids: Array(1_001).fill(foreign), change: { delete: true } }
  ]) {
    t.equal((await bulk(body)).status, 400, JSON.stringify(body).slice(0, 80))
  }
  t.same(await api.sql`select * from issues order by id`, before)

  t.match(await bulk({ ids: await ids('a', 'b', 'c'), change: { merge_into: (await ids('d'))[0] } }), {
    body: { changed: 3 }
  })
  t.match(await read('d'), { event_count: 4, merged: [{}, {}, {}] })
  t.match(
    await bulk({
      ids: await Promise.all(['a', 'b'].map(name => issueIdOf(api.sql, name, api.projectId))),
      change: { discard: true }
    }),
    { body: { matched: 1, changed: 1 } }
  )
  await change('d', { status: 'unresolved' })
  t.match(await bulk({ filter: { status: 'all' }, change: { delete: true } }), { body: { matched: 1, changed: 1 } })
  t.same(
    (await api.sql`select project_id from issues`).map(row => row.project_id),
    [other.project.id]
  )
})

t.test('comments are written, changed and deleted by their authors', async t => {
  const { api, user, commit, path, activity } = await world(t)
  const [other, admin] = [await api.user('member'), await api.user('admin')]
  await commit({ issue: 'a' }, { issue: 'b' })
  const comments = `${await path('a')}/comments`
  const { status, body: comment } = await user.post<ActivityItem>(comments, { text: '  It was me.  ' })
  t.match(
    [status, comment],
    [201, { kind: 'commented', user: { id: user.id }, data: { text: 'It was me.' }, edited_at: null }]
  )
  t.same(await activity('a'), [comment])
  t.match((await user.patch(`${comments}/${comment.id}`, { text: 'It was not.' })).body, {
    id: comment.id,
    data: { text: 'It was not.' }
  })
  t.not((await activity('a'))[0]?.edited_at, null)
  t.same(
    [
      (await other.patch(`${comments}/${comment.id}`, { text: 'x' })).status,
      (await admin.patch(`${comments}/${comment.id}`, { text: 'x' })).status,
      (await other.delete(`${comments}/${comment.id}`)).status
    ],
    [403, 403, 403]
  )
  t.equal((await user.delete(`${await path('b')}/comments/${comment.id}`)).status, 404, 'of another issue')
  t.same(
    [(await admin.delete(`${comments}/${comment.id}`)).status, (await user.delete(`${comments}/${comment.id}`)).status],
    [204, 404]
  )
  for (const body of [
    {},
    { text: '' },
    { text: ' ' },
    { text: 5 },
    { text: 'x'.repeat(10_001) },
    { text: 'x', more: 1 }
  ]) {
    t.equal((await user.post(comments, body)).status, 400)
  }
  await user.patch(await path('a'), { status: 'resolved' })
  const [resolved] = await activity('a')
  t.equal(
    (await user.delete(`${comments}/${resolved?.id ?? ''}`)).status,
    404,
    'what was done cannot be undone by deleting it'
  )

  for (let index = 0; index < 5; index++) await user.post(comments, { text: String(index) })
  const first = (await user.get<Activity>(`${await path('a')}/activity?limit=4`)).body
  const rest = (await user.get<Activity>(`${await path('a')}/activity?limit=4&cursor=${first.next_cursor ?? ''}`)).body
  t.same(
    [...first.data, ...rest.data].map(item => item.data.text ?? item.kind),
    ['4', '3', '2', '1', '0', 'resolved']
  )
  t.equal(rest.next_cursor, null)
})

t.test('dashboards are told what was done', async t => {
  const api = await apiUnderTest(t)
  const user = await api.user('member')
  await commitEvents(api.sql, { projectId: api.projectId, issue: 'a' }, { projectId: api.projectId, issue: 'b' })
  const [a, b] = [await issueIdOf(api.sql, 'a', api.projectId), await issueIdOf(api.sql, 'b', api.projectId)]
  const socket = new WebSocket(`${api.url.replace('http', 'ws')}/api/v1/stream`, { headers: user.credential })
  const told: [string, string][] = []
  let wake = (): void => {}
  socket.on('message', data => {
    const message: { type: string; action?: string; issue?: { id: string } } = JSON.parse(String(data))
    told.push([message.type === 'issue' ? (message.action ?? '') : message.type, message.issue?.id ?? ''])
    wake()
  })
  const hears = async (action: string, id: string) => {
    while (!told.some(([heard, about]) => heard === action && about === id)) {
      await new Promise<void>(resolve => {
        wake = resolve
      })
    }
    t.pass(action)
  }
  await new Promise(resolve => socket.on('open', resolve))
  socket.send(JSON.stringify({ type: 'subscribe', project: String(api.projectId) }))
  await hears('subscribed', '')
  await user.patch(`/api/v1/issues/${a}`, { status: 'resolved' })
  await hears('resolved', a)
  await user.patch(`/api/v1/issues/${a}`, { assignee: user.id })
  await hears('assigned', a)
  await user.post(`/api/v1/issues/${b}/discard`)
  await hears('discarded', b)
  await user.patch(`/api/v1/issues/${b}`, { status: 'unresolved' })
  await hears('unresolved', b)
  await user.post(`/api/v1/issues/${b}/merge`, { into: a })
  await hears('merged', b)
  await hears('issue_counts', '')
  told.length = 0
  await user.post(`/api/v1/issues/${a}/unmerge`)
  await hears('unresolved', b)
  await user.delete(`/api/v1/issues/${a}`)
  await hears('deleted', a)
  socket.close()
})
