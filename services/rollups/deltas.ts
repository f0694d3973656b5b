/**
 * What one commit adds to the rollups, as one row of `rollup_deltas`. It is JSON with every string once and the events
 * as one flat list of numbers, because it is written and read for every event. The transaction of the commit writes it;
 * only the fold reads it, and a delta that is cut short makes the fold throw.
 */
import { array, custom, length, number, object, optional, parse, pipe } from 'valibot'
import type { PreparedEvent } from '../../schema/pipeline.ts'

/** The tags of an event that are counted by day, beside its facets; the others can only be searched. */
export const tagKeysCountedMax = 20

/** What the fold needs of one event. */
export type DeltaEvent = {
  projectId: number
  issueId: string
  receivedAt: number
  level: string
  environment: string
  release: string
  /** 16 hex digits or ''. */
  userHash: string
  bytes: number
  /** How many events it stands for. */
  weight: number
  /** Keys and values alternate. */
  tags: string[]
}

/** How many events of a project had an outcome in an hour (ms since the epoch). */
export type DeltaOutcome = { projectId: number; hour: number; outcome: string; count: number }

/** What a commit stored and what it decided. `bytes` is the size of the payload as stored. */
export type DeltaSource = {
  rows: readonly { event: PreparedEvent; issueId: string; bytes: number; weight: number }[]
  outcomes: readonly DeltaOutcome[]
}

/**
 * The strings, which numbers name by position; the user hash of each event; the time that all other times are relative
 * to; the numbers of all events one after the other; the outcomes; and the weights, where one is not 1.
 */
const deltaSchema = object({
  s: custom<readonly string[]>(isTexts),
  u: custom<readonly string[]>(isTexts),
  t: number(),
  e: custom<readonly unknown[]>(Array.isArray),
  o: array(pipe(array(number()), length(4))),
  w: optional(array(number()))
})

/** An array of valibot makes an object for every item, and a delta has several for every event. */
function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every(item => typeof item === 'string')
}

/** Called once the rows are written: before, the size of their payloads is not known. */
export function encodeDelta({ rows, outcomes }: DeltaSource): string {
  const positions = new Map<string, number>()
  const strings: string[] = []
  const at = (text: string): number => {
    const known = positions.get(text)
    if (known !== undefined) return known
    positions.set(text, strings.length)
    return strings.push(storable(text)) - 1
  }
  let start = Infinity
  for (const { event } of rows) start = Math.min(start, event.receivedAt)
  const numbers: number[] = []
  const users: string[] = []
  let isWeighed = false
  for (const { event, issueId, bytes, weight } of rows) {
    const { projectId, receivedAt, level, environment, release, userHash, tags, facets } = event
    isWeighed ||= weight !== 1
    users.push(userHash)
    numbers.push(projectId, at(issueId), receivedAt - start, at(level), at(environment), at(release), bytes, 0)
    const countAt = numbers.length - 1
    let counted = 0
    for (const key in tags) {
      if (counted === tagKeysCountedMax) break
      counted += 1
      numbers.push(at(key), at(tags[key] ?? ''))
    }
    for (const key in facets) {
      counted += 1
      numbers.push(at(key), at(facets[key] ?? ''))
    }
    numbers[countAt] = counted
  }
  const o = outcomes.map(({ projectId, hour, outcome, count }) => [projectId, hour, at(outcome), count])
  const w = isWeighed ? rows.map(({ weight }) => weight) : undefined
  return JSON.stringify({ s: strings, u: users, t: rows.length > 0 ? start : 0, e: numbers, o, w })
}

/**
 * A text as a text column stores it. A text that PostgreSQL refused, or stored as equal to another one, would block
 * every fold.
 */
function storable(text: string): string {
  if (text.isWellFormed() && !text.includes('\0')) return text
  return text.replaceAll('\0', ' ').toWellFormed()
}

export type Delta = {
  outcomes: DeltaOutcome[]
  /** Calls `onEvent` for each event, always with the same object. */
  eachEvent: (onEvent: (event: DeltaEvent) => void) => void
}

export function decodeDelta(payload: string): Delta {
  const { s, u, t, e, o, w } = parse(deltaSchema, JSON.parse(payload))
  return {
    outcomes: o.map(([projectId = 0, hour = 0, outcome = 0, count = 0]) => ({
      projectId,
      hour,
      outcome: stringAt(s, outcome),
      count
    })),
    eachEvent: onEvent => readEvents({ strings: s, users: u, start: t, numbers: e, weights: w }, onEvent)
  }
}

type Encoded = {
  strings: readonly string[]
  users: readonly string[]
  start: number
  numbers: readonly unknown[]
  weights: readonly number[] | undefined
}

function readEvents({ strings, users, start, numbers, weights }: Encoded, onEvent: (event: DeltaEvent) => void): void {
  const event: DeltaEvent = {
    projectId: 0,
    issueId: '',
    receivedAt: 0,
    level: '',
    environment: '',
    release: '',
    userHash: '',
    bytes: 0,
    weight: 1,
    tags: []
  }
  let index = 0
  let position = 0
  const next = (): number => {
    const value = numbers[index++]
    if (typeof value !== 'number') throw new Error('a delta of rollups is cut short')
    return value
  }
  const text = (): string => stringAt(strings, next())

  while (index < numbers.length) {
    event.projectId = next()
    event.issueId = text()
    event.receivedAt = start + next()
    event.level = text()
    event.environment = text()
    event.release = text()
    event.weight = weights?.[position] ?? 1
    event.userHash = stringAt(users, position++)
    event.bytes = next()
    event.tags.length = 0
    for (let tags = next(); tags > 0; tags--) event.tags.push(text(), text())
    onEvent(event)
  }
}

function stringAt(strings: readonly string[], index: number): string {
  const text = strings[index]
  if (text === undefined) throw new Error('a delta of rollups names a string that it does not hold')
  return text
}
