// Goal: the use of keys adds up, of each key the last clients are kept, and old hours go but for the last. Method: uses
// written to a database, read back as of several moments.
import t from 'tap'
import { createProject } from '../../../services/accounts/projects.ts'
import { createKey, listKeys, revokeKey } from '../../../services/accounts/keys.ts'
import { addKeyUses, forgetKeyUses, usesOfKeys } from '../../../services/accounts/key-uses.ts'
import { ensureDefaults } from '../../../services/accounts/projects.ts'
import { testDatabase } from '../../support/database.ts'

const hourMs = 3_600_000
const now = Date.UTC(2026, 5, 15, 12)

t.test('the use of keys', async t => {
  const { sql } = await testDatabase(t)
  await ensureDefaults(sql)
  const { id: projectId } = await createProject(sql, { name: 'Shop' })
  const [key] = await listKeys(sql, projectId)
  const second = await createKey(sql, projectId, { label: 'New' })
  const keyId = key?.id ?? ''
  const use = (events: number, hoursAgo: number, clients: string[] = ['']) => ({
    projectId,
    keyId,
    events,
    clients,
    hour: now - hoursAgo * hourMs,
    at: now - hoursAgo * hourMs + 5
  })

  t.same(await usesOfKeys(sql, projectId, now), new Map(), 'never used')
  await addKeyUses(sql, [use(2, 1, ['sentry.python/2.1']), use(3, 1), use(4, 30), use(5, 24 * 29)])
  await addKeyUses(sql, [use(1, 1, ['sentry.javascript.browser/10.0'])])
  const uses = await usesOfKeys(sql, projectId, now)
  t.match(uses.get(keyId), { events24h: 6, events30d: 15, lastUsedAt: new Date(now - hourMs + 5) })
  t.same(
    uses
      .get(keyId)
      ?.clients.map(({ name }) => name)
      .sort(),
    ['', 'sentry.javascript.browser/10.0', 'sentry.python/2.1']
  )
  t.equal(uses.has(second?.id ?? ''), false)

  await addKeyUses(sql, [
    use(
      1,
      0,
      Array.from({ length: 30 }, (_, n) => `client ${n}`)
    )
  ])
  t.equal((await usesOfKeys(sql, projectId, now)).get(keyId)?.clients.length, 20, 'the last clients are kept')

  const later = now + 400 * 24 * hourMs
  t.equal(await forgetKeyUses(sql, { now: later, rowsMax: 2 }), 2)
  t.equal(await forgetKeyUses(sql, { now: later, rowsMax: 9 }), 1)
  t.match((await usesOfKeys(sql, projectId, later)).get(keyId), { events30d: 0, lastUsedAt: new Date(now + 5) })

  await revokeKey(sql, projectId, keyId)
  await addKeyUses(sql, [use(9, 0)])
  t.same(await usesOfKeys(sql, projectId, now), new Map(), 'a key that was revoked has none')
})
