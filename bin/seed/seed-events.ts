/**
 * The events of a seeded project, oldest first, as ingestion would have prepared them: the payload says the same as the
 * columns. Made from parts that are ready as JSON, because nothing else is fast enough for millions.
 */
import type { PreparedEvent, ProjectSettings } from '../../schema/pipeline.ts'
import type { PlacedEvent } from '../../services/commit/committed-batch.ts'
import { createPeople, type Person } from './people.ts'
import { createPopularity } from './popularity.ts'
import { itemAt, pick, type Random } from './random.ts'
import { createReleases } from './releases.ts'
import type { PayloadSize, SeedIssue } from './seed-issues.ts'
import { surroundings, type Setting } from './surroundings.ts'
import { dayOf, stretchesOf, timeIn } from './timeline.ts'
import { services } from './vocabulary.ts'

export type SeedPlan = {
  project: ProjectSettings
  issues: readonly SeedIssue[]
  events: number
  users: number
  from: number
  to: number
  size: PayloadSize
}

const dayMs = 86_400_000
const environments = [
  'production',
  'production',
  'production',
  'production',
  'production',
  'production',
  'production',
  'staging',
  'staging',
  'development'
]
/** An event is on its way for so long, at most. */
const delayMsMax = 2_000

/** `ids` is apart, so that the same events may be made again without being the same rows. */
export function* seedEvents(plan: SeedPlan, random: Random, ids: Random): Generator<PlacedEvent> {
  const { project, issues, events, from, to } = plan
  const popularity = createPopularity({ issues: issues.length, events }, random)
  const people = createPeople(plan.users, project.projectId, random)
  const releases = createReleases(services, plan, random)
  let event = 0
  let renewedFor = -1

  for (const stretch of stretchesOf({ from, to, events }, random)) {
    const day = (dayOf(stretch.from) - dayOf(from)) / dayMs
    // On the first day issues begin all the time.
    if (day !== renewedFor || day === 0) popularity.renew(day)
    renewedFor = day
    for (let index = 0; index < stretch.events; index++) {
      const receivedAt = timeIn(stretch, index, random)
      const issueIndex = popularity.begins(event++) ?? popularity.choose()
      const issue = itemAt(issues, issueIndex)
      if (issue.id === '') issue.id = ids.uuidAt(receivedAt)
      const facts = {
        id: ids.uuidAt(receivedAt),
        receivedAt,
        environment: pick(environments, random),
        release: releases.at(issue.service, receivedAt),
        setting: surroundings(issue.service, random),
        person: people.hitBy(issueIndex)
      }
      yield { event: eventOf(plan, issue, facts, random), issueId: issue.id, rootId: issue.id, bytes: 0, weight: 1 }
    }
  }
}

type Facts = {
  id: string
  receivedAt: number
  environment: string
  release: string
  setting: Setting
  person: Person | undefined
}

function eventOf({ project, size }: SeedPlan, issue: SeedIssue, facts: Facts, random: Random): PreparedEvent {
  const { level, service, type, culprit, fingerprint, grouping, facets, stack } = issue
  const { id, receivedAt, environment, release, setting, person } = facts
  const occurredAt = receivedAt - random.below(delayMsMax)
  const text = issue.text(random)
  const title = type === '' ? text : `${type}: ${text}`
  return {
    id,
    projectId: project.projectId,
    retentionDays: project.retentionDays,
    receivedAt,
    occurredAt,
    eventId: null,
    level,
    environment,
    release,
    platform: service.platform,
    message: title,
    title,
    culprit,
    userHash: person?.hash ?? '',
    user: person?.identity ?? '',
    userNames: person?.names,
    tags: setting.tags,
    facets: size === 'full' ? { ...facets, ...setting.facets } : facets,
    stack,
    fingerprint,
    grouping,
    payload: payloadOf(issue, facts, { occurredAt, text, size })
  }
}

/** As normalising leaves an event; what the vocabulary is made of needs no escapes, but for messages. */
function payloadOf(
  { level, service, transaction, logger, type, frames }: SeedIssue,
  { environment, release, setting, person }: Facts,
  { occurredAt, text, size }: { occurredAt: number; text: string; size: PayloadSize }
): string {
  const value = JSON.stringify(text)
  const head =
    `{"timestamp":"${new Date(occurredAt).toISOString()}","level":"${level}","platform":"${service.platform}",` +
    `"environment":"${environment}","release":"${release}","transaction":"${transaction}"`
  const what =
    type === ''
      ? `"logger":"${logger}","message":${value}`
      : `"exception":{"values":[{"type":"${type}","value":${value},"stacktrace":{"frames":[${frames.join(',')}]}}]}`
  const who = person === undefined ? '' : `,"user":${person.json}`
  const more = size === 'full' ? `,"server_name":"${setting.server}",${setting.contexts}` : ''
  return `${head},${what},"tags":${setting.tagsJson}${who}${more}}`
}
