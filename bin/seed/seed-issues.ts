/**
 * The issues of a seeded project, all different. The fingerprint, grouping and culprit of each come from preparing a
 * first event as ingestion does, so a later event of the same kind belongs to it.
 */
import { prepareEvent } from '../../events/prepare.ts'
import type { Grouping, Level, PreparedEvent, ProjectSettings } from '../../schema/pipeline.ts'
import { createText, type Text } from './event-text.ts'
import { fullFrames, smallFrames } from './frames.ts'
import { pick, type Random } from './random.ts'
import { exceptionTexts, logTexts, modules, nouns, services, verbs, type Service } from './vocabulary.ts'

export type PayloadSize = 'small' | 'full'

export type SeedIssue = {
  /** A UUIDv7 of the time when the issue began; '' until then. An issue that existed before keeps its id. */
  id: string
  fingerprint: string
  grouping: Grouping
  culprit: string
  facets: PreparedEvent['facets']
  stack: PreparedEvent['stack']
  level: Level
  service: Service
  transaction: string
  logger: string
  /** Type of the exception; '' for a log message. */
  type: string
  text: Text
  /** Each as JSON, outermost call first. */
  frames: readonly string[]
}

const triesMax = 1_000
const logShare = 0.15
const levelsOfLogs: readonly Level[] = ['warning', 'warning', 'info', 'error', 'debug']
const levelsOfExceptions: readonly Level[] = [
  'error',
  'error',
  'error',
  'error',
  'error',
  'error',
  'error',
  'fatal',
  'warning'
]

export function createIssues(
  count: number,
  { project, size }: { project: ProjectSettings; size: PayloadSize },
  random: Random
): SeedIssue[] {
  const issues: SeedIssue[] = []
  const fingerprints = new Set<string>()
  let tries = 0
  while (issues.length < count) {
    const issue = createIssue(project, size, random)
    if (!fingerprints.has(issue.fingerprint)) {
      fingerprints.add(issue.fingerprint)
      issues.push(issue)
      tries = 0
    } else if (++tries > triesMax) {
      throw new Error(`there are not enough words for ${count} different issues`)
    }
  }
  return issues
}

function createIssue(project: ProjectSettings, size: PayloadSize, random: Random): SeedIssue {
  const service = pick(services, random)
  const [module, verb, noun] = [pick(modules, random), pick(verbs, random), pick(nouns, random)]
  const isLog = random.unit() < logShare
  const sketch = {
    id: '',
    level: pick(isLog ? levelsOfLogs : levelsOfExceptions, random),
    service,
    transaction: `${pick(['GET', 'GET', 'POST', 'PUT'], random)} /${module}/${noun}s/{id}`,
    logger: isLog ? `${service.name}.${module}` : '',
    type: isLog ? '' : pick(service.exceptions, random),
    text: createText(pick(isLog ? logTexts : exceptionTexts, random), { verb, noun }),
    frames: isLog ? [] : (size === 'full' ? fullFrames : smallFrames)(service, { module, verb, noun }, random)
  }
  return { ...sketch, ...grouped(sketch, project, random) }
}

type Derived = 'fingerprint' | 'grouping' | 'culprit' | 'facets' | 'stack'
type Sketch = Omit<SeedIssue, Derived>

function grouped(sketch: Sketch, project: ProjectSettings, random: Random): Pick<SeedIssue, Derived> {
  const { level, service, transaction, logger, type, text, frames } = sketch
  const value = text(random)
  const event = {
    level,
    platform: service.platform,
    transaction,
    ...(logger === '' ? {} : { logger }),
    ...(type === ''
      ? { message: value }
      : { exception: { values: [{ type, value, stacktrace: { frames: frames.map(frame => JSON.parse(frame)) } }] } })
  }
  const prepared = prepareEvent(event, { id: random.uuidAt(0), receivedAt: 0, project: { ...project, sampleRate: 1 } })
  if (prepared.kind !== 'prepared') throw new Error(`an event of the seed is none: ${JSON.stringify(prepared)}`)
  const { fingerprint, grouping, culprit, facets, stack } = prepared.event
  return { fingerprint, grouping, culprit, facets, stack }
}
