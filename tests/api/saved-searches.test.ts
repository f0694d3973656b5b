// Goal: everybody saves searches for themselves and for the organization, sees no one else's own, changes what is
// theirs, and begins their list with one. Method: a whole node; two members, an admin and somebody of another
// organization.
import t from 'tap'
import type { SavedSearch } from '../../schema/api/saved-searches.ts'
import { searchesMax } from '../../services/search/saved-searches.ts'
import { apiUnderTest, type ApiUser } from '../support/api.ts'

type List = { data: SavedSearch[]; next_cursor: null }
type Problem = { errors: { path: string; message: string; column?: number }[] }

t.test('saved searches', async t => {
  const api = await apiUnderTest(t)
  const ann = await api.user('member', { name: 'Ann' })
  const bob = await api.user('member', { name: 'Bob' })
  const admin = await api.user('admin')
  const path = `/api/v1/projects/${api.projectId}/saved-searches`
  const names = async (user: ApiUser): Promise<string[]> =>
    (await user.get<List>(path)).body.data.map(({ name, default: begins }) => (begins ? `*${name}` : name))
  const save = async (user: ApiUser, body: object): Promise<string> => {
    const answer = await user.post<SavedSearch>(path, { name: 'Mine', query: '', ...body })
    t.equal(answer.status, 201)
    return answer.body.id
  }

  const mine = await save(ann, { name: ' Mine ', query: 'level:error OR assigned:me', sort: 'events', default: true })
  const ours = await save(ann, { name: 'Ours', query: 'release:>1.0', shared: true })

  await t.test('own ones are seen by their owner alone, shared ones by all', async t => {
    t.same(await names(ann), ['*Mine', 'Ours'])
    t.same(await names(bob), ['Ours'])
    t.match((await ann.get<List>(path)).body.data[0], {
      query: 'level:error OR assigned:me',
      sort: 'events',
      shared: false,
      owner: 'Ann',
      can_change: true
    })
    t.match((await bob.get<List>(path)).body.data[0], { owner: 'Ann', can_change: false, shared: true })
    t.equal((await bob.patch(`${path}/${mine}`, { name: 'Stolen' })).status, 404)
    t.equal((await bob.delete(`${path}/${mine}`)).status, 404)
  })

  await t.test('what is shared is changed by its owner and by admins; everybody may begin with it', async t => {
    t.equal((await bob.patch(`${path}/${ours}`, { query: 'is:new' })).status, 403)
    t.equal((await bob.delete(`${path}/${ours}`)).status, 403)
    t.equal((await bob.patch(`${path}/${ours}`, { default: true })).status, 200)
    t.same(await names(bob), ['*Ours'])
    t.match((await admin.patch<SavedSearch>(`${path}/${ours}`, { name: 'All of us' })).body, { name: 'All of us' })
    t.equal((await ann.patch(`${path}/${ours}`, { default: true })).status, 200)
    t.same(await names(ann), ['*All of us', 'Mine'], 'there is one at a time')
    t.equal((await ann.patch(`${path}/${ours}`, { default: false })).status, 200)
    t.same(await names(ann), ['All of us', 'Mine'])
    t.equal((await ann.patch(`${path}/${ours}`, { shared: false })).status, 200)
    t.same(await names(bob), [], 'nobody begins with what they do not see')
    t.same(await api.sql`select from default_searches`, [])
  })

  await t.test('a search that cannot be understood is not saved', async t => {
    const { status, body } = await ann.post<Problem>(path, { name: 'Wrong', query: 'a OR level:loud' })
    t.equal(status, 400)
    t.match(body.errors, [{ path: 'query', column: 12, message: /one of fatal/ }])
    t.equal((await ann.patch(`${path}/${mine}`, { query: '(a OR b' })).status, 400)
    t.equal((await ann.post(path, { name: '', query: '' })).status, 400)
    t.equal((await ann.post(path, { name: 'x', query: '', sort: 'title' })).status, 400)
  })

  await t.test('there is a bound, for each person and for what is shared', async t => {
    const fill = api.sql`
      insert into saved_searches (project_id, id, owner_id, name, query, sort, is_shared, created_at, updated_at)
      select ${api.projectId}, gen_random_uuid(), ${bob.id}, 'n', '', 'last_seen', is_shared, now(), now()
      from generate_series(1, ${searchesMax}) n, unnest(array[true, false]) as is_shared`
    await fill
    t.equal((await bob.post(path, { name: 'x', query: '' })).status, 409)
    t.equal((await ann.post(path, { name: 'x', query: '', shared: true })).status, 409)
    t.equal((await ann.patch(`${path}/${mine}`, { shared: true })).status, 409)
    t.equal((await ann.patch(`${path}/${mine}`, { name: 'Still mine' })).status, 200)
    t.equal((await ann.post(path, { name: 'x', query: '' })).status, 201)
  })

  await t.test('they belong to their project and to their owner', async t => {
    const other = await api.organization('elsewhere')
    const carol = await api.user('owner', { organizationId: other.id })
    t.equal((await carol.get(path)).status, 404)
    const elsewhere = `/api/v1/projects/${other.project.id}/saved-searches`
    t.equal((await carol.patch(`${elsewhere}/${mine}`, { name: 'x' })).status, 404)
    t.equal((await carol.delete(`${elsewhere}/${mine}`)).status, 404)
    t.equal((await ann.delete(`${path}/${mine}`)).status, 204)
    t.equal((await ann.delete(`${path}/${mine}`)).status, 404)
    await api.sql`delete from users where id = ${bob.id}`
    t.same(await api.sql`select from saved_searches where owner_id = ${bob.id}`, [])
  })
})
