// Goal: nobody who has left an organization has issues in it, and an issue that is done with has no open alerts.
// Method: members with issues in several projects are removed, one during an assignment; alerts that real transitions
// fired; a database from before the migration.
import t from 'tap'
import { resolveAlertsOf } from '../../../services/alerts/fired.ts'
import { handleTransitions } from '../../../services/alerts/transitions.ts'
import { removeMember } from '../../../services/accounts/members.ts'
import { migrate } from '../../../services/database/migrations.ts'
import { changeIssues, type IssueChanger } from '../../../services/issues/changes.ts'
import { alertWorld } from '../../support/alerts.ts'
import { aLockIsWaitedFor, migrateUpTo, testDatabase } from '../../support/database.ts'
import { changerIn, commitEvents, issueIdOf } from '../../support/issues.ts'
import { databaseForEvents } from '../../support/prepared.ts'

t.test('who is removed has no issue any more, and the activity says who had it', async t => {
  const sql = await databaseForEvents(t)
  const changer = await changerIn(sql)
  const { organizationId, userId } = changer
  await commitEvents(sql, { issue: 'a' }, { issue: 'b' }, { issue: 'c' })
  const [a, b, c] = [await issueIdOf(sql, 'a'), await issueIdOf(sql, 'b'), await issueIdOf(sql, 'c')]
  await changeIssues(sql, changer, [a, b], { assigneeId: userId }, Date.now())
  const { removal } = await sql.begin(async assigning => {
    await assigning`select from memberships where user_id = ${userId} for key share`
    const removal = removeMember(sql, { organizationId, callerId: userId, userId })
    await aLockIsWaitedFor(sql)
    await assigning`update issues set assignee_id = ${userId} where id = ${c}`
    return { removal }
  })
  t.same(await removal, [{ projectId: 1, issueIds: [a, b, c].sort() }])
  t.same(await sql`select from issues where assignee_id is not null`, [])
  t.match(await sql`select kind, data from issue_activity where issue_id = ${a} order by position`, [
    { kind: 'assigned' },
    { kind: 'unassigned', data: { left: { id: userId, email: 'dev@example.com' } } }
  ])
})

t.test('the migration unassigns what people have who left, and nothing else', async t => {
  const { sql } = await testDatabase(t, { migrated: false })
  await migrateUpTo(sql, '0034_leavers.sql')
  const [organization, member, leaver] = ['1', '2', '3'].map(digit => `01900000-0000-7000-8000-00000000000${digit}`)
  await sql`insert into organizations (id, slug, name) values (${organization ?? ''}, 'acme', '')`
  for (const id of [member, leaver]) {
    await sql`insert into users (id, email, name) values (${id ?? ''}, ${`${id}@example.com`}, '')`
  }
  await sql`insert into memberships (organization_id, user_id, role)
    values (${organization ?? ''}, ${member ?? ''}, 'member')`
  await sql`insert into projects (id, organization_id, slug, name) values (7, ${organization ?? ''}, 'web', '')`
  for (const id of [member, leaver]) {
    await sql`
      insert into issues (project_id, id, fingerprint, number, level, title, culprit, first_seen, last_seen,
        last_seen_hour, last_event_id, assignee_id)
      values (7, ${id ?? ''}, sha256(${id ?? ''}::bytea), 1 + (select count(*) from issues), 'error', '', '', now(),
        now(), now(), gen_random_uuid(), ${id ?? ''})`
  }
  await migrate(sql)
  t.same(await sql`select id, assignee_id from issues order by id`, [
    { id: member, assignee_id: member },
    { id: leaver, assignee_id: null }
  ])
  t.same(await sql`select issue_id, kind from issue_activity`, [{ issue_id: leaver, kind: 'unassigned' }])
})

t.test('alerts of an issue are resolved with it, archived with it, and no others', async t => {
  const world = await alertWorld(t)
  const { sql, lease } = world
  const someone = await changerIn(sql)
  const changer: IssueChanger = {
    ...someone,
    onClosed: (sql, ids, now) => resolveAlertsOf(sql, 1, ids, { userId: someone.userId, now })
  }
  await world.rule()
  await world.commit({ issue: 'a' }, { issue: 'b' }, { issue: 'c' })
  await handleTransitions(sql, lease, { now: Date.now() })
  const states = async () => {
    const alerts = await world.alerts()
    return await Promise.all(
      ['a', 'b', 'c'].map(async issue => {
        const id = await issueIdOf(sql, issue)
        return alerts.find(alert => alert.subject === id)?.status
      })
    )
  }
  t.same(await states(), ['active', 'active', 'active'])
  await changeIssues(sql, changer, [await issueIdOf(sql, 'a')], { status: 'resolved' }, Date.now())
  await changeIssues(sql, changer, [await issueIdOf(sql, 'b')], { status: 'archived' }, Date.now())
  t.same(await states(), ['resolved', 'resolved', 'active'])
})
