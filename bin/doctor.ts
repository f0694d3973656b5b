/**
 * `mesher doctor`: looks for what is wrong with the machine, the data folder, the database and a running server, and
 * says what to do. It changes nothing. An embedded PostgreSQL that does not run is started for the look, and stopped.
 */
import type { Command } from 'commander'
import type { Config } from '../schema/config.ts'
import { checkBackups } from './doctor/backups.ts'
import { checkDataFolder, checkSpool } from './doctor/data-folder.ts'
import { checkDatabase } from './doctor/database.ts'
import type { Finding } from './doctor/finding.ts'
import { checkDescriptors, checkNode, checkTransport } from './doctor/machine.ts'
import { checkServer } from './doctor/server.ts'
import { clientConnectionsMax } from '../services/machine/descriptors.ts'
import { exitCodes } from './support/exit-codes.ts'
import { packageFacts } from './support/package.ts'
import { addSettings, configOf } from './support/settings.ts'
import { coloursFor, type Colours } from './support/terminal.ts'

type DoctorFlags = { json?: boolean }

export function addDoctor(program: Command): void {
  const command = program
    .command('doctor')
    .description('Find out what is wrong and what to do about it.')
    .option('--json', 'print the findings as JSON')
    .action(run)
  addSettings(command, 'doctor').addHelpText(
    'after',
    `
Ends with exit code 1 when something fails; warnings do not count. Give it the same flags and variables as the server.

Examples:
  mesher doctor
  mesher doctor --data /var/lib/mesher --json | jq '.checks[] | select(.status != "ok")'`
  )
}

async function run(flags: DoctorFlags): Promise<void> {
  const findings = await examine(configOf(flags))
  const isWell = findings.every(({ status }) => status !== 'fail')
  console.log(
    flags.json ? JSON.stringify({ ok: isWell, checks: findings }) : report(findings, coloursFor(process.stdout))
  )
  process.exitCode = isWell ? exitCodes.ok : exitCodes.failed
}

async function examine(config: Config): Promise<Finding[]> {
  const { nodeRange } = packageFacts()
  return [
    checkNode(process.versions.node, nodeRange),
    await checkTransport(config.transport, config.workers),
    checkDescriptors(clientConnectionsMax()),
    ...(await checkDataFolder(config.data, { spoolBytesMax: config.spoolMaxBytes })),
    ...(await checkSpool(config.data)),
    ...(await checkDatabase(config)),
    await checkBackups(config),
    ...(await checkServer(config))
  ]
}

function report(findings: readonly Finding[], colours: Colours): string {
  const widest = Math.max(...findings.map(({ check }) => check.length))
  const lines = findings.flatMap(({ check, status, text, hint }) => {
    const indent = ' '.repeat(widest + 8)
    const line = `${mark(status, colours)}  ${check.padEnd(widest)}  ${text.replaceAll('\n', `\n${indent}`)}`
    return hint === undefined ? [line] : [line, colours.dim(`${indent}${hint}`)]
  })
  const count = (status: Finding['status']) => findings.filter(finding => finding.status === status).length
  return `${lines.join('\n')}\n\n${verdict(count('fail'), count('warn'))}`
}

function mark(status: Finding['status'], { green, yellow, red }: Colours): string {
  switch (status) {
    case 'ok':
      return green('ok  ')
    case 'warn':
      return yellow('warn')
    case 'fail':
      return red('fail')
  }
}

function verdict(failed: number, warned: number): string {
  if (failed + warned === 0) return 'All is well.'
  return `${failed} failed, ${warned} to look at.`
}
