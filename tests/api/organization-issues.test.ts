// Goal: the issues of all projects of an organization are one list, in every order and in pages, and its overview has
// the numbers of each project; nobody else's projects are in either. Method: events of three projects and of another
// organization committed for a whole node, and the lists compared with those of each project.
import t from 'tap'
import type { IssueItem } from '../../schema/api/issues.ts'
import type { Health, OrganizationOverview } from '../../schema/api/stats.ts'
import { createProject } from '../../services/accounts/projects.ts'
import { apiUnderTest } from '../support/api.ts'
import { commitEvents, type EventOf } from '../support/issues.ts'

type Item = IssueItem & { project: { id: string; slug: string; name: string } }
type List = { data: Item[]; next_cursor: string | null }

const hourMs = 3_600_000

async function world(t: Parameters<typeof apiUnderTest>[0]) {
  const api = await apiUnderTest(t)
  const user = await api.user('member')
  const make = async (name: string) => (await createProject(api.sql, { name, organizationId: api.organizationId })).id
  const [shop, quiet] = [await make('Shop'), await make('Quiet')]
  const other = await api.organization('other')
  const now = Date.now()
  const events = (projectId: number, issue: string, count: number, before: number): EventOf[] =>
    Array.from({ length: count }, (_, n) => ({
      projectId,
      issue,
      title: issue,
      receivedAt: now - before + n,
      tags: projectId === shop ? { cart: 'full' } : {}
    }))
  await commitEvents(
    api.sql,
    ...events(api.projectId, 'web many', 40, 2 * hourMs),
    ...events(api.projectId, 'web one', 1, 60_000),
    ...events(shop, 'shop some', 7, hourMs),
    ...events(shop, 'shop old', 3, 40 * hourMs),
    ...events(other.project.id, 'theirs', 9, 30_000)
  )
  const list = async (query = '') => {
    const { status, body, text } = await user.get<List>(`/api/v1/orgs/${api.organizationId}/issues${query}`)
    if (status !== 200) throw new Error(text)
    return body
  }
  const titles = async (query = '') => (await list(query)).data.map(({ title }) => title)
  return { api, user, shop, quiet, other, list, titles, now }
}

t.test('issues of all projects are one list, in every order', async t => {
  const { api, list, titles, shop, now } = await world(t)
  t.same(await titles(), ['web one', 'shop some', 'web many'])
  t.same(await titles('?sort=events'), ['web many', 'shop some', 'web one'])
  t.same(await titles('?sort=first_seen'), ['web one', 'shop some', 'web many'])
  const since = `?from=${new Date(now - 48 * hourMs).toISOString()}`
  t.same(await titles(since), ['web one', 'shop some', 'web many', 'shop old'])
  const [first, second] = (await list()).data
  t.match(first?.project, { id: String(api.projectId), slug: 'default', name: 'Default' })
  t.match(second?.project, { id: String(shop), slug: 'shop', name: 'Shop' })
  t.equal(second?.event_count, 7)
})

t.test('pages follow each other without gaps in every order', async t => {
  const { list, now } = await world(t)
  const since = `from=${new Date(now - 48 * hourMs).toISOString()}`
  for (const sort of ['last_seen', 'first_seen', 'events', 'users', 'trend', 'priority']) {
    const whole = (await list(`?${since}&sort=${sort}`)).data.map(({ id }) => id)
    const paged: string[] = []
    let cursor: string | null = ''
    while (cursor !== null) {
      const page: List = await list(`?${since}&sort=${sort}&limit=1${cursor === '' ? '' : `&cursor=${cursor}`}`)
      paged.push(...page.data.map(({ id }) => id))
      cursor = page.next_cursor
    }
    t.same(paged, whole, sort)
    t.equal(whole.length, 4)
  }
})

t.test('projects can be chosen, and a tag of one project finds nothing in the others', async t => {
  const { api, user, titles, other } = await world(t)
  t.same(await titles('?project=shop'), ['shop some'])
  t.same(await titles('?project=shop&project=quiet'), ['shop some'])
  t.same(await titles('?query=cart:full'), ['shop some'])
  const path = `/api/v1/orgs/${api.organizationId}/issues`
  const unknown = await user.get<{ errors: { path: string }[] }>(`${path}?query=nonsense:1`)
  t.equal(unknown.status, 400)
  t.equal(unknown.body.errors[0]?.path, 'query')
  const theirs = await user.get<{ errors: { path: string }[] }>(`${path}?project=${other.project.slug}`)
  t.same([theirs.status, theirs.body.errors[0]?.path], [400, 'project'])
  t.equal((await user.get(`/api/v1/orgs/${other.id}/issues`)).status, 404)
  t.equal((await user.get(`/api/v1/orgs/${other.id}/overview`)).status, 404)
})

t.test('an event is found by its id in whatever project it is', async t => {
  const { api, user, titles, shop } = await world(t)
  const { body } = await user.get<{ data: { id: string }[] }>(`/api/v1/projects/${shop}/events`)
  t.same(await titles(`?query=${body.data[0]?.id}`), ['shop some'])
  t.same(
    api.log.filter(line => line.startsWith('error')),
    []
  )
})

t.test('the overview has the numbers of each project', async t => {
  const { api, user, shop, quiet } = await world(t)
  const { body } = await user.get<OrganizationOverview>(`/api/v1/orgs/${api.organizationId}/overview`)
  t.same(
    body.projects.map(({ slug, events, unresolved, new_issues: fresh }) => [slug, events, unresolved, fresh]),
    [
      ['default', 41, 2, 2],
      ['quiet', 0, 0, 0],
      ['shop', 7, 2, 1]
    ]
  )
  t.match(body, { events: 48, unresolved: 4, new_issues: 3, active_alerts: 0 })
  t.equal(
    body.volume.reduce((sum, { count }) => sum + count, 0),
    48
  )
  t.same(new Set(body.projects.map(({ trend }) => trend.length)), new Set([body.volume.length]))
  t.equal(body.projects.find(({ id }) => id === String(quiet))?.last_event, null)
  const { body: alone } = await user.get<Health>(`/api/v1/projects/${shop}/stats/health`)
  t.equal(alone.range.events, body.projects.find(({ slug }) => slug === 'shop')?.events)
})

t.test('what a filter finds in all projects is changed at once, and nothing of others', async t => {
  const { api, user, other, titles, now } = await world(t)
  type Done = { matched: number; changed: number; more: boolean; projects: { slug: string; refused: string | null }[] }
  const bulk = async (body: object) => await user.post<Done>(`/api/v1/orgs/${api.organizationId}/issues/bulk`, body)
  const open = async () =>
    (
      await api.sql<{ title: string }[]>`
        select title from issues where status = 'unresolved' order by title`
    ).map(({ title }) => title)
  const from = new Date(now - 48 * hourMs).toISOString()

  t.match(await bulk({ filter: { project: ['shop'] }, change: { status: 'resolved' } }), {
    status: 200,
    body: { matched: 1, changed: 1, more: false, projects: [{ slug: 'shop', refused: null }] }
  })
  t.same(await open(), ['shop old', 'theirs', 'web many', 'web one'])
  t.match((await bulk({ filter: { query: 'cart:full', from }, change: { status: 'archived' } })).body, { changed: 1 })
  t.same(await open(), ['theirs', 'web many', 'web one'], 'a tag of one project')
  t.match((await bulk({ filter: { environment: ['nowhere'] }, change: { status: 'archived' } })).body, { matched: 0 })

  const refused = await bulk({ filter: { status: ['all'], from }, change: { assignee: (await api.user(null)).id } })
  t.match(refused.body, { matched: 4, changed: 0 })
  t.match(refused.body.projects[0]?.refused, /is no member/)

  t.equal((await bulk({ filter: { project: [other.project.slug] }, change: { status: 'resolved' } })).status, 400)
  t.equal((await bulk({ filter: {}, change: { merge_into: '01900000-0000-7000-8000-000000000000' } })).status, 400)
  const theirs = await user.post(`/api/v1/orgs/${other.id}/issues/bulk`, { filter: {}, change: { status: 'resolved' } })
  t.equal(theirs.status, 404)
  t.match((await bulk({ filter: { status: ['all'], from }, change: { delete: true } })).body, {
    matched: 4,
    changed: 4,
    projects: [{ slug: 'default' }, { slug: 'shop' }]
  })
  t.same(await open(), ['theirs'])
  t.same(await titles(`?status=all&from=${from}`), [])
})

t.test('the values of a tag are those of all projects, or of the named ones', async t => {
  const { api, user, other } = await world(t)
  const path = `/api/v1/orgs/${api.organizationId}/stats/tags`
  type Values = { data: { value: string; count: number }[]; sampled: boolean }
  t.match((await user.get<Values>(`${path}/level`)).body, { data: [{ value: 'error', count: 48 }], sampled: false })
  t.match((await user.get<Values>(`${path}/cart`)).body.data, [{ value: 'full', count: 7 }])
  t.same((await user.get<Values>(`${path}/cart?project=quiet`)).body.data, [])
  t.equal((await user.get(`${path}/cart?project=${other.project.slug}`)).status, 400)
  t.equal((await user.get(`/api/v1/orgs/${other.id}/stats/tags/cart`)).status, 404)
})
