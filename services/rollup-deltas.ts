/**
 * What one commit adds to the rollups, as one row of `rollup_deltas`: compact JSON, strings once in a dictionary,
 * one array per stored event. Written in the commit's transaction, read by the fold and by nothing else.
 */
import { object, array, string, number, parse, type InferOutput } from 'valibot'
import type { CommitPlan, StoredEvent } from './commit-plan.ts'

const deltaSchema = object({
  /** Strings that the rows name by their position. */
  s: array(string()),
  /** Per event: project, issue, received at (ms), level, environment, release, user hash, bytes, then tag keys and values. */
  e: array(array(number())),
  /** Per project, hour and outcome: project, hour (ms), outcome, count. */
  o: array(array(number()))
})

export type DeltaPayload = InferOutput<typeof deltaSchema>

/** Tags of an event that are counted by day; the rest is only searchable. */
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
  tags: [key: string, value: string][]
}

export type DeltaOutcome = { projectId: number, hour: number, outcome: string, count: number }

export type Delta = { events: DeltaEvent[], outcomes: DeltaOutcome[] }

/** Of a plan whose rows have been written: before, the size of the payloads is not known. */
export function encodeDelta ({ rows, outcomes }: Pick<CommitPlan, 'rows' | 'outcomes'>): string {
  const strings = new Map<string, number>()
  const at = (text: string): number => {
    const known = strings.get(text)
    if (known !== undefined) return known
    strings.set(text, strings.size)
    return strings.size - 1
  }
  const e = rows.map(row => encodeEvent(row, at))
  const o = outcomes.map(({ projectId, hour, outcome, count }) => [projectId, hour, at(outcome), count])
  return JSON.stringify({ s: [...strings.keys()], e, o } satisfies DeltaPayload)
}

function encodeEvent ({ event, issueId, bytes }: StoredEvent, at: (text: string) => number): number[] {
  const row = [
    event.projectId, at(issueId), event.receivedAt, at(event.level), at(event.environment), at(event.release),
    at(event.userHash), bytes
  ]
  let tags = 0
  for (const key in event.tags) {
    if (++tags > tagKeysCountedMax) break
    row.push(at(key), at(event.tags[key] ?? ''))
  }
  return row
}

export function decodeDelta (payload: string): Delta {
  const { s, e, o } = parse(deltaSchema, JSON.parse(payload))
  const text = (index: number | undefined): string => {
    const found = index === undefined ? undefined : s[index]
    if (found === undefined) throw new Error('a delta names a string that it does not hold')
    return found
  }
  const events = e.map(([projectId = 0, issue, receivedAt = 0, level, environment, release, user, bytes = 0, ...pairs]) => {
    const tags: [string, string][] = []
    for (let index = 0; index < pairs.length; index += 2) tags.push([text(pairs[index]), text(pairs[index + 1])])
    return {
      projectId, issueId: text(issue), receivedAt, level: text(level), environment: text(environment), release: text(release), userHash: text(user), bytes, tags
    }
  })
  const outcomes = o.map(([projectId = 0, hour = 0, outcome, count = 0]) => ({ projectId, hour, outcome: text(outcome), count }))
  return { events, outcomes }
}
