/**
 * `mesher seed`: fills a project with made-up events of the past weeks, for trying Mesher out and for measuring. They
 * are written straight into the tables, past ingestion. Ctrl+C ends it after the chunk at hand: what is there then adds
 * up.
 */
import { Option, type Command } from 'commander'
import { migrate } from '../services/database/migrations.ts'
import { ensureDefaults, type Project } from '../services/accounts/projects.ts'
import { createSeededProject, retentionOf } from '../services/seeding/project.ts'
import type { Sql } from '../services/database/sql.ts'
import { closeWires } from '../services/database/wire/pool.ts'
import { seedProject, type Seeded, type SeedHooks } from './seed/seed-project.ts'
import type { PayloadSize } from './seed/seed-issues.ts'
import { numberUpTo } from './support/arguments.ts'
import { withDatabase } from './support/database.ts'
import { exitCodes } from './support/exit-codes.ts'
import { CommandFailed } from './support/failure.ts'
import { stepBars, stopAtSignal } from './support/progress.ts'
import { projectNamed } from './support/project.ts'
import { addSettings, configOf } from './support/settings.ts'

type SeedFlags = {
  events: number
  issues: number
  users: number
  days?: number
  project?: string
  name: string
  payload: PayloadSize
  seed: number
  json?: boolean
}

type Filled = Seeded & { project: Project; seconds: number }

export function addSeed(program: Command): void {
  const command = program
    .command('seed')
    .description('Fill a project with made-up events of the past weeks.')
    .option('--events <n>', 'how many events', numberUpTo(100_000_000), 100_000)
    .option('--issues <n>', 'how many issues they belong to', numberUpTo(200_000), 1_000)
    .option('--users <n>', 'how many people they hit', numberUpTo(1_000_000), 20_000)
    .option(
      '--days <n>',
      'how far back they begin (default: as long as the project keeps events, 90 days for a new one)',
      numberUpTo(90)
    )
    .option('--project <project>', 'number or slug of a project to fill (default: a new one)')
    .option('--name <name>', 'name of the new project', 'Seeded')
    .addOption(
      new Option('--payload <size>', 'how much an event says: about 0.5 kB or 3 kB')
        .choices(['small', 'full'])
        .default('small')
    )
    .option('--seed <n>', 'another number makes other events', numberUpTo(999_999_999), 1)
    .option('--json', 'print what was made as JSON')
    .action(run)
  addSettings(command, 'seed').addHelpText(
    'after',
    `
Servers may run meanwhile, and nobody is alerted. Ctrl+C ends it early; what is there by then adds up. To take it away
again, delete the project.

Examples:
  mesher seed
  mesher seed --events 10000000 --issues 50000
  mesher seed --project web-shop --events 50000 --payload full`
  )
}

async function run(flags: SeedFlags): Promise<void> {
  if (flags.issues > flags.events) {
    throw new CommandFailed('--issues is more than --events: every issue has an event', { exitCode: exitCodes.usage })
  }
  const bar = stepBars()
  try {
    const filled = await withDatabase(
      configOf(flags),
      async sql => await fill(sql, flags, { ...bar, signal: stopAtSignal() })
    )
    bar.stop()
    console.log(flags.json ? JSON.stringify(json(filled)) : text(filled, flags))
    if (filled.events < flags.events) process.exitCode = exitCodes.failed
  } finally {
    bar.stop()
  }
}

async function fill(sql: Sql, flags: SeedFlags, hooks: SeedHooks): Promise<Filled> {
  const { events, issues, users, seed, payload: size } = flags
  await migrate(sql)
  await ensureDefaults(sql)
  const project =
    flags.project === undefined ? await createSeededProject(sql, flags.name) : await projectNamed(sql, flags.project)
  const retentionDays = await retentionOf(sql, project.id)
  const days = flags.days ?? retentionDays
  if (days > retentionDays) {
    throw new CommandFailed(`project "${project.slug}" keeps events for ${retentionDays} days only`, {
      hint: 'Take fewer --days, or keep events for longer.',
      exitCode: exitCodes.usage
    })
  }
  const startedAt = performance.now()
  try {
    const seeded = await seedProject(
      sql,
      { projectId: project.id, retentionDays, events, issues, users, days, size, seed, now: Date.now() },
      hooks
    )
    return { ...seeded, project, seconds: (performance.now() - startedAt) / 1_000 }
  } finally {
    closeWires(sql)
  }
}

function json({ project, events, issues, seconds }: Filled): Record<string, unknown> {
  return {
    project: { id: String(project.id), slug: project.slug },
    events,
    issues,
    seconds: Math.round(seconds * 10) / 10
  }
}

function text({ project, events, issues, seconds }: Filled, flags: SeedFlags): string {
  const rate = Math.round(events / seconds).toLocaleString('en-US')
  const made =
    `Project ${project.id} (${project.slug}) has ${events.toLocaleString('en-US')} new events and ` +
    `${issues.toLocaleString('en-US')} new issues, after ${Math.round(seconds)} s (${rate} events a second).`
  return events === flags.events
    ? made
    : `${made}\nIt was ended early: ${flags.events.toLocaleString('en-US')} events were asked for. ` +
        'What is there adds up; to take it away, delete the project.'
}
