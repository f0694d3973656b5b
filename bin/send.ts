/**
 * `mesher send`: sends sample events to a running server over HTTP, as an application would, and prints the outcome of
 * each. It fails when an event was not accepted. Where the server asks for a later try, it tries later.
 */
import { setMaxListeners } from 'node:events'
import { Option, type Command } from 'commander'
import cliProgress from 'cli-progress'
import { sampleEvent } from './send/sample-events.ts'
import { sendEvents, type Destination, type Fate } from './send/sender.ts'
import { numberUpTo, positiveRate } from './support/arguments.ts'
import { defaultDestination } from './support/destination.ts'
import { exitCodes } from './support/exit-codes.ts'
import { CommandFailed } from './support/failure.ts'
import { addSettings, configOf } from './support/settings.ts'
import { lookOf, tableOf, type Look } from './support/tables.ts'

type SendFlags = { dsn?: string; url?: string; key?: string; count: number; rate?: number; json?: boolean }

export function addSend(program: Command): void {
  const command = program
    .command('send')
    .description('Send sample events to a running server and tell what became of them.')
    .addOption(new Option('--dsn <dsn>', 'where to send to: http://<key>@<host>/<project>').conflicts(['url', 'key']))
    .option('--url <url>', 'the server, together with --key')
    .option('--key <key>', 'the DSN key, together with --url')
    .option('--count <n>', 'how many events', numberUpTo(1_000_000), 10)
    .option('--rate <n>', 'events a second (default: as fast as the server takes them)', positiveRate)
    .option('--json', 'print the summary as JSON')
    .action(send)
  addSettings(command, 'send').addHelpText(
    'after',
    `
Without --dsn, or --url and --key, the first project of the database in the data folder is taken.

Examples:
  mesher send --count 20
  mesher send --dsn http://0123456789abcdef0123456789abcdef@localhost:8080/1
  mesher send --dsn "$DSN" --count 5000 --rate 100 --json`
  )
}

async function send(flags: SendFlags): Promise<void> {
  const destination = await destinationOf(flags)
  const stop = stopAtSignal()
  const progress = progressOf(flags.count)
  const summary = newSummary()
  const startedAt = performance.now()

  await sendEvents(destination, {
    count: flags.count,
    ratePerS: flags.rate ?? null,
    next: () => sampleEvent(Math.random, new Date()),
    onFate: fate => {
      add(summary, fate)
      progress.increment()
    },
    signal: stop
  })
  progress.stop()

  const seconds = (performance.now() - startedAt) / 1_000
  console.log(
    flags.json
      ? JSON.stringify(summaryJson(summary, flags.count, seconds))
      : summaryText(summary, seconds, lookOf(process.stdout))
  )
  if (summary.accepted < flags.count) process.exitCode = exitCodes.failed
}

async function destinationOf(flags: SendFlags): Promise<Destination> {
  const { dsn, url, key } = flags
  if (dsn !== undefined) return destinationOfDsn(dsn)
  if (url === undefined && key === undefined) return await defaultDestination(configOf(flags))
  if (url === undefined || key === undefined) {
    throw new CommandFailed('--url and --key belong together', { exitCode: exitCodes.usage })
  }
  if (!isHttp(url)) {
    throw new CommandFailed(`${url} is not a URL like http://localhost:8080`, { exitCode: exitCodes.usage })
  }
  return { url: url.replace(/\/+$/, ''), key }
}

function destinationOfDsn(dsn: string): Destination {
  const url = isHttp(dsn) ? new URL(dsn) : null
  if (url === null || url.username === '') {
    throw new CommandFailed('the DSN is not of the form http://<key>@<host>/<project>', {
      hint: '"mesher project list" shows the DSN of every project.',
      exitCode: exitCodes.usage
    })
  }
  return { url: url.origin, key: url.username }
}

function isHttp(url: string): boolean {
  return URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)
}

/** The first Ctrl+C ends the sending and still prints what was sent. */
function stopAtSignal(): AbortSignal {
  const controller = new AbortController()
  setMaxListeners(0, controller.signal)
  process.once('SIGINT', () => controller.abort())
  process.once('SIGTERM', () => controller.abort())
  return controller.signal
}

function progressOf(count: number): cliProgress.SingleBar {
  const bar = new cliProgress.SingleBar(
    {
      format: '{bar} {value}/{total}  {duration_formatted}',
      stream: process.stderr,
      hideCursor: true,
      clearOnComplete: true
    },
    cliProgress.Presets.shades_classic
  )
  bar.start(count, 0)
  return bar
}

type Line = { status: number | null; outcome: string; count: number }
type Summary = { accepted: number; answered: number; lines: Map<string, Line> }

function newSummary(): Summary {
  return { accepted: 0, answered: 0, lines: new Map() }
}

function add(summary: Summary, { accepted, status, outcome }: Fate): void {
  const name = `${status ?? ''} ${outcome}`
  const line = summary.lines.get(name) ?? { status, outcome, count: 0 }
  line.count += 1
  summary.lines.set(name, line)
  summary.answered += 1
  if (accepted) summary.accepted += 1
}

function sorted({ lines }: Summary): Line[] {
  return [...lines.values()].sort((a, b) => b.count - a.count)
}

function summaryJson(summary: Summary, count: number, seconds: number): Record<string, unknown> {
  return {
    asked: count,
    accepted: summary.accepted,
    not_accepted: count - summary.accepted,
    seconds: Number(seconds.toFixed(3)),
    results: sorted(summary)
  }
}

function summaryText(summary: Summary, seconds: number, look: Look): string {
  if (summary.answered === 0) return 'Nothing was sent.'
  const rows = sorted(summary).map(({ status, outcome, count }) => [
    String(count),
    status === null ? '–' : String(status),
    outcome
  ])
  const table = tableOf(
    [
      { title: 'events', align: 'right' },
      { title: 'status', align: 'right' },
      { title: 'outcome', charsMax: 100 }
    ],
    rows,
    look
  )
  const rate = Math.round(summary.accepted / seconds)
  return `${table}\n\n${summary.accepted} accepted in ${seconds.toFixed(1)} s (${rate} a second)`
}
