/**
 * `mesher retention`: how far time has passed for what expires, and what is due and kept because that is not certain
 * (services/upkeep/passed-time.ts). `mesher retention confirm` says that the database's clock is right. It drops
 * nothing itself: the node that leads maintenance does, within the hour.
 */
import type { Command } from 'commander'
import { expiredEventPartitions } from '../services/database/partitions.ts'
import type { Sql } from '../services/database/sql.ts'
import { confirmPassedTime, passedTime, type PassedTime } from '../services/upkeep/passed-time.ts'
import { withMigratedDatabase } from './support/database.ts'
import { addSettings, configOf } from './support/settings.ts'

type RetentionFlags = { json?: boolean }
type Report = PassedTime & { due: string[] }

export function addRetention(program: Command): void {
  const retention = program.command('retention').description('Show what has expired and is kept, or let it go.')
  const show = retention
    .command('show', { isDefault: true })
    .description("Show the database's clock, how far time has passed, and what is due.")
    .option('--json', 'print it as JSON')
    .action(async (flags: RetentionFlags) => {
      const report = await withMigratedDatabase(configOf(flags), reportOf)
      console.log(flags.json ? JSON.stringify(reportJson(report)) : reportText(report))
    })
  const confirm = retention
    .command('confirm')
    .description("Say that the database's clock is right: what is due by it is dropped.")
    .action(async (flags: Record<string, unknown>) => {
      const report = await withMigratedDatabase(configOf(flags), async sql => {
        const before = await reportOf(sql)
        await confirmPassedTime(sql)
        return before
      })
      console.log(`Confirmed: it is ${timeText(report.now)}. ${report.due.length} partitions go within the hour.`)
    })
  addSettings(show, 'retention').addHelpText(
    'after',
    `
Examples:
  mesher retention
  mesher retention show --json | jq .due`
  )
  addSettings(confirm, 'retention').addHelpText(
    'after',
    `
Partitions of events are dropped when their retention is over. After a pause of more than a day nobody can
tell a pause from a wrong clock. They are kept then until events come in at the time that the clock shows,
and go a day's at a time. Use this command when you know that the clock is right and do not want to wait.

Examples:
  mesher retention confirm
  DATABASE_URL=postgres://mesher@db.internal/mesher mesher retention confirm`
  )
}

async function reportOf(sql: Sql): Promise<Report> {
  const passed = await passedTime(sql)
  return { ...passed, due: await expiredEventPartitions(sql, passed) }
}

function reportJson({ now, until, waitsFor, due }: Report): object {
  return {
    database_time: new Date(now).toISOString(),
    passed_until: new Date(until).toISOString(),
    waits_for: waitsFor,
    due
  }
}

const waitsForTexts: Readonly<Record<PassedTime['waitsFor'], string>> = {
  nothing: 'They go within the hour.',
  next_step: "They go a day's at a time, six days' every day.",
  events: 'They stay until events come in at that time, or until "mesher retention confirm".'
}

function reportText({ now, until, waitsFor, due }: Report): string {
  const lines = [
    `The database's clock shows ${timeText(now)}.`,
    `Time has certainly passed until ${timeText(until)}.`,
    due.length === 0
      ? 'No partition is due.'
      : `${due.length} partitions are due, ${due[0]} to ${due.at(-1)}. ${waitsForTexts[waitsFor]}`
  ]
  return lines.join('\n')
}

function timeText(time: number): string {
  return `${new Date(time).toISOString().slice(0, 16).replace('T', ' ')} UTC`
}
