// Goal: dashboards on any node see what was committed and changed on every node, or are told of a gap, also when the
// link between nodes is lost and what is told meanwhile is lost with it. Method: whole nodes in one process; a proxy as
// the only way between two of them; dashboards are `ws` clients.
import t from 'tap'
import { createApiToken } from '../../services/accounts/api-tokens.ts'
import { createUser } from '../../services/accounts/users.ts'
import { clusterOf, dashboard, overProxy, reports, sendEvents, until, type ClusterNode } from './support.ts'

async function member({ sql, running }: ClusterNode): Promise<Record<string, string>> {
  const user = await createUser(sql, {
    email: 'member@example.com',
    name: '',
    passwordHash: '',
    isInstanceAdmin: false
  })
  await sql`insert into memberships (organization_id, user_id, role)
    values (${running.project.organizationId}, ${user?.id ?? ''}, 'member')`
  const created = await createApiToken(sql, {
    userId: user?.id ?? '',
    name: 'test',
    scopes: ['write'],
    expiresAt: null,
    now: Date.now()
  })
  return { authorization: `Bearer ${created?.token}` }
}

t.test('what one node commits is seen on another, and what somebody does there too', async t => {
  const [a, b] = await clusterOf(t, ['a', 'b'])
  if (a === undefined || b === undefined) throw new Error('there are two')
  const headers = await member(a)
  const there = await dashboard(t, b, headers)
  there.say({ type: 'subscribe', project: String(a.projectId) })
  await until(() => there.messages.some(({ type }) => type === 'subscribed'))
  // What is committed before the other node knows who follows is told as a gap.
  const [early] = await sendEvents(a, ['before everybody knows'])
  await until(() => there.events().includes(early ?? '') || there.gaps() > 0)

  const ids = await sendEvents(a, ['over there', 'and there'])
  await until(() => ids.every(id => there.events().includes(id)))
  await until(() => there.messages.some(({ type, action }) => type === 'issue' && action === 'created'))

  const { data }: { data: { id: string }[] } = JSON.parse(
    await (await fetch(`${a.url}/api/v1/projects/${a.projectId}/issues`, { headers })).text()
  )
  const issue = data[0]?.id ?? ''
  await fetch(`${a.url}/api/v1/issues/${issue}`, {
    method: 'PATCH',
    headers: { ...headers, 'content-type': 'application/json' },
    body: '{"status":"resolved"}'
  })
  await until(() =>
    there.messages.some(
      ({ type, action, issue: told }) => type === 'issue' && action === 'resolved' && told?.id === issue
    )
  )

  const seq = there.messages.findLast(message => message.seq !== undefined)?.seq
  const here = await dashboard(t, a, headers)
  here.say({ type: 'subscribe', project: String(a.projectId), after: seq })
  await until(() => here.gaps() === 1)
  t.equal(here.events().length, 0, 'a position that another node gave is a gap')
})

t.test('nodes that were apart tell dashboards of a gap, and go on together', async t => {
  const { one, other, way } = await overProxy(t)
  const headers = await member(one)
  const there = await dashboard(t, other, headers)
  there.say({ type: 'subscribe', project: String(one.projectId) })
  await until(() => there.messages.some(({ type }) => type === 'subscribed'))
  const [first] = await sendEvents(one, ['together'])
  await until(() => there.events().includes(first ?? '') || there.gaps() > 0)

  way.cut()
  await until(async () => (await reports(other)).length === 1)
  const [unseen] = await sendEvents(one, ['apart'])
  await until(() => there.gaps() > 0)
  t.notOk(there.events().includes(unseen ?? ''))
  const gaps = there.gaps()
  way.heal()
  await until(async () => (await reports(other)).length === 2)
  await until(() => there.gaps() > gaps)
  const [again] = await sendEvents(one, ['together again'])
  await until(() => there.events().includes(again ?? ''))
  t.same(
    [...one.log, ...other.log].filter(line => line.includes('crashed')),
    []
  )
})

t.test('a relay that crashes makes a gap on its own node and on others', async t => {
  const [a, b] = await clusterOf(t, ['a', 'b'])
  if (a === undefined || b === undefined) throw new Error('there are two')
  const headers = await member(a)
  const dashboards = [await dashboard(t, a, headers), await dashboard(t, b, headers)]
  for (const { say, messages } of dashboards) {
    say({ type: 'subscribe', project: String(a.projectId) })
    await until(() => messages.some(({ type }) => type === 'subscribed'))
  }
  const before = dashboards.map(({ gaps }) => gaps())
  const relay = a.running.mesh.whereis('stream-relay')
  if (relay === undefined) throw new Error('the relay runs')
  a.running.mesh.exit(relay, 'killed')
  await until(() => dashboards.every(({ gaps }, index) => gaps() > (before[index] ?? 0)))
  const [fromB] = await sendEvents(b, ['from b'])
  await until(
    () => dashboards[0]?.events().includes(fromB ?? '') === true || (dashboards[0]?.gaps() ?? 0) > (before[0] ?? 0) + 1
  )
  const [later] = await sendEvents(b, ['later'])
  await until(() => dashboards.every(({ events }) => events().includes(later ?? '')))
  t.pass()
})
