/**
 * Which set of words (search/shared-words.ts) an event gets. A set is written once two events of this process have its
 * words; words that come once stay with their event. An event whose set has no number yet keeps all its words, so the
 * rows are right whenever a set is written. Where PostgreSQL refuses a set, its events keep their words; when the
 * database is away, the commit fails and is sent again. What is remembered is bounded for each pool.
 */
import { createHash } from 'node:crypto'
import * as v from 'valibot'
import type { PreparedEvent, StackNames } from '../../schema/pipeline.ts'
import { isDataError } from '../database/errors.ts'
import type { Sql } from '../database/sql.ts'
import { hasSharedFacets, sharedKey, sharedLexemes, stackKey } from '../search/shared-words.ts'
import { createGenerations } from './generations.ts'

/**
 * `id` is null before it is known; `day` is the last day for which it is noted that events have it. `stack` is what an
 * event with this set had, the same object for most others (grouping/known-stacks.ts), and `stackChars` how much of the
 * key tells of it.
 */
type KnownSet = {
  key: string
  id: number | null
  day: number
  isMetAgain: boolean
  isRefused: boolean
  stack: StackNames | undefined
  stackChars: number
}

export type WordSets = {
  /** The number of the set of the event; null when the event must have its words itself. */
  idOf: (event: PreparedEvent) => number | null
  /** Writes the sets that were met again since. Throws what PostgreSQL or the connection throws. */
  write: (sql: Sql) => Promise<void>
}

const generationMax = 10_000
const writtenAtOnce = 1_000
const latestMax = 4
const dayMs = 86_400_000
/** A number is used for so long without being noted again. Sets are kept for longer than that after their events. */
const staleDays = 2

const setsByPool = new WeakMap<Sql, WordSets>()

export function wordSets(sql: Sql): WordSets {
  const known = setsByPool.get(sql)
  if (known) return known
  const created = createWordSets()
  setsByPool.set(sql, created)
  return created
}

export function createWordSets(): WordSets {
  const byKey = createGenerations<KnownSet>(generationMax)
  /** The sets that events of an issue had last, because a key is longer than a fingerprint. */
  const byFingerprint = createGenerations<KnownSet[]>(generationMax)
  const wanted = new Map<KnownSet, PreparedEvent>()

  function setOf(event: PreparedEvent): KnownSet | undefined {
    const { projectId, fingerprint } = event
    const latest = byFingerprint.get(projectId, fingerprint) ?? []
    for (const set of latest) if (isOf(set, event)) return set
    const key = sharedKey(event)
    if (key === '') return undefined
    const set = byKey.get(projectId, key) ?? startSet(key, event)
    byKey.set(projectId, key, set)
    byFingerprint.set(projectId, fingerprint, [set, ...latest.slice(0, latestMax - 1)])
    return set
  }

  function idOf(event: PreparedEvent): number | null {
    const set = setOf(event)
    if (set === undefined) return null
    const day = Math.floor(event.receivedAt / dayMs)
    if (day <= set.day) return set.id
    if (set.isMetAgain && !set.isRefused && wanted.size < writtenAtOnce) wanted.set(set, event)
    set.isMetAgain = true
    return day <= set.day + staleDays ? set.id : null
  }

  async function write(sql: Sql): Promise<void> {
    if (wanted.size === 0) return
    const sets = [...wanted]
    wanted.clear()
    try {
      await writeSets(sql, sets)
    } catch (error) {
      // Their events keep the words, and are refused alone where it is these that PostgreSQL refuses.
      if (!isDataError(error)) throw error
      for (const [set] of sets) set.isRefused = true
    }
  }
  return { idOf, write }
}

function startSet(key: string, { stack }: PreparedEvent): KnownSet {
  const stackChars = stackKey(stack).length
  return { key, id: null, day: -1, isMetAgain: false, isRefused: false, stack, stackChars }
}

/** Whether the event has the key of this set. */
function isOf(set: KnownSet, event: PreparedEvent): boolean {
  const { key, stack, stackChars } = set
  if (stack !== event.stack) {
    if (!key.startsWith(stackKey(event.stack))) return false
    set.stack = event.stack
  }
  return hasSharedFacets(key, stackChars, event)
}

const writtenRow = v.strictObject({ id: v.number(), hash: v.string() })

/** In the order of their keys, so that writers never wait for each other in a circle. */
async function writeSets(sql: Sql, wanted: readonly [KnownSet, PreparedEvent][]): Promise<void> {
  const byHash = new Map<string, { set: KnownSet; day: number }>()
  const rows = wanted.flatMap(([set, event]) => {
    const { projectId } = event
    const lexemes = sharedLexemes(event)
    set.isRefused = !lexemes.every(isStorable)
    if (set.isRefused) return []
    const hash = createHash('sha256').update(`${projectId} ${set.key}`).digest('hex').slice(0, 32)
    const day = Math.floor(event.receivedAt / dayMs)
    byHash.set(hash, { set, day })
    return [{ project: projectId, hash, seenOn: new Date(day * dayMs).toISOString().slice(0, 10), lexemes }]
  })
  const written = await sql.rows(writtenRow)`
    insert into word_sets as w (project_id, hash, seen_on, words)
    select s.project, decode(s.hash, 'hex'), s."seenOn",
      array_to_tsvector(array(select json_array_elements_text(s.lexemes)))
    from json_to_recordset(${JSON.stringify(rows)}::text::json)
      as s (project bigint, hash text, "seenOn" date, lexemes json)
    order by s.project, s.hash
    on conflict (project_id, hash) do update set seen_on = greatest(w.seen_on, excluded.seen_on)
    returning id, encode(hash, 'hex') as hash`
  for (const { id, hash } of written) {
    const found = byHash.get(hash)
    if (found === undefined) continue
    found.set.id = id
    found.set.day = Math.max(found.set.day, found.day)
  }
}

/** What is no text to PostgreSQL is left to the event. */
function isStorable(lexeme: string): boolean {
  return !lexeme.includes('\0') && lexeme.isWellFormed()
}

/** Forgets sets that no event can have any more, which are kept for at most `days`. */
export async function forgetWordSets(
  sql: Sql,
  { now, days, rowsMax }: { now: number; days: number; rowsMax: number }
): Promise<number> {
  const before = new Date(now - (days + 2 * staleDays) * dayMs)
  const { count } = await sql`
    delete from word_sets where ctid = any (array(
      select ctid from word_sets where seen_on < ${before}::timestamptz::date limit ${rowsMax}))`
  return count
}
