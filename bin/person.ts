/**
 * `mesher person`: exports and erases what is kept of a person. For operators: it needs the database, not an account.
 * An erasure is the server's, as one that is asked for in the dashboard; the command takes part in it, so it is done
 * without a server too.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { Option, type Command } from 'commander'
import * as v from 'valibot'
import { personGiven, type Person } from '../schema/api/persons.ts'
import { projectIdsNamed } from '../services/cli/projects.ts'
import type { Sql } from '../services/database/sql.ts'
import { closeWires } from '../services/database/wire/pool.ts'
import { requestErasure } from '../services/deletions/requests.ts'
import { progressOf, type Progress } from '../services/erasure/progress.ts'
import { takeErasureStep } from '../services/erasure/steps.ts'
import { exportPage } from '../services/persons/export.ts'
import { foldRollups } from '../services/rollups/fold.ts'
import { wholeTime, type Position } from '../services/search/event-windows.ts'
import { withMigratedDatabase } from './support/database.ts'
import { CommandFailed } from './support/failure.ts'
import { exitCodes } from './support/exit-codes.ts'
import { projectNamed } from './support/project.ts'
import { addSettings, configOf } from './support/settings.ts'

type Flags = {
  organization?: string
  project?: string
  user?: string
  id?: string
  email?: string
  username?: string
  ip?: string
  json?: boolean
}

const rowsMax = 1_000
const pauseMs = 500
const deltasMax = 200

export function addPerson(program: Command): void {
  const person = program
    .command('person')
    .description('Export or erase everything that is kept of a person whom events are about.')
  addSettings(withNames(person.command('export')), 'person')
    .description('Print it as JSON lines: events, feedback, quarantined events.')
    .action(runExport)
    .addHelpText(
      'after',
      `
Examples:
  mesher person export --organization acme --email ada@example.com > ada.jsonl
  mesher person export --project web --id 4711 | jq -r .type | sort | uniq -c`
    )
  addSettings(withNames(person.command('erase')), 'person')
    .description('Erase it, as if its events had never been. There is no way back.')
    .option('--json', 'print how it ended as JSON')
    .action(runErase)
    .addHelpText(
      'after',
      `
What was accepted until now goes. Batches that wait on the disk of a node go when they come into the
database; the erasure stays open until then. The command may be interrupted: the server goes on.

Examples:
  mesher person erase --organization acme --id 4711 --email ada@example.com
  mesher person erase --project web --ip 192.0.2.7`
    )
}

function withNames(command: Command): Command {
  return command
    .addOption(new Option('--organization <slug>', 'in all projects of it').conflicts('project'))
    .option('--project <number or slug>', 'in this project')
    .option('--id <id>', 'events whose user has this id')
    .option('--email <address>', 'events whose user has this e-mail address, and feedback with it')
    .option('--username <name>', 'events whose user has this username')
    .option('--ip <address>', 'events whose user has this address')
    .option('--user <text>', 'events that lists show with this user: any of the four')
}

async function runExport(flags: Flags): Promise<void> {
  const person = personOf(flags)
  await withMigratedDatabase(configOf(flags), async sql => {
    for (const projectId of await projectsOf(sql, flags)) {
      let before: Position | null = wholeTime.before
      while (before !== null) {
        const { lines, next }: Awaited<ReturnType<typeof exportPage>> = await exportPage(
          sql,
          { projectId, person },
          before
        )
        for (const line of lines) console.log(line)
        before = next
      }
    }
  })
}

async function runErase(flags: Flags): Promise<void> {
  const person = personOf(flags)
  const end = await withMigratedDatabase(configOf(flags), async sql => {
    const projects = await projectsOf(sql, flags)
    const ids = await sql.begin(async sql => {
      const made: string[] = []
      for (const projectId of projects) {
        made.push(...(await requestErasure(sql, { kind: 'person', projectId, person, requestedBy: null })))
      }
      return made
    })
    return await followed(sql, ids).finally(() => closeWires(sql))
  })
  if (flags.json) console.log(JSON.stringify({ rows_removed: end.rows, open: end.open, waits_for: end.waitsFor }))
  else console.log(endText(end))
}

/** Takes steps until all are finished, or wait for spools alone; progress goes to standard error. */
async function followed(sql: Sql, ids: readonly string[]): Promise<Progress> {
  let shown = -1
  for (;;) {
    const progress = await progressOf(sql, ids)
    if (progress.rows !== shown) console.error(`erased ${progress.rows} rows, ${progress.open} projects to go`)
    shown = progress.rows
    if (progress.open === 0 || progress.waitsFor.length > 0) return progress
    const step = await takeErasureStep(sql, { rowsMax })
    if (step.state === 'waiting') await foldRollups(sql, { rowsMax: deltasMax })
    if (step.state === 'none' || step.state === 'waiting') await sleep(pauseMs)
  }
}

function endText({ rows, open, waitsFor }: Progress): string {
  if (open === 0) return `Erased: ${rows} rows are gone, and nothing is left.`
  return (
    `Erased: ${rows} rows are gone. Batches from before wait on the disk of ${waitsFor.join(', ')}: ` +
    'the server erases what they hold when they come, and finishes then.'
  )
}

function personOf({ user, id, email, username, ip }: Flags): Person {
  const result = v.safeParse(
    personGiven,
    Object.fromEntries(
      Object.entries({ user, id, email, username, ip_address: ip }).filter(([, name]) => name !== undefined)
    )
  )
  if (result.success) return result.output
  throw new CommandFailed(`it is not said whom this is about: ${result.issues[0].message}`, {
    hint: 'Give --id, --email, --username, --ip or --user; several are fine.',
    exitCode: exitCodes.usage
  })
}

async function projectsOf(sql: Sql, { organization, project }: Flags): Promise<number[]> {
  if (project !== undefined) return [(await projectNamed(sql, project)).id]
  if (organization === undefined) {
    throw new CommandFailed('it is not said where to look: give --organization or --project', {
      exitCode: exitCodes.usage
    })
  }
  const ids = await projectIdsNamed(sql, organization)
  if (ids === null) throw new CommandFailed(`there is no organization "${organization}"`)
  return ids
}
