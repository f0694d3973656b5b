/**
 * What other rules would do to events: each is grouped by the rules that hold and by the others, both with the grouping
 * of today, so that only the rules make a difference. Holds one entry for each group; the caller bounds the events.
 */
import type { NormalisedEvent } from '../../../schema/event.ts'
import { group } from '../group.ts'
import { titleOf } from '../titles.ts'
import { applyRules, withoutRules } from './apply.ts'
import type { ProjectRules } from './project-rules.ts'

/** A group by the rules that hold. `into` are the fingerprints that its events would get, with how many of them. */
export type GroupNow = { title: string; issueId: string; events: number; changed: number; into: Map<string, number> }

/** A group by the other rules. `from` are the fingerprints that its events have now. */
export type GroupThen = { title: string; events: number; from: Set<string> }

export type Preview = {
  events: number
  changed: number
  now: Map<string, GroupNow>
  then: Map<string, GroupThen>
  /** For how many events a rule would do something, by its line. */
  fingerprintRules: Map<number, number>
  stackRules: Map<number, number>
}

/** Of the rules themselves, so that those that do nothing are counted too. */
export function startPreview({ fingerprint, stack }: ProjectRules): Preview {
  return {
    events: 0,
    changed: 0,
    now: new Map(),
    then: new Map(),
    fingerprintRules: new Map(fingerprint.map(({ line }) => [line, 0])),
    stackRules: new Map(stack.map(({ line }) => [line, 0]))
  }
}

/** Events come newest first: groups are called as their newest event is. */
export function lookAt(
  preview: Preview,
  { event: stored, issueId }: { event: NormalisedEvent; issueId: string },
  rules: { now: ProjectRules; then: ProjectRules }
): void {
  const event = withoutRules(stored)
  const now = groupedBy(event, rules.now)
  const then = groupedBy(event, rules.then)
  const isChanged = now.fingerprint !== then.fingerprint
  preview.events += 1
  if (isChanged) preview.changed += 1
  countNow(preview.now, now, issueId, then.fingerprint)
  countThen(preview.then, then, now.fingerprint)
  if (then.fingerprintLine !== null) addOne(preview.fingerprintRules, then.fingerprintLine)
  for (const line of then.stackLines) addOne(preview.stackRules, line)
}

type ByRules = { fingerprint: string; title: string; fingerprintLine: number | null; stackLines: number[] }

function groupedBy(given: NormalisedEvent, rules: ProjectRules): ByRules {
  const { event, ruled } = applyRules(given, rules)
  const { fingerprint, grouping, title = titleOf(event) } = group(event, ruled)
  return {
    fingerprint,
    title,
    // The fingerprint of the event comes before the rules.
    fingerprintLine: grouping.rule === 'custom' ? null : (ruled.rule?.line ?? null),
    stackLines: [...ruled.changes.keys()].map(({ line }) => line)
  }
}

function countNow(groups: Preview['now'], { fingerprint, title }: ByRules, issueId: string, then: string): void {
  const known = groups.get(fingerprint) ?? { title, issueId, events: 0, changed: 0, into: new Map<string, number>() }
  known.events += 1
  if (then !== fingerprint) known.changed += 1
  addOne(known.into, then)
  groups.set(fingerprint, known)
}

function countThen(groups: Preview['then'], { fingerprint, title }: ByRules, now: string): void {
  const known = groups.get(fingerprint) ?? { title, events: 0, from: new Set<string>() }
  known.events += 1
  known.from.add(now)
  groups.set(fingerprint, known)
}

function addOne<Key>(counts: Map<Key, number>, key: Key): void {
  counts.set(key, (counts.get(key) ?? 0) + 1)
}
