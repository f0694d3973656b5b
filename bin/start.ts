/**
 * `mesher start`: runs a server until it is told to stop. SIGTERM or SIGINT stops it in order: accepted requests get
 * their replies first. A second signal ends it at once; no acknowledged event is lost by that. When processes crash
 * more often than their supervisors accept, the command ends with exit code 70 and names the supervisor and the reason.
 */
import path from 'node:path'
import type { Command } from 'commander'
import { formatReason } from '../mesh/index.ts'
import type { Config } from '../schema/config.ts'
import type { Log } from '../schema/log.ts'
import { createLog } from '../services/machine/log.ts'
import type { RunningMesher } from '../supervisors/mesher.ts'
import { exitCodes } from './support/exit-codes.ts'
import { CommandFailed } from './support/failure.ts'
import { packageFacts, packageFolder } from './support/package.ts'
import { portProblem } from './support/port.ts'
import { addSettings, configOf } from './support/settings.ts'
import { coloursFor, hasColours } from './support/terminal.ts'
import { welcome } from './support/welcome.ts'
import { workerForker, type WorkerFacts } from './support/workers.ts'

/** npm passes on a signal that the terminal has sent to all processes already: two within this time are one. */
const sameSignalMs = 500
const giveUpHint =
  'Nothing acknowledged is lost. The lines above tell which process crashed; "mesher doctor" looks for causes.'

export function addStart(program: Command): void {
  addSettings(program.command('start'), 'start')
    .description('Run a server: ingestion, health and metrics on one port.')
    .addHelpText(
      'after',
      `
Without DATABASE_URL it runs its own PostgreSQL in the data folder. The first start makes a default
project and prints its DSN.
The log goes to standard error: for people on a terminal, otherwise one JSON object a line.

Examples:
  mesher start
  mesher start --port 9000 --data /var/lib/mesher
  DATABASE_URL=postgres://mesher:secret@db.internal/mesher mesher start
  mesher start --workers 4
  DATABASE_URL=… MESHER_COOKIE_FILE=/run/secrets/cookie mesher start --name web-2
  mesher start --public-url https://errors.example.com`
    )
    .action(start)
}

async function start(options: Record<string, unknown>): Promise<void> {
  const config = configOf(options)
  const problem = await portProblem(config)
  if (problem !== null) throw new CommandFailed(problem.text, { hint: problem.hint })
  const { version } = packageFacts()
  const pretty = process.stderr.isTTY ? { colours: hasColours(process.stderr) } : null
  const log = createLog({ level: config.logLevel, pretty })
  const stopping = untilSignal(log)
  crashLoudly(log)

  log.info({ version, node: config.nodeName, pid: process.pid, nodejs: process.version }, 'Mesher starts')
  const running = await run(config, {
    log,
    version,
    pretty,
    dashboardFolder: path.join(packageFolder(), 'dist', 'web')
  })
  process.stdout.write(welcome(running, config, coloursFor(process.stdout)))
  await untilEnd(running, stopping, log)
}

async function run(config: Config, { log, ...facts }: WorkerFacts & { log: Log }): Promise<RunningMesher> {
  if (config.workers === 1) {
    const { loadMesher } = await import('../supervisors/load.ts')
    const { startMesher } = await loadMesher()
    return await startMesher(config, { log, ...facts })
  }
  const { startWorkers } = await import('../supervisors/workers.ts')
  return await startWorkers(config, { log, fork: workerForker(facts) })
}

async function untilEnd(running: RunningMesher, stopping: Promise<NodeJS.Signals>, log: Log): Promise<void> {
  const end = await Promise.race([stopping.then(signal => ({ signal })), running.exited.then(reason => ({ reason }))])
  if ('signal' in end) {
    log.info(`${end.signal}: stopping; accepted events are answered first. Send it again to end at once`)
    await running.stop()
    log.info('Mesher has stopped')
    // Nothing is left to do, even if something still holds the event loop, such as an idle socket.
    return process.exit(exitCodes.ok)
  }
  log.error({ hint: giveUpHint }, `the server gave up: ${formatReason(end.reason)}`)
  await running.stop().catch((error: unknown) => log.error({ err: error }, 'it could not be stopped in order'))
  process.exit(exitCodes.gaveUp)
}

/** Resolves at the first signal, or when standard output is closed; ends the process at the second. */
function untilSignal(log: Log): Promise<NodeJS.Signals> {
  let firstAt: number | null = null
  return new Promise(resolve => {
    const hear = (signal: NodeJS.Signals): void => {
      if (firstAt === null) {
        firstAt = performance.now()
        return resolve(signal)
      }
      if (performance.now() - firstAt < sameSignalMs) return
      log.warn(`${signal} again: ending at once`)
      process.exit(signal === 'SIGINT' ? 130 : 143)
    }
    process.on('SIGINT', hear)
    process.on('SIGTERM', hear)
    // `mesher start | head`: whoever read the greeting has gone. Other commands end at once then, which would leave
    // PostgreSQL running here.
    process.stdout.removeAllListeners('error')
    process.stdout.on('error', () => hear('SIGPIPE'))
  })
}

/** An error outside every process leaves an unknown state behind, so the server ends instead of going on. */
function crashLoudly(log: Log): void {
  process.on('uncaughtException', error => {
    log.error({ err: error }, 'an error escaped every process; ending')
    process.exit(exitCodes.gaveUp)
  })
}
