#!/usr/bin/env node
/**
 * `mesher`: the command line. It reads flags and settings, runs one command and turns what went wrong into a sentence and an
 * exit code. Results go to standard output, everything else to standard error.
 */
import { Command } from 'commander'
import { addDoctor } from './doctor.ts'
import { addEvents } from './events.ts'
import { addIssues } from './issues.ts'
import { addMigrate } from './migrate.ts'
import { addNodes } from './nodes.ts'
import { addProject } from './project.ts'
import { addSeed } from './seed.ts'
import { addSend } from './send.ts'
import { addStart } from './start.ts'
import { addTail } from './tail.ts'
import { addUser } from './user.ts'
import { exitCodes, exitCodesHelp } from './support/exit-codes.ts'
import { failureOf } from './support/failure.ts'
import { packageFacts } from './support/package.ts'

const program = new Command('mesher')
  .description('Self-hosted error tracking and monitoring. Events in, issues out, PostgreSQL and nothing else.')
  .version(packageFacts().version, '-V, --version', 'print the version')
  .helpOption('-h, --help', 'print this help')
  .helpCommand('help [command]', 'print the help of a command')
  .showHelpAfterError('(mesher --help tells what there is)')
  .configureHelp({ sortSubcommands: false })
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? exitCodes.ok : exitCodes.usage))
  .addHelpText('after', `
First steps:
  mesher start                         run a server in ./data on port 8080
  mesher send --count 20               send it some sample events
  mesher issues                        see what became of them
  mesher doctor                        find out what is wrong

Every flag that is a setting is an environment variable too: docs/configuration.md

${exitCodesHelp}`)

for (const add of [addStart, addSend, addIssues, addEvents, addTail, addProject, addUser, addSeed, addNodes, addMigrate, addDoctor]) add(program)

// Whoever reads the output may have seen enough: `mesher issues | head`.
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

/** Settings themselves may be what is wrong, so this looks for itself. */
function isDebug (): boolean {
  const flag = process.argv.findIndex(argument => argument === '--log-level')
  return process.env.MESHER_LOG_LEVEL === 'debug' || process.argv.includes('--log-level=debug') || (flag >= 0 && process.argv[flag + 1] === 'debug')
}
