// Goal: the first start makes one organization, project and key however many nodes start; projects and keys keep their
// rules. Method: concurrent calls against a real database; every refusal says what to do.
import t from 'tap'
import { addOutcomes } from '../../../services/commit/counters.ts'
import { loadKeys, type KnownRules } from '../../../services/accounts/keys.ts'
import { deleteOrganization } from '../../../services/accounts/organizations.ts'
import { createProject, ensureDefaults, listProjects } from '../../../services/accounts/projects.ts'
import { changeSettings } from '../../../services/accounts/settings.ts'
import { createUser } from '../../../services/accounts/users.ts'
import { testDatabase } from '../../support/database.ts'

t.test('several first starts at once make one of everything', async t => {
  const { sql } = await testDatabase(t)
  const made = await Promise.all([1, 2, 3].map(() => ensureDefaults(sql)))
  t.equal(new Set(made.map(project => project.publicKey)).size, 1)
  t.match(made[0], { id: 1, slug: 'default', publicKey: /^[0-9a-f]{32}$/ })
  t.same(await listProjects(sql), [await ensureDefaults(sql)])
})

t.test('after the last organization was deleted the instance admins own the new one', async t => {
  const { sql } = await testDatabase(t)
  const { organizationId } = await ensureDefaults(sql)
  const admin = await createUser(sql, { email: 'admin@example.com', name: '', passwordHash: '', isInstanceAdmin: true })
  await createUser(sql, { email: 'other@example.com', name: '', passwordHash: '' })
  await deleteOrganization(sql, organizationId, admin?.id ?? '')
  const made = await ensureDefaults(sql)
  t.match(made, { id: 2, slug: 'default' })
  t.same(
    await sql`select organization_id, user_id, role from memberships`,
    Object.assign([{ organization_id: made.organizationId, user_id: admin?.id, role: 'owner' }], { count: 1 })
  )
})

t.test('a project is made with its key, and with the number and key that are asked for', async t => {
  const { sql } = await testDatabase(t)
  await ensureDefaults(sql)
  const key = '0123456789abcdef0123456789abcdef'
  t.match(await createProject(sql, { name: 'Replay', id: 42, key }), { id: 42, slug: 'replay', publicKey: key })
  t.match(await createProject(sql, { name: 'Next' }), { id: 43 })
  t.match(await createProject(sql, { name: 'Low', id: 7 }), { id: 7 })
  t.match(await createProject(sql, { name: 'After' }), { id: 44 })
})

t.test('says why a project is refused', async t => {
  const { sql } = await testDatabase(t)
  const { publicKey } = await ensureDefaults(sql)
  const refused = (message: RegExp) => ({ name: 'ProjectRefused', message })
  await t.rejects(createProject(sql, { name: 'Other', slug: 'default' }), refused(/"default" already/))
  await t.rejects(createProject(sql, { name: 'One', id: 1 }), refused(/project 1 already/))
  await t.rejects(createProject(sql, { name: 'Key', key: publicKey ?? '' }), refused(/another project/))
  await t.rejects(createProject(sql, { name: 'Key', key: 'short' }), refused(/32 lower-case/))
  await t.rejects(createProject(sql, { name: 'Slug', slug: '12' }), refused(/no letter/))
})

t.test('a slug that nobody asked for is numbered where it is taken, also by several at once', async t => {
  const { sql } = await testDatabase(t)
  await ensureDefaults(sql)
  const made = await Promise.all([1, 2, 3].map(() => createProject(sql, { name: 'Web shop' })))
  t.same(made.map(project => project.slug).sort(), ['web-shop', 'web-shop-2', 'web-shop-3'])
  t.match(await createProject(sql, { name: 'Default' }), { slug: 'default-2' })
})

t.test('keys come with the settings of their project, and only while both are alive', async t => {
  const { sql } = await testDatabase(t)
  const { publicKey } = await ensureDefaults(sql)
  const second = await createProject(sql, { name: 'Second' })
  await sql`update projects set retention_days = 90, retention_classes = '{30,90}', sample_rate = 0.5,
    rate_limit_per_minute = null, scrub_fields = '{pin}',
    scrub_safe_fields = '{session}', scrub_ip = 'drop' where id = 1`
  t.same((await loadKeys(sql))[0], {
    keyId: (await loadKeys(sql))[0]?.keyId,
    publicKey,
    rateLimitPerMinute: null,
    project: {
      projectId: 1,
      retentionDays: 90,
      sampleRate: 0.5,
      rateLimitPerMinute: null,
      scrub: { enabled: true, fields: ['pin'], safeFields: ['session'], ip: 'drop' }
    }
  })

  await sql`update dsn_keys set is_active = false where project_id = 1`
  t.same(
    (await loadKeys(sql)).map(key => key.publicKey),
    [second.publicKey]
  )
  await sql`update projects set deleted_at = now() where id = ${second.id}`
  t.same(await loadKeys(sql), [])
})

t.test('rules for grouping come with the keys, and are read again only when they were changed', async t => {
  const { sql } = await testDatabase(t)
  await ensureDefaults(sql)
  const caller = { userId: '00000000-0000-7000-8000-000000000000', now: Date.now() }
  const known: KnownRules = new Map()
  const loaded = async () => (await loadKeys(sql, known))[0]?.project.grouping
  t.equal(await loaded(), undefined)
  const change = (grouping: object) => changeSettings(sql, 1, { grouping }, caller)
  await change({ fingerprintRules: 'type:A -> b' })
  const first = await loaded()
  t.same(first, { revision: 1, fingerprintRules: 'type:A -> b', stackRules: '' })
  t.equal(await loaded(), first, 'the same object')
  await changeSettings(sql, 1, { sampleRate: 0.5 }, caller)
  t.equal(await loaded(), first)
  await change({ stackRules: 'app:no +app' })
  t.same(await loaded(), { revision: 2, fingerprintRules: 'type:A -> b', stackRules: 'app:no +app' })
  await change({ fingerprintRules: '', stackRules: '' })
  t.equal(await loaded(), undefined)
  await sql`update projects set deleted_at = now() where id = 1`
  await loadKeys(sql, known)
  t.equal(known.size, 0)
})

t.test('refusals add up, also when nodes add them at once', async t => {
  const { sql } = await testDatabase(t)
  const hour = Date.parse('2026-03-01T12:00:00Z')
  const rows = [
    { projectId: 1, hour, outcome: 'refused', reason: 'invalid', count: 2 },
    { projectId: 0, hour, outcome: 'refused', reason: 'unauthorized', count: 1 }
  ]
  await Promise.all(
    Array.from({ length: 8 }, (_, index) => addOutcomes(sql, index % 2 === 0 ? rows : rows.toReversed()))
  )
  await addOutcomes(sql, [])
  t.same(
    await sql`select project_id, hour, outcome, reason, count from outcome_hours order by project_id`,
    Object.assign(
      [
        { project_id: 0, hour: new Date(hour), outcome: 'refused', reason: 'unauthorized', count: 8 },
        { project_id: 1, hour: new Date(hour), outcome: 'refused', reason: 'invalid', count: 16 }
      ],
      { count: 2 }
    )
  )
})
