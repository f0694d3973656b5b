// Goal: a search means the same everywhere: lists of events, of an issue's events and of issues, and rules, all find
// what a plain evaluator finds. Method: events made at random go through the real commit; searches made at random are
// held against an evaluation in memory.
import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { eventFilterOf } from '../../../api/event-filters.ts'
import { issueQueryOf } from '../../../api/issues/queries.ts'
import { mintEventId } from '../../../events/event-ids.ts'
import { compareVersions } from '../../../events/releases.ts'
import { parseSearch } from '../../../events/search/parse.ts'
import type { Pattern, SearchNode, SearchTerm } from '../../../events/search/query.ts'
import { camelParts, wordsOf } from '../../../events/search/words.ts'
import type { PreparedEvent } from '../../../schema/pipeline.ts'
import { ruleFilter, ruleTags } from '../../../services/alerts/rule-filter.ts'
import type { Sql } from '../../../services/database/sql.ts'
import { listEvents } from '../../../services/events/list.ts'
import { listIssueEvents } from '../../../services/events/of-issue.ts'
import { listIssueIds } from '../../../services/issues/list.ts'
import { eventScope } from '../../../services/search/event-scan.ts'
import { leastId } from '../../../services/search/event-windows.ts'
import { commitEvents, issueIdOf } from '../../support/issues.ts'
import { databaseForEvents, fingerprintOf, preparedEvent } from '../../support/prepared.ts'

t.setTimeout(240_000)

const hourMs = 3_600_000
const now = Date.now()
const from = now - 12 * hourMs
const callerId = '00000000-0000-7000-8000-000000000000'
const scope = { projectId: 1, organizationId: callerId, slug: 'default', callerId }

/** Issues have one title and level each: what lists know of an issue is then what its events say. */
const kinds = [
  { issue: 'read', title: 'ReadTimeoutError: no answer', culprit: 'api/chargeCard', level: 'error' },
  { issue: 'type', title: 'TypeError: x is not a function', culprit: 'src/cart.ts', level: 'fatal' },
  { issue: 'found', title: 'ActiveRecord::RecordNotFound: order', culprit: '', level: 'warning' },
  { issue: 'conn', title: 'connect ECONNREFUSED localhost:5432', culprit: 'db.internal', level: 'error' }
] as const
const extras = ['', 'late', 'timeout of 5 s', 'payment failed', 'lost order_12', 'Größe']
const releases = ['', '1.3.0', '1.10.0', 'shop@2.0.0', '2.0.0-rc.1', 'abc']
const environments = ['', 'production', 'staging']
const users = ['', '7', 'ann']

const eventOf = fc
  .record({
    kind: fc.constantFrom(...kinds),
    extra: fc.constantFrom(...extras),
    release: fc.constantFrom(...releases),
    environment: fc.constantFrom(...environments),
    user: fc.constantFrom(...users),
    tags: fc.record(
      { region: fc.constantFrom('eu', 'us', 'eu-west'), status: fc.constantFrom('200', '404', '500', 'none') },
      { requiredKeys: [] }
    ),
    hoursAgo: fc.integer({ min: 0, max: 8 })
  })
  .map(({ kind: { issue, title, culprit, level }, extra, release, environment, user, tags, hoursAgo }) => {
    const receivedAt = now - hoursAgo * hourMs - 1_000
    const message = extra === '' ? title : `${title}\n${extra}`
    const id = mintEventId(receivedAt)
    return preparedEvent({
      ...{ id, issue, title, culprit, level, message, release, environment, user, tags, receivedAt },
      occurredAt: receivedAt - hourMs
    })
  })

/** Terms that all can be asked of both lists. */
const leaf = fc.constantFrom(
  ...[
    'timeout',
    'Timeout',
    'ReadTimeoutError',
    'readtime*',
    '*Error',
    '*ime*t',
    'order',
    'order_12',
    'failed',
    'nothing'
  ],
  ...['"is not a"', '"payment failed"', '"failed payment"', 'ActiveRecord::RecordNotFound', 'localhost:5432', 'api/*'],
  ...['src/cart.ts', 'charge', 'größe', 'message:late', 'message:[late, lost]', 'ord*', 'us*', 're*'],
  ...['level:error', 'level:[error, fatal]', 'environment:production', 'environment:prod*', 'environment:""'],
  ...['has:release', 'has:region', 'release:1.3.0', 'release:[abc, 1.10.0]', 'release:1.*', 'release:>1.3.0'],
  ...['release:>=1.3.0', 'release:<2.0.0', 'release:<=shop@2.0.0', 'release>2.0.0-rc.1', 'release:latest'],
  ...['user:7', 'user.id:ann', 'has:user', 'region:eu', 'region:eu*', 'region:*west', 'region:[us, eu]', 'region:""'],
  ...['status:>=404', 'status:<404', 'status:404', 'tags[region]:us', 'tags[nothing]:1'],
  ...[`timestamp:>${new Date(now - 4 * hourMs).toISOString().slice(0, 16)}`, 'timestamp:-6h', 'timestamp:+4h']
)

const search: fc.Arbitrary<string> = fc.letrec<{ query: string; part: string }>(tie => ({
  part: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    { weight: 5, arbitrary: leaf },
    { weight: 1, arbitrary: leaf.map(text => `!${text}`) },
    { weight: 1, arbitrary: leaf.map(text => `NOT ${text}`) },
    { weight: 1, arbitrary: tie('query').map(text => `(${text})`) },
    { weight: 1, arbitrary: tie('query').map(text => `!(${text})`) }
  ),
  query: fc
    .array(fc.tuple(tie('part'), fc.constantFrom(' ', ' AND ', ' OR ')), { minLength: 1, maxLength: 3 })
    .map(parts => parts.map(([part, joint], index) => (index === 0 ? part : joint + part)).join(''))
})).query

function isLike(pattern: Pattern, text: string): boolean {
  const [first, ...others] = pattern
  const last = others.at(-1)
  if (last === undefined) return text === first
  if (!text.startsWith(first) || !text.endsWith(last) || text.length < first.length + last.length) return false
  let at = first.length
  for (const part of others.slice(0, -1)) {
    at = text.indexOf(part, at)
    if (at === -1) return false
    at += part.length
  }
  return at <= text.length - last.length
}

function hasWords({ title, culprit, message }: PreparedEvent, term: SearchTerm & { kind: 'words' }): boolean {
  const texts = [`${title} ${culprit}`, culprit, camelParts(`${title} ${culprit}`), message].map(wordsOf)
  const all = texts.flat()
  if (!term.isPhrase) return term.words.every(word => all.some(one => isLike(word, one)))
  const phrase = term.words.map(([word]) => word)
  return texts.some(words => words.some((_, at) => phrase.every((word, index) => words[at + index] === word)))
}

function holds(event: PreparedEvent, term: SearchTerm, latest: string): boolean {
  const like = (patterns: readonly Pattern[], value: string): boolean => patterns.some(one => isLike(one, value))
  switch (term.kind) {
    case 'words':
      return hasWords(event, term)
    case 'level':
      return term.levels.some(level => level === event.level)
    case 'field': {
      const value =
        term.field === 'release' ? event.release : term.field === 'environment' ? event.environment : event.user
      if (term.patterns.some(([name]) => name === 'latest')) return value === latest
      return like(term.patterns, value)
    }
    case 'release_order': {
      const order = compareVersions(event.release, term.comparison.name)
      if (order === null) return false
      return { '>': order > 0, '>=': order >= 0, '<': order < 0, '<=': order <= 0 }[term.comparison.operator]
    }
    case 'tag':
      return like(term.patterns, event.tags[term.key] ?? '')
    case 'tag_number': {
      const value = event.tags[term.key] ?? ''
      if (!/^\d+$/.test(value)) return false
      return term.comparison.operator === '<'
        ? Number(value) < term.comparison.value
        : Number(value) >= term.comparison.value
    }
    case 'has': {
      const { release, user, environment, tags } = event
      return Object.entries({ release, user, environment, ...tags }).some(
        ([name, value]) => name === term.key && value !== ''
      )
    }
    case 'timestamp':
      return (term.from === null || event.occurredAt >= term.from) && (term.to === null || event.occurredAt < term.to)
    case 'error_text':
    case 'event':
    case 'is':
    case 'assigned':
    case 'issue':
    case 'text':
    case 'first_release':
    case 'first_release_order':
    case 'count':
    case 'time':
      throw new Error(`no search here has ${term.kind}`)
  }
}

function evaluated(node: SearchNode, event: PreparedEvent, latest: string): boolean {
  // No tag of these events has the name of a host.
  if (node.op === 'term') return holds(event, node.unknown?.asText ?? node.term, latest) !== node.term.negated
  const parts = node.parts.map(part => evaluated(part, event, latest))
  return node.op === 'and' ? parts.every(Boolean) : parts.some(Boolean)
}

function expected(query: string, events: readonly PreparedEvent[]): PreparedEvent[] {
  const parsed = parseSearch(query, { subject: 'events', now })
  assert(parsed.ok, JSON.stringify(parsed))
  const versions = events.map(({ release }) => release).filter(release => compareVersions(release, release) !== null)
  const latest = versions.sort((a, b) => compareVersions(a, b) ?? 0).at(-1) ?? 'latest'
  return events.filter(event => parsed.query === null || evaluated(parsed.query, event, latest))
}

async function inEvents(sql: Sql, query: string): Promise<string[]> {
  const filter = eventFilterOf({ query }, now)
  const before = { at: now + 60_000, id: leastId }
  const { items } = await listEvents(sql, { projectId: 1, filter, before, from, limit: 1_000, budgetMs: 60_000 })
  return items.map(item => item.id).sort()
}

async function inIssues(sql: Sql, query: string): Promise<string[]> {
  const asked = issueQueryOf(scope, { query, from: new Date(from) }, now)
  const { ids, isComplete } = await listIssueIds(sql, {
    ...asked,
    sort: 'last_seen',
    filter: null,
    after: null,
    limit: 100
  })
  assert(isComplete)
  return ids.sort()
}

/** Null when a rule cannot ask it. */
async function inRule(sql: Sql, query: string): Promise<string[] | null> {
  const rule = ruleFilter(1, { query }, await ruleTags(sql, 1, { query }))
  if (!rule.ok) return null
  const rows = await sql<{ id: string }[]>`
    select id from events where project_id = 1 and search @@ ${rule.filter}::text::tsquery order by id`
  return rows.map(row => row.id)
}

t.test('random searches of random events find what they say, in all lists and in rules', async t => {
  const sql = await databaseForEvents(t)
  const events = await commitEvents(sql, ...fc.sample(eventOf, { numRuns: 120, seed: 7 }))
  const ids = new Map<string, string>()
  for (const { issue } of kinds) ids.set(fingerprintOf(issue), await issueIdOf(sql, issue))
  let rules = 0
  await fc.assert(
    fc.asyncProperty(search, async query => {
      const found = expected(query, events)
      const wanted = found.map(({ id }) => id).sort()
      const issues = [...new Set(found.map(({ fingerprint }) => ids.get(fingerprint) ?? ''))].sort()
      assert.deepEqual(await inEvents(sql, query), wanted, `events: ${query}`)
      assert.deepEqual(await inIssues(sql, query), issues, `issues: ${query}`)
      const inRules = await inRule(sql, query)
      if (inRules === null) return
      rules += 1
      assert.deepEqual(inRules, wanted, `rule: ${query}`)
    }),
    { numRuns: 200 }
  )
  t.ok(rules > 50, `${rules} of the searches were asked as a rule`)
})

t.test('the events of an issue are searched alike', async t => {
  const sql = await databaseForEvents(t)
  const events = await commitEvents(sql, ...fc.sample(eventOf, { numRuns: 60, seed: 3 }))
  const rootId = await issueIdOf(sql, 'read')
  const own = events.filter(({ title }) => title.startsWith('Read'))
  await fc.assert(
    fc.asyncProperty(search, async query => {
      const asked = await eventScope(sql, 1, eventFilterOf({ query }, now))
      const life = { rootId, firstSeen: from, lastSeen: now + 1_000 }
      const { items } = await listIssueEvents(sql, asked, life, { before: null, from, limit: 1_000, indexedMs: 60_000 })
      assert.deepEqual(
        items.map(item => item.id).sort(),
        expected(query, events)
          .filter(event => own.includes(event))
          .map(({ id }) => id)
          .sort(),
        query
      )
    }),
    { numRuns: 100 }
  )
  t.pass()
})
