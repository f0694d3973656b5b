// Goal: what is to be erased is written down with its owner, in the transaction that requests it.
// Method: requests of every kind against a real database.
import t from 'tap'
import { v7 as uuidv7 } from 'uuid'
import { requestErasure } from '../../../services/deletions/requests.ts'
import { createProject, ensureDefaults } from '../../../services/accounts/projects.ts'
import { testDatabase } from '../../support/database.ts'

t.test('requests of every kind are written down', async t => {
  const { sql } = await testDatabase(t)
  const { organizationId } = await ensureDefaults(sql)
  const project = await createProject(sql, { name: 'Shop' })
  const issueIds = [uuidv7(), uuidv7()]
  await sql.begin(async sql => {
    await requestErasure(sql, { kind: 'organization', organizationId, requestedBy: null })
    await requestErasure(sql, { kind: 'project', projectId: project.id, requestedBy: null })
    await requestErasure(sql, { kind: 'issue', projectId: project.id, issueIds, requestedBy: null })
    await requestErasure(sql, {
      kind: 'older_than',
      projectId: project.id,
      receivedBefore: new Date(0),
      requestedBy: null
    })
  })
  const rows = await sql`
    select kind, organization_id, project_id, issue_id, received_before, name, due_at > requested_at as waits
    from erasures order by id`
  const shop = {
    organization_id: organizationId,
    project_id: project.id,
    name: 'Shop',
    issue_id: null,
    received_before: null,
    waits: false
  }
  t.same(
    [...rows],
    [
      { ...shop, kind: 'organization', project_id: null, name: 'Default' },
      { ...shop, kind: 'project', waits: true },
      { ...shop, kind: 'issue', issue_id: issueIds[0] },
      { ...shop, kind: 'issue', issue_id: issueIds[1] },
      { ...shop, kind: 'older_than', received_before: new Date(0) }
    ]
  )
})

t.test('a request that is rolled back was never made', async t => {
  const { sql } = await testDatabase(t)
  const { id: projectId } = await ensureDefaults(sql)
  await t.rejects(
    sql.begin(async sql => {
      await requestErasure(sql, { kind: 'project', projectId, requestedBy: null })
      throw new Error('not after all')
    }),
    /not after all/
  )
  t.same([...(await sql`select id from erasures`)], [])
})
