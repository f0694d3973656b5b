/** `mesher events`: the newest events of a project within a time range, or one event, read from the database. */
import { Option, type Command } from 'commander'
import { levels } from '../schema/pipeline.ts'
import { newestEvents, payloadOfEvent, searchedEvents, type EventLine } from '../services/cli/events.ts'
import type { Project } from '../services/accounts/projects.ts'
import { numberUpTo, timeSpan } from './support/arguments.ts'
import { withMigratedDatabase } from './support/database.ts'
import { CommandFailed } from './support/failure.ts'
import { levelText } from './support/levels.ts'
import { withSearchFailures } from './support/search.ts'
import { projectNamed } from './support/project.ts'
import { addSettings, configOf } from './support/settings.ts'
import { ago, lookOf, tableOf, type Column, type Look } from './support/tables.ts'

type EventsFlags = { project?: string; level?: string; query?: string; since: number; limit: number; json?: boolean }

const dayMs = 24 * 60 * 60 * 1_000

export function addEvents(program: Command): void {
  const command = program
    .command('events')
    .description('List the newest events of a project.')
    .option('--project <project>', 'number or slug (default: the first project)')
    .addOption(new Option('--level <level>', 'only events of this level').choices(levels))
    .option('--query <search>', 'only what this search finds, as in the dashboard')
    .addOption(
      new Option('--since <span>', 'how far back: minutes, hours or days, like 30m, 24h or 7d')
        .argParser(timeSpan)
        .default(dayMs, '24h')
    )
    .option('--limit <n>', 'at most so many', numberUpTo(1_000), 25)
    .option('--json', 'print the events as JSON')
    .action(run)
  addSettings(command, 'events').addHelpText(
    'after',
    `
Examples:
  mesher events
  mesher events --project web-shop --level fatal --since 7d
  mesher events --query 'timeout OR release:>1.3.0'
  mesher events --json --limit 1000 | jq -r '.[].message' | sort | uniq -c`
  )
  addShow(command)
}

/** Payloads are compressed in their rows, so psql alone cannot read them. */
function addShow(events: Command): void {
  const show = events
    .command('show')
    .description('Print one event as it is stored, as JSON.')
    .argument('<event>', 'its id, or the event_id that its client gave')
    .action(runShow)
  addSettings(show, 'events').addHelpText(
    'after',
    `
Examples:
  mesher events show 01a227bd-e82b-70b4-979a-b86c60dc3d62 | jq .
  mesher events --project web-shop show 8f14e45fceea167a5a36dedd4bea2543`
  )
}

async function runShow(id: string, _flags: unknown, command: Command): Promise<void> {
  const flags = command.optsWithGlobals<EventsFlags>()
  const payload = await withMigratedDatabase(configOf(flags), async sql => {
    const project = await projectNamed(sql, flags.project)
    return await payloadOfEvent(sql, project.id, id)
  })
  if (payload === null) throw new CommandFailed(`the project has no event "${id}"`, { hint: hintOfShow })
  console.log(payload)
}

const hintOfShow = '--project names the project. Its newest events are listed by "mesher events".'

async function run(flags: EventsFlags): Promise<void> {
  const now = new Date()
  const { project, events } = await withMigratedDatabase(configOf(flags), async sql => {
    const project = await projectNamed(sql, flags.project)
    const range = { from: new Date(now.getTime() - flags.since), to: now }
    const asked = { projectId: project.id, ...range, level: flags.level ?? null, limit: flags.limit }
    const { query } = flags
    return {
      project,
      events: await (query === undefined
        ? newestEvents(sql, asked)
        : withSearchFailures(() => searchedEvents(sql, asked, query)))
    }
  })
  console.log(
    flags.json ? JSON.stringify(events.map(eventJson)) : listText(project, events, now, lookOf(process.stdout))
  )
}

const columns: Column[] = [
  { title: 'received' },
  { title: 'level' },
  { title: 'environment', charsMax: 20 },
  { title: 'release', charsMax: 30 },
  { title: 'message', charsMax: 100, shrinks: true },
  { title: 'id' }
]

function listText(project: Project, events: EventLine[], now: Date, look: Look): string {
  if (events.length === 0) {
    return (
      `Project "${project.name}" has no such events. ` +
      '"mesher send" sends it sample events; --since looks further back.'
    )
  }
  return tableOf(
    columns,
    events.map(event => [
      ago(event.receivedAt, now),
      levelText(event.level, look.colours),
      event.environment,
      event.release,
      event.message,
      look.colours.dim(event.id)
    ]),
    look
  )
}

function eventJson(event: EventLine): Record<string, unknown> {
  return {
    id: event.id,
    issue_id: event.issueId,
    received_at: event.receivedAt.toISOString(),
    level: event.level,
    environment: event.environment,
    release: event.release,
    message: event.message
  }
}
