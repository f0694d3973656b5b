/**
 * `npm run bench -- <name>`: runs one benchmark. Text goes to people, progress to stderr; with --json stdout holds
 * one JSON object and nothing else. Exit code 0: measured and every bar reached, 1: a bar missed or the run failed,
 * 2: wrong arguments.
 */
import { Command, InvalidArgumentError } from 'commander'
import type { Bench, BenchOptions } from './support/bench.ts'

type Listed = { name: string; what: string; load: () => Promise<Bench> }

const benches: Listed[] = [
  {
    name: 'ingest',
    what: 'events/s from HTTP to the commit, against COPY and against a naive peer',
    load: () => import('./ingest.ts')
  },
  {
    name: 'profile',
    what: 'where the time of the server goes at full rate, by function and by file',
    load: () => import('./profile.ts')
  },
  {
    name: 'edge',
    what: 'requests/s accepted, parsed and validated into a sink, against uWebSockets.js alone',
    load: () => import('./edge.ts')
  },
  {
    name: 'prepare',
    what: 'what an event costs between its bytes and the row, step by step',
    load: () => import('./prepare.ts')
  },
  {
    name: 'symbolicate',
    what: 'what mapping frames by source maps costs, with the map in memory and without',
    load: () => import('./symbolicate.ts')
  },
  {
    name: 'commit',
    what: 'what a commit costs PostgreSQL and Node, an event, against COPY of the same rows',
    load: () => import('./commit.ts')
  },
  {
    name: 'mesh',
    what: 'messages, calls and spawns of the process runtime, against raw nact',
    load: () => import('./mesh.ts')
  },
  {
    name: 'stream',
    what: 'events told to 1,000 dashboards, against plain publishing by uWebSockets.js',
    load: () => import('./stream.ts')
  },
  {
    name: 'query',
    what: 'every list and number of the dashboard on ten million events, against 100,000',
    load: () => import('./query.ts')
  },
  {
    name: 'web',
    what: 'frames of the dashboard at 1,000 events/s and while scrolling, and when its pages are painted, in Chromium',
    load: () => import('./web.ts')
  },
  {
    name: 'link',
    what: 'messages to another node and back, against ws alone; codecs beside it',
    load: () => import('./link.ts')
  },
  {
    name: 'cluster',
    what: 'processor time an event of two workers, and of batches routed to another node, against one node',
    load: () => import('./cluster.ts')
  },
  {
    name: 'clients',
    what: 'what pg and postgres.js lose when PostgreSQL ends their connections',
    load: () => import('./clients.ts')
  },
  { name: 'memory', what: 'memory of the server at full rate over ten minutes', load: () => import('./memory.ts') },
  {
    name: 'soak',
    what: 'an hour at 400 events/s of what SDKs send, beside a dashboard: memory, log, dead rows, delays',
    load: () => import('./soak.ts')
  },
  {
    name: 'floods',
    what: 'what /healthz and other projects feel of bodies that expand a lot',
    load: () => import('./floods.ts')
  },
  {
    name: 'large-events',
    what: 'what twenty events of nearly a megabyte a second do to the event loop, to /livez and to memory',
    load: () => import('./large-events.ts')
  }
]

const program = new Command()
  .name('npm run bench --')
  .description(
    'Benchmarks of Mesher. Each prints its floor, its peer and itself from one run, with the load of the machine.'
  )
  .argument('[name]', 'which benchmark; without it they are listed')
  .option('--json', 'print one JSON object instead of a table', false)
  .option('--rounds <n>', 'how often to measure; the median counts', wholeNumber)
  .option('--seconds <n>', 'how long each measurement takes', wholeNumber)
  .option('--minutes <n>', 'soak: how long it takes (default: 60)', wholeNumber)
  .option('--connections <n>', 'clients that send at the same time', wholeNumber)
  .option('--data <folder>', 'query: where the seeded databases are kept (default: data/bench-query)')
  .option('--only <text>', 'query: requests whose operation or name holds this text')
  .option('--sdk', 'ingest: what SDKs really send, 2 to 27 kB, against unpacking, parsing and copying it')
  .option('--envelope', "ingest: events as envelopes of Sentry's protocol, against the native endpoint")
  .addHelpText(
    'after',
    () =>
      `\nBenchmarks:\n${listing()}\n\nExamples:\n  npm run bench -- ingest\n` +
      `  npm run bench -- ingest --rounds 1 --seconds 5\n  npm run bench -- mesh --json`
  )
  .exitOverride(error => process.exit(error.exitCode === 0 ? 0 : 2))
  .action(start)

await program.parseAsync()

async function start(name: string | undefined, options: BenchOptions): Promise<void> {
  if (name === undefined) return console.log(listing())
  const listed = benches.find(each => each.name === name)
  if (!listed) {
    console.error(`There is no benchmark "${name}". There are:\n${listing()}`)
    return process.exit(2)
  }
  const { run } = await listed.load()
  const result = await run(options)
  console.log(options.json ? JSON.stringify(result.figures) : result.text)
  for (const miss of result.missed) console.error(`Bar missed: ${miss}`)
  process.exitCode = result.missed.length > 0 ? 1 : 0
}

function listing(): string {
  return benches.map(({ name, what }) => `  ${name.padEnd(13)}${what}`).join('\n')
}

function wholeNumber(text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new InvalidArgumentError('a whole number from 1 is needed.')
  return Number(text)
}
