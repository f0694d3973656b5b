// Goal: a resolved issue comes back by events of the releases that its resolution says, and by no older ones; searches
// for the latest release find it, however close releases came. Method: a whole node, real commits and folds of events
// with releases; one issue for each case.
import t from 'tap'
import type { IssueDetailBody, IssueItem } from '../../schema/api/issues.ts'
import type { ActivityItem } from '../../schema/api/issues.ts'
import { setCommits } from '../../services/releases/commits.ts'
import { apiUnderTest } from '../support/api.ts'
import { commitEvents, issueIdOf } from '../support/issues.ts'

/** One hour, so that hours say nothing; in the past, so that events can come after a resolution. */
const hour = Math.floor(Date.now() / 3_600_000) * 3_600_000 - 3_600_000

async function world(t: Parameters<typeof apiUnderTest>[0]) {
  const api = await apiUnderTest(t)
  const user = await api.user('member')
  let later = 0
  const commit = (issue: string, release: string, receivedAt: number) =>
    commitEvents(api.sql, { projectId: api.projectId, title: issue, issue, release, receivedAt })
  const path = async (issue: string) => `/api/v1/issues/${await issueIdOf(api.sql, issue, api.projectId)}`
  /** Releases in the order in which they were first seen, ten milliseconds apart. */
  const seen = async (...releases: string[]) => {
    for (const [index, release] of releases.entries()) await commit(`of ${release}`, release, hour + index * 10)
  }
  const resolve = async (issue: string, way?: unknown) => {
    await commit(issue, '', hour)
    const change = { status: 'resolved', ...(way === undefined ? {} : { resolve_in: way }) }
    return await user.patch<IssueItem>(await path(issue), change)
  }
  /** Whether an event of this release brings it back. */
  const returns = async (issue: string, release: string) => {
    later += 10
    await commit(issue, release, Date.now() + later)
    return (await user.get<IssueDetailBody>(await path(issue))).body.status === 'unresolved'
  }
  const titles = async (query: string) => {
    const { body } = await user.get<{ data: { title: string }[] }>(
      `/api/v1/projects/${api.projectId}/issues?status=all&query=${encodeURIComponent(query)}`
    )
    return body.data.map(({ title }) => title)
  }
  const events = async (query: string) => {
    const { body } = await user.get<{ data: { release: string }[] }>(
      `/api/v1/projects/${api.projectId}/events?query=${encodeURIComponent(query)}`
    )
    return body.data.map(({ release }) => release)
  }
  return { api, user, seen, commit, path, resolve, returns, titles, events }
}

t.test('versions: older releases bring nothing back, in which way ever an issue is resolved', async t => {
  const { user, seen, path, resolve, returns } = await world(t)
  await seen('shop@1.9.0', 'shop@1.10.0', 'api@1041')
  for (const older of ['shop@1.9.0', 'shop@1.8.7', 'shop@1.10.0-rc.1', 'api@63']) {
    for (const way of [undefined, 'current_release', 'next_release']) {
      const issue = `${older} ${String(way)}`
      await resolve(issue, way)
      t.notOk(await returns(issue, older), issue)
    }
  }
  const cases: [issue: string, way: unknown, release: string, expected: boolean][] = [
    ['now, the same', undefined, 'shop@1.10.0', true],
    ['now, without', undefined, '', true],
    ['now, another package', undefined, 'web@0.1', true],
    ['current, the same', 'current_release', 'shop@1.10.0', true],
    ['current, without', 'current_release', '', false],
    ['next, the same', 'next_release', 'shop@1.10.0', false],
    ['next, later', 'next_release', 'shop@1.10.1', true],
    ['now, later', undefined, 'shop@1.11.0', true],
    ['named, before', { release: 'shop@2.0' }, 'shop@1.99', false],
    ['named, it', { release: 'shop@2.0' }, 'shop@2.0.0', true],
    ['named, without', { release: 'shop@2.0' }, '', false]
  ]
  for (const [issue, way, release, expected] of cases) {
    t.equal((await resolve(issue, way)).status, 200)
    t.equal(await returns(issue, release), expected, issue)
  }
  await resolve('said', { release: 'shop@2.0' })
  t.equal((await user.get<IssueDetailBody>(await path('said'))).body.resolved_in_release, 'shop@2.0')
  const activity = await user.get<{ data: ActivityItem[] }>(`${await path('said')}/activity`)
  t.match(activity.body.data[0], { kind: 'resolved', data: { in_release: 'shop@2.0' } })
})

t.test('hashes: what was first seen before the latest one is older, by the millisecond', async t => {
  const { seen, commit, resolve, returns, titles, events } = await world(t)
  await seen('ffff', 'aaaa', 'cccc', '1111111')
  await commit('both', 'cccc', hour + 50)
  await commit('both', 'zzzz', hour + 60)
  await commit('only', 'zzzz', hour + 70)
  t.same((await titles('release:latest')).sort(), ['both', 'only'])
  t.same(await titles('firstRelease:latest'), ['only'])
  t.same(await events('release:latest'), ['zzzz', 'zzzz'])

  for (const [release, expected] of [
    ['ffff', false],
    ['cccc', false],
    ['1111111', false],
    ['zzzz', true],
    ['bbbb', true]
  ] as const) {
    await resolve(`now ${release}`)
    t.equal(await returns(`now ${release}`, release), expected, release)
  }
  await resolve('named', { release: 'cccc' })
  t.notOk(await returns('named', 'aaaa'))
  t.ok(await returns('named', '1111111'))
  t.equal((await resolve('unknown', { release: 'dddd' })).status, 400)
  t.equal((await resolve('commit', { commit: 'dddd' })).status, 400)
})

t.test('without releases there is no current one', async t => {
  const { resolve, returns } = await world(t)
  t.equal((await resolve('current', 'current_release')).status, 400)
  await resolve('now')
  t.ok(await returns('now', ''))
})

t.test(
  'in a commit: nothing brings it back before a release holds the commit, then events of that release do',
  async t => {
    const { api, user, seen, path, resolve, returns } = await world(t)
    const sha = 'a1b2c3d4e5f60718293a4b5c6d7e8f9012345678'
    const held = { sha, repository: '', message: '', authorName: '', authorEmail: '', committedAt: null, files: [] }
    const shown = async (issue: string) => (await user.get<IssueDetailBody>(await path(issue))).body
    await seen('shop@1.0')
    for (const issue of ['waits', 'opened', 'again']) await resolve(issue, { commit: sha.slice(0, 7).toUpperCase() })
    t.match(await shown('waits'), { status: 'resolved', resolved_in_commit: 'a1b2c3d', resolved_in_release: null })
    for (const release of ['shop@1.0', 'shop@9.0', '']) t.notOk(await returns('waits', release), release)
    await user.patch(await path('opened'), { status: 'unresolved' })
    t.match(await shown('opened'), { resolved_in_commit: null })

    await setCommits(api.sql, api.projectId, 'shop@1.1', [{ ...held, sha: 'b'.repeat(40) }])
    t.match(await shown('waits'), { resolved_in_release: null })
    await setCommits(api.sql, api.projectId, 'shop@1.2', [held])
    t.match(await shown('waits'), {
      status: 'resolved',
      resolved_in_commit: 'a1b2c3d',
      resolved_in_release: 'shop@1.2'
    })
    t.match(await shown('opened'), { status: 'unresolved', resolved_in_release: null })
    const activity = await user.get<{ data: ActivityItem[] }>(`${await path('waits')}/activity`)
    t.match(activity.body.data.slice(0, 2), [
      { kind: 'resolved', user: null, data: { in_commit: 'a1b2c3d', in_release: 'shop@1.2' } },
      { kind: 'resolved', data: { in_commit: 'a1b2c3d' } }
    ])
    t.notOk(await returns('waits', 'shop@1.1'))
    t.ok(await returns('waits', 'shop@1.2'))
    t.match(await shown('waits'), { resolved_in_commit: null, resolved_in_release: null })

    await setCommits(api.sql, api.projectId, 'shop@2.0', [held])
    t.match(await shown('again'), { resolved_in_release: 'shop@1.2' }, 'the first release stays')
    await resolve('known', { commit: sha })
    t.match(await shown('known'), { resolved_in_commit: sha, resolved_in_release: 'shop@1.2' })
    t.notOk(await returns('known', 'shop@1.1'))
    t.ok(await returns('known', 'shop@2.0'))
    for (const commit of ['a1b2c3', 'not hex', 'a'.repeat(65), 7]) {
      t.match(await resolve('known', { commit }), { status: 400 })
    }
  }
)
