// Goal: sockets learn who may still be there: sessions and tokens that ended are missing, roles are those of now.
// Method: users, sessions and tokens in a database of the test's own.
import t from 'tap'
import { createApiToken } from '../../../services/accounts/api-tokens.ts'
import { callerOf, validCallers } from '../../../services/accounts/callers.ts'
import { ensureDefaults } from '../../../services/accounts/projects.ts'
import { forgetSessions, listSessions, startSession } from '../../../services/accounts/sessions.ts'
import { createUser } from '../../../services/accounts/users.ts'
import { testDatabase } from '../../support/database.ts'

t.test(
  'callers that have logged out, were revoked or have expired are missing; the others have the roles of now',
  async t => {
    const { sql } = await testDatabase(t)
    const { organizationId } = await ensureDefaults(sql)
    const now = Date.now()
    const userId = (await createUser(sql, { email: 'a@example.com', name: '', passwordHash: '' }))?.id ?? ''
    await sql`insert into memberships (organization_id, user_id, role) values (${organizationId}, ${userId}, 'admin')`
    const session = await callerOf(
      sql,
      { session: await startSession(sql, { userId, remoteAddress: '', userAgent: '', now }), token: null },
      now
    )
    const token = await createApiToken(sql, {
      userId,
      name: 'x',
      scopes: ['write', 'read'],
      expiresAt: new Date(now + 1_000),
      now
    })
    t.match(await callerOf(sql, { session: null, token: token?.token ?? '' }, now), {
      userId,
      scope: 'write',
      session: null,
      token: { id: token?.id }
    })
    const ids = [session?.session?.id ?? '', token?.id ?? '']

    const held = await validCallers(sql, ids, now)
    t.same([...held.keys()].sort(), [...ids].sort())
    t.same(held.get(ids[0] ?? ''), new Map([[organizationId, 'admin']]))
    t.same([...(await validCallers(sql, ids, now + 1_000)).keys()], [ids[0]], 'the token has expired')
    await sql`delete from memberships`
    t.same((await validCallers(sql, ids, now)).get(ids[0] ?? ''), new Map())
    await sql`delete from sessions`
    t.same([...(await validCallers(sql, ids, now)).keys()], [ids[1]])
    t.same(await validCallers(sql, [], now), new Map())
  }
)

t.test('a user has a bounded number of sessions: the longest unused end, and what is over is forgotten', async t => {
  const { sql } = await testDatabase(t)
  const userId = (await createUser(sql, { email: 'a@example.com', name: '', passwordHash: '' }))?.id ?? ''
  const start = Date.now()
  for (let index = 0; index < 52; index++) {
    await startSession(sql, { userId, remoteAddress: '', userAgent: `agent ${index}`, now: start + index })
  }
  const sessions = await listSessions(sql, { userId, after: null, limit: 100, now: start })
  t.equal(sessions.length, 50)
  t.notOk(sessions.some(({ user_agent: agent }) => agent === 'agent 0' || agent === 'agent 1'))
  const monthMs = 30 * 86_400_000
  t.equal(await forgetSessions(sql, { now: start + monthMs, rowsMax: 20 }), 20)
  t.equal(await forgetSessions(sql, { now: start + monthMs, rowsMax: 100 }), 30)
})
