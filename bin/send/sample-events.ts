/**
 * Sample events, made to look like what real applications send: several languages, kinds of trouble, users, releases
 * and environments, with breadcrumbs and tags. What varies inside one kind (ids, users, times) does not change its
 * grouping.
 */
import { randomUUID } from 'node:crypto'
import { kinds, type Kind } from './sample-kinds.ts'

/** A number from 0 up to 1, as Math.random gives it. */
export type Random = () => number

export type SampleEvent = { event_id: string } & Record<string, unknown>

const releases = ['3.2.0', '3.2.1', '3.3.0-rc.1', '3.3.0']
const environments = ['production', 'production', 'production', 'staging']
const browsers = ['Firefox 140', 'Chrome 139', 'Safari 18.5']
const regions = ['eu-central', 'eu-west', 'us-east']
const names = ['ada', 'grace', 'linus', 'margaret', 'dennis', 'barbara', 'edsger', 'radia', 'ken', 'frances']

export function sampleEvent(random: Random, now: Date): SampleEvent {
  const kind = weighted(random)
  const user = userOf(random)
  return {
    event_id: randomUUID().replaceAll('-', ''),
    timestamp: now.toISOString(),
    platform: kind.platform,
    level: kind.level,
    environment: pick(environments, random),
    release: `${kind.service}@${pick(releases, random)}`,
    server_name: `${kind.service}-${1 + Math.floor(random() * 3)}`,
    transaction: kind.transaction,
    logger: kind.logger,
    user,
    tags: {
      region: pick(regions, random),
      service: kind.service,
      ...(kind.platform === 'javascript' ? { browser: pick(browsers, random) } : {})
    },
    ...whatHappened(kind, random),
    breadcrumbs: breadcrumbsOf(kind, now),
    contexts: { runtime: kind.runtime },
    request: { url: `https://shop.example.com${kind.path}`, method: kind.method }
  }
}

function whatHappened(kind: Kind, random: Random): Record<string, unknown> {
  const text = kind.text.replaceAll('{n}', String(1_000 + Math.floor(random() * 9_000)))
  if (kind.type === null) return { message: text }
  return { exception: { values: [{ type: kind.type, value: text, stacktrace: { frames: kind.frames } }] } }
}

function breadcrumbsOf(kind: Kind, now: Date): Record<string, unknown>[] {
  return kind.trail.map(([category, message], index) => ({
    timestamp: new Date(now.getTime() - (kind.trail.length - index) * 800).toISOString(),
    category,
    message,
    level: 'info'
  }))
}

function userOf(random: Random): Record<string, string> {
  const number = Math.floor(random() * 40)
  const name = `${pick(names, random)}${number}`
  return { id: String(1_000 + number), username: name, email: `${name}@example.com` }
}

/** Some trouble is common and some is rare, as in life. */
function weighted(random: Random): Kind {
  const total = kinds.reduce((sum, { weight }) => sum + weight, 0)
  let left = random() * total
  return kinds.find(({ weight }) => (left -= weight) < 0) ?? pick(kinds, random)
}

function pick<Item>(items: readonly Item[], random: Random): Item {
  const item = items[Math.floor(random() * items.length)]
  if (item === undefined) throw new RangeError('there is nothing to pick from')
  return item
}
