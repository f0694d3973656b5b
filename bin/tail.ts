/**
 * `mesher tail`: follows a project's events as they are committed, over the same live stream as the dashboard. A lost
 * connection is made again, and events that came meanwhile are shown; when some may be missing, it says so.
 */
import { Option, type Command } from 'commander'
import { levels, type Level } from '../schema/pipeline.ts'
import type { StreamEvent } from '../schema/stream.ts'
import { streamLines, type StreamTarget } from './tail/stream.ts'
import { withViewer } from './tail/viewer.ts'
import { plainText, lookOf, type Look } from './support/tables.ts'
import { localUrlOf } from './support/addresses.ts'
import { levelText } from './support/levels.ts'
import { addSettings, configOf } from './support/settings.ts'

type TailFlags = { project?: string; level?: Level; environment?: string; url?: string; token?: string; json?: boolean }

export function addTail(program: Command): void {
  const command = program
    .command('tail')
    .description('Follow the events of a project as they come in.')
    .option('--project <project>', 'number or slug (default: the first project)')
    .addOption(new Option('--level <level>', 'only events that are as severe or more').choices(levels))
    .option('--environment <name>', 'only events of this environment')
    .option('--url <url>', 'the server (default: this machine, at --port)')
    .addOption(new Option('--token <token>', 'an API token with the scope read').env('MESHER_TOKEN'))
    .option('--json', 'print each event as a line of JSON')
    .action(run)
  addSettings(command, 'tail').addHelpText(
    'after',
    `
Without a token one is made in the database of the data folder for as long as it takes, for a user who may see the
project.

Examples:
  mesher tail
  mesher tail --project web-shop --level error
  mesher tail --url https://mesher.example.com --token "$TOKEN" --project 3 --json | jq -r .title`
  )
}

async function run(flags: TailFlags): Promise<void> {
  const config = configOf(flags)
  const stop = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort())
  const look = lookOf(process.stdout)
  const url = flags.url ?? localUrlOf(config)

  await withViewer(config, { project: flags.project, token: flags.token }, async ({ headers, project }) => {
    const target: StreamTarget = { url, headers, project, filters: filtersOf(flags) }
    await streamLines(target, {
      onEvent: event => console.log(flags.json ? JSON.stringify(event) : eventLine(event, look)),
      onNotice: text => console.error(look.colours.dim(text)),
      signal: stop.signal
    })
  })
}

function filtersOf({ level, environment }: TailFlags): object {
  return {
    ...(level === undefined ? {} : { level: levels.slice(0, levels.indexOf(level) + 1) }),
    ...(environment === undefined ? {} : { environment: [environment] })
  }
}

function eventLine(
  { received_at: receivedAt, level, environment, release, title }: StreamEvent,
  { colours }: Look
): string {
  const where = [environment, release]
    .filter(part => part !== '')
    .map(plainText)
    .join(' ')
  return [
    colours.dim(receivedAt.slice(11, 23)),
    levelText(level, colours).padEnd(7),
    plainText(title),
    colours.dim(where)
  ]
    .join('  ')
    .trimEnd()
}
