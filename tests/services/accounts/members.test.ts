// Goal: nobody grants, changes or removes a role above their own, and an organization always has an owner, whatever
// happens at once. Method: every pair of roles against a real database; changes that race each other, many times.
import t from 'tap'
import { roles, type Role } from '../../../schema/api/common.ts'
import { acceptInvite, createInvite, findInvite, listInvites } from '../../../services/accounts/invites.ts'
import { changeRole, isAtLeast, listMembers, removeMember } from '../../../services/accounts/members.ts'
import { createOrganization, deleteOrganization } from '../../../services/accounts/organizations.ts'
import { migrate } from '../../../services/database/migrations.ts'
import type { Sql } from '../../../services/database/sql.ts'
import { createUser } from '../../../services/accounts/users.ts'
import { migrateUpTo, testDatabase } from '../../support/database.ts'

type Org = {
  sql: Sql
  organizationId: string
  add: (role: Role | null) => Promise<string>
  roleOf: (userId: string) => Promise<Role | null>
}

async function organization(t: Parameters<typeof testDatabase>[0]): Promise<Org & { ownerId: string }> {
  const { sql } = await testDatabase(t)
  let users = 0
  const newUser = async (): Promise<string> =>
    (await createUser(sql, { email: `u${++users}@example.com`, name: '', passwordHash: '' }))?.id ?? ''
  const ownerId = await newUser()
  const made = await createOrganization(sql, { name: 'Acme', slug: undefined, userId: ownerId })
  if (typeof made === 'string') throw new Error(made)
  return {
    sql,
    organizationId: made.id,
    ownerId,
    add: async role => {
      const userId = await newUser()
      if (role !== null) {
        await sql`insert into memberships (organization_id, user_id, role) values (${made.id}, ${userId}, ${role})`
      }
      return userId
    },
    roleOf: async userId => {
      const [row] = await sql<
        { role: Role }[]
      >`select role from memberships where organization_id = ${made.id} and user_id = ${userId}`
      return row?.role ?? null
    }
  }
}

t.test('who may change whose role to what', async t => {
  const { sql, organizationId, add, roleOf } = await organization(t)
  for (const callerRole of roles) {
    for (const present of roles) {
      for (const role of roles) {
        const [callerId, userId] = [await add(callerRole), await add(present)]
        const isAllowed = callerRole !== 'member' && isAtLeast(callerRole, present) && isAtLeast(callerRole, role)
        const changed = await changeRole(sql, { organizationId, callerId, userId, role })
        t.equal(changed === 'forbidden', !isAllowed, `${callerRole} makes ${present} ${role}`)
        t.equal(await roleOf(userId), isAllowed ? role : present)
      }
    }
  }
})

t.test('who may remove whom', async t => {
  const { sql, organizationId, add, roleOf } = await organization(t)
  for (const callerRole of roles) {
    for (const present of roles) {
      const [callerId, userId] = [await add(callerRole), await add(present)]
      const isAllowed = callerRole !== 'member' && isAtLeast(callerRole, present)
      t.same(
        await removeMember(sql, { organizationId, callerId, userId }),
        isAllowed ? [] : 'forbidden',
        `${callerRole} removes ${present}`
      )
      t.equal(await roleOf(userId), isAllowed ? null : present)
    }
  }
})

t.test('everybody may leave, but for the last owner, who stays what they are', async t => {
  const { sql, organizationId, ownerId, add, roleOf } = await organization(t)
  for (const role of roles) {
    const userId = await add(role)
    t.same(await removeMember(sql, { organizationId, callerId: userId, userId }), [], role)
  }
  t.equal(await removeMember(sql, { organizationId, callerId: ownerId, userId: ownerId }), 'last_owner')
  t.equal(await changeRole(sql, { organizationId, callerId: ownerId, userId: ownerId, role: 'admin' }), 'last_owner')
  t.match(await changeRole(sql, { organizationId, callerId: ownerId, userId: ownerId, role: 'owner' }), {
    role: 'owner'
  })
  t.equal(await roleOf(ownerId), 'owner')
})

t.test('strangers are neither callers nor members', async t => {
  const { sql, organizationId, ownerId, add } = await organization(t)
  const stranger = await add(null)
  t.equal(await changeRole(sql, { organizationId, callerId: ownerId, userId: stranger, role: 'member' }), 'missing')
  t.equal(await removeMember(sql, { organizationId, callerId: ownerId, userId: stranger }), 'missing')
  t.equal(await changeRole(sql, { organizationId, callerId: stranger, userId: ownerId, role: 'member' }), 'forbidden')
  t.equal(await removeMember(sql, { organizationId, callerId: stranger, userId: ownerId }), 'forbidden')
  t.equal(await removeMember(sql, { organizationId, callerId: stranger, userId: stranger }), 'forbidden')
})

t.test('two owners who go at the same time leave one behind', async t => {
  const { sql, organizationId, ownerId, add } = await organization(t)
  for (let round = 0; round < 10; round++) {
    const [owner] = await sql<
      { user_id: string }[]
    >`select user_id from memberships where organization_id = ${organizationId} and role = 'owner'`
    const first = owner?.user_id ?? ownerId
    const second = await add('owner')
    const leave = (userId: string) => removeMember(sql, { organizationId, callerId: userId, userId })
    const demote = (callerId: string, userId: string) =>
      changeRole(sql, { organizationId, callerId, userId, role: 'member' as const })
    const ends = await Promise.all(
      round % 2 === 0 ? [leave(first), leave(second)] : [demote(first, second), demote(second, first)]
    )
    t.equal(ends.filter(end => end === 'last_owner' || end === 'forbidden').length, 1)
    t.match(await sql`select count(*) from memberships where organization_id = ${organizationId} and role = 'owner'`, [
      { count: 1 }
    ])
  }
})

t.test('invitations end with the right to give them', async t => {
  const { sql, organizationId, ownerId, add } = await organization(t)
  const now = Date.now()
  const rest = { after: null, limit: 100 }
  const second = await add('owner')
  for (const role of roles) {
    await createInvite(sql, { organizationId, callerId: second, email: `${role}@example.com`, role, now })
  }
  await changeRole(sql, { organizationId, callerId: ownerId, userId: second, role: 'admin' })
  t.same(
    (await listInvites(sql, { organizationId, ...rest })).map(invite => invite.role),
    ['admin', 'member']
  )
  await removeMember(sql, { organizationId, callerId: ownerId, userId: second })
  t.same(await listInvites(sql, { organizationId, ...rest }), [])
})

t.test('a user who joins while the organization is deleted belongs to nothing', async t => {
  const { sql, organizationId, ownerId } = await organization(t)
  const made = await createInvite(sql, {
    organizationId,
    callerId: ownerId,
    email: 'new@example.com',
    role: 'member',
    now: Date.now()
  })
  if (typeof made === 'string') throw new Error(made)
  const invite = await findInvite(sql, made.token, Date.now())
  if (invite === null) throw new Error('the invitation is not there')
  await Promise.all([
    deleteOrganization(sql, organizationId, ownerId),
    acceptInvite(sql, invite, { name: '', passwordHash: '', takesAddress: false })
  ])
  t.same([...(await sql`select * from memberships where organization_id = ${organizationId}`)], [])
  t.equal(await findInvite(sql, made.token, Date.now()), null)
})

t.test('an invitation is accepted once, however many try', async t => {
  const { sql, organizationId, ownerId } = await organization(t)
  const made = await createInvite(sql, {
    organizationId,
    callerId: ownerId,
    email: 'new@example.com',
    role: 'admin',
    now: Date.now()
  })
  if (typeof made === 'string') throw new Error(made)
  const invite = await findInvite(sql, made.token, Date.now())
  if (invite === null) throw new Error('the invitation is not there')
  const ends = await Promise.all(
    Array.from({ length: 5 }, () => acceptInvite(sql, invite, { name: '', passwordHash: '', takesAddress: true }))
  )
  t.equal(ends.filter(end => typeof end === 'object').length, 1)
  t.match(await sql`select count(*) from users where email = 'new@example.com'`, [{ count: 1 }])
})

t.test('an invitation never lowers a role', async t => {
  const { sql, organizationId, ownerId, add, roleOf } = await organization(t)
  for (const [role, expected] of [
    ['member', 'admin'],
    ['owner', 'owner']
  ] as const) {
    const userId = await add(null)
    const [user] = await sql<{ email: string }[]>`select email from users where id = ${userId}`
    const made = await createInvite(sql, {
      organizationId,
      callerId: ownerId,
      email: user?.email ?? '',
      role,
      now: Date.now()
    })
    if (typeof made === 'string') throw new Error(made)
    const invite = await findInvite(sql, made.token, Date.now())
    if (invite === null) throw new Error('the invitation is not there')
    await sql`insert into memberships (organization_id, user_id, role) values (${organizationId}, ${userId}, 'admin')`
    t.same(await acceptInvite(sql, invite, { userId }), { userId })
    t.equal(await roleOf(userId), expected)
  }
  t.equal((await listMembers(sql, { organizationId, after: null, limit: 100 })).length, 3)
})

t.test('users from before the migration keep their addresses, new ones have to confirm theirs', async t => {
  const { sql } = await testDatabase(t, { migrated: false })
  await migrateUpTo(sql, '0026_confirmed_addresses.sql')
  await sql`insert into users (id, email) values (gen_random_uuid(), 'before@example.com')`
  await migrate(sql)
  await sql`insert into users (id, email) values (gen_random_uuid(), 'after@example.com')`
  t.same(
    [...(await sql`select email, email_confirmed_at = created_at as confirmed from users order by email desc`)],
    [
      { email: 'before@example.com', confirmed: true },
      { email: 'after@example.com', confirmed: null }
    ]
  )
})
