// Goal: events of one issue under a filter are found wherever they are in its life: among the newest, by the index of
// words, or step by step. Method: more events than one step reads, through the real commit, and pages of them.
import t from 'tap'
import { commitBatches } from '../../../services/commit/attempt.ts'
import { listIssueEvents } from '../../../services/events/of-issue.ts'
import { ensurePartitionsFor } from '../../../services/database/partitions.ts'
import type { EventFilter } from '../../../services/search/query.ts'
import { databaseForEvents, preparedBatch, preparedEvent } from '../../support/prepared.ts'
import { scopeOf, where } from '../../support/search.ts'

t.test('what is rare among the events of an issue is on its first page, what is frequent comes in pages', async t => {
  const sql = await databaseForEvents(t)
  const now = Date.now()
  const events = Array.from({ length: 3_000 }, (_, index) =>
    preparedEvent({
      receivedAt: now - 60_000 + index * 10,
      issue: 'a',
      message: index < 3 ? 'lost a shipment' : 'lost an order',
      level: index % 2 === 0 ? 'error' : 'warning'
    })
  )
  const elsewhere = preparedEvent({ receivedAt: now - 70_000, issue: 'b', message: 'lost a shipment' })
  for (let at = 0; at < events.length; at += 1_000) {
    await commitBatches(sql, [preparedBatch(events.slice(at, at + 1_000))], { node: 'test', deadlineMs: 60_000 })
  }
  await commitBatches(sql, [preparedBatch([elsewhere])], { node: 'test', deadlineMs: 60_000 })
  const [issue] = await sql<{ id: string }[]>`select id from issues order by event_count desc limit 1`
  const life = { rootId: issue?.id ?? '', firstSeen: now - 60_000, lastSeen: now }
  const list = async (asked: Partial<EventFilter>, before: string | null = null) => {
    const { items, next } = await listIssueEvents(sql, scopeOf(sql, asked), life, {
      before,
      from: life.firstSeen,
      limit: 2,
      scannedMax: 1_000,
      indexedMs: 60_000
    })
    return { ids: items.map(item => item.id), next }
  }
  const newestFirst = (some: typeof events) => some.map(event => event.id).reverse()

  const rare = await list({ where: where('shipment') })
  t.same(rare, { ids: newestFirst(events.slice(1, 3)), next: events[1]?.id })
  t.same(await list({ where: where('shipment') }, rare.next), { ids: newestFirst(events.slice(0, 1)), next: null })
  t.same(await list({ where: where('elephant') }), { ids: [], next: null })
  const warnings = newestFirst(events.filter(event => event.level === 'warning'))
  t.same(await list({ levels: ['warning'] }), { ids: warnings.slice(0, 2), next: warnings[1] })
})

t.test(
  'events of an issue that share their words with a great many others come in short pages, and all of them come',
  async t => {
    const sql = await databaseForEvents(t)
    const now = Date.now()
    const dayMs = 86_400_000
    const own = Array.from({ length: 2_500 }, (_, index) =>
      preparedEvent({
        receivedAt: now - 1_000_000 + index * 10,
        issue: 'a',
        message: index % 1_200 === 5 ? 'out of stock' : 'lost'
      })
    )
    const late = [9, 20].map(days =>
      preparedEvent({ receivedAt: now - days * dayMs, issue: 'a', message: 'out of stock' })
    )
    const others = Array.from({ length: 2_100 }, (_, index) =>
      preparedEvent({ receivedAt: now - 2_000_000 + index * 10, issue: 'b', message: 'out of stock' })
    )
    const batch = preparedBatch([...own, ...late, ...others])
    await ensurePartitionsFor(sql, [batch], { now })
    for (let at = 0; at < batch.events.length; at += 1_000) {
      await commitBatches(sql, [preparedBatch(batch.events.slice(at, at + 1_000))], {
        node: 'test',
        deadlineMs: 60_000
      })
    }
    const [issue] = await sql<{ id: string }[]>`select id from issues order by event_count desc limit 1`
    const life = { rootId: issue?.id ?? '', firstSeen: now - 20 * dayMs, lastSeen: now }
    const scope = scopeOf(sql, { where: where('stock') })

    const pages: string[][] = []
    for (let before: string | null = null; ;) {
      const { items, next } = await listIssueEvents(sql, scope, life, {
        before,
        from: life.firstSeen,
        limit: 10,
        scannedMax: 1_000
      })
      pages.push(items.map(item => item.id))
      if (next === null || pages.length > 20) break
      before = next
    }
    t.ok(pages.length > 1, 'the index had too many of others to look at')
    t.same(
      pages.flat(),
      [...own, ...late]
        .filter(event => event.message === 'out of stock')
        .map(event => event.id)
        .sort()
        .reverse()
    )
  }
)
