#!/usr/bin/env node
/**
 * `mesher`: the command line. It reads flags and settings, runs one command, and turns an error into a sentence and an
 * exit code. Results go to standard output, everything else to standard error.
 */
import { Command } from 'commander'
import { exitCodes, exitCodesHelp } from './support/exit-codes.ts'
import { failureOf } from './support/failure.ts'
import { packageFacts } from './support/package.ts'

/** In the order of the help. Only the named command is loaded: loading all takes half a second. */
const commands: Readonly<Record<string, () => Promise<(program: Command) => void>>> = {
  start: async () => (await import('./start.ts')).addStart,
  send: async () => (await import('./send.ts')).addSend,
  issues: async () => (await import('./issues.ts')).addIssues,
  events: async () => (await import('./events.ts')).addEvents,
  tail: async () => (await import('./tail.ts')).addTail,
  project: async () => (await import('./project.ts')).addProject,
  person: async () => (await import('./person.ts')).addPerson,
  artifacts: async () => (await import('./artifacts.ts')).addArtifacts,
  user: async () => (await import('./user.ts')).addUser,
  seed: async () => (await import('./seed.ts')).addSeed,
  nodes: async () => (await import('./nodes.ts')).addNodes,
  processes: async () => (await import('./processes.ts')).addProcesses,
  retention: async () => (await import('./retention.ts')).addRetention,
  spool: async () => (await import('./spool.ts')).addSpool,
  backup: async () => (await import('./backup.ts')).addBackup,
  restore: async () => (await import('./restore.ts')).addRestore,
  'upgrade-data': async () => (await import('./upgrade-data.ts')).addUpgradeData,
  migrate: async () => (await import('./migrate.ts')).addMigrate,
  doctor: async () => (await import('./doctor.ts')).addDoctor
}

const program = new Command('mesher')
  .description('Self-hosted error tracking and monitoring. Events in, issues out, PostgreSQL and nothing else.')
  .version(packageFacts().version, '-V, --version', 'print the version')
  .helpOption('-h, --help', 'print this help')
  .helpCommand('help [command]', 'print the help of a command')
  .showHelpAfterError('(mesher --help tells what there is)')
  .configureHelp({ sortSubcommands: false })
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? exitCodes.ok : exitCodes.usage))
  .addHelpText(
    'after',
    `
First steps:
  mesher start                         run a server in ./data on port 8080
  mesher send --count 20               send it some sample events
  mesher issues                        see what became of them
  mesher doctor                        find out what is wrong

Every flag that is a setting is an environment variable too: docs/configuration.md

${exitCodesHelp}`
  )

const asked = Object.entries(commands).filter(([name]) => name === process.argv[2])
for (const [, load] of asked.length > 0 ? asked : Object.entries(commands)) (await load())(program)

// The reader of the output may have seen enough: `mesher issues | head`.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(exitCodes.ok)
  throw error
})

try {
  await program.parseAsync()
} catch (error) {
  const { text, exitCode } = failureOf(error, { withStack: isDebug() })
  console.error(text)
  process.exitCode = exitCode
}

/** Reads the flag and the variable itself, because the settings may be what is wrong. */
function isDebug(): boolean {
  const flag = process.argv.findIndex(argument => argument === '--log-level')
  return (
    process.env.MESHER_LOG_LEVEL === 'debug' ||
    process.argv.includes('--log-level=debug') ||
    (flag >= 0 && process.argv[flag + 1] === 'debug')
  )
}
