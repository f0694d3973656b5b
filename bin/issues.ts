/** `mesher issues`: the issues of a project, those seen last first, read from the database. */
import { Option, type Command } from 'commander'
import { listIssues, type IssueSummary } from '../services/issues.ts'
import type { Project } from '../services/projects.ts'
import { numberUpTo } from './support/arguments.ts'
import { withMigratedDatabase } from './support/database.ts'
import { projectNamed } from './support/project.ts'
import { addSettings, configOf } from './support/settings.ts'
import { ago, cut, plainText, tableOf, type Column } from './support/tables.ts'
import { coloursFor, type Colours } from './support/terminal.ts'
import { levelText } from './support/levels.ts'

type IssuesFlags = { project?: string, status: string, limit: number, json?: boolean }

export function addIssues (program: Command): void {
  const command = program.command('issues')
    .description('List the issues of a project, those seen last first.')
    .option('--project <project>', 'number or slug (default: the first project)')
    .addOption(new Option('--status <status>', 'only issues with this status').choices(['unresolved', 'resolved', 'archived', 'discarded', 'all']).default('unresolved'))
    .option('--limit <n>', 'at most so many', numberUpTo(1_000), 25)
    .option('--json', 'print the issues as JSON')
    .action(run)
  addSettings(command, 'issues').addHelpText('after', `
Examples:
  mesher issues
  mesher issues --project web-shop --status all --limit 100
  mesher issues --json | jq -r '.[].title'`)
}

async function run (flags: IssuesFlags): Promise<void> {
  const { project, issues } = await withMigratedDatabase(configOf(flags), async sql => {
    const project = await projectNamed(sql, flags.project)
    const status = flags.status === 'all' ? null : flags.status
    return { project, issues: await listIssues(sql, { projectId: project.id, status, limit: flags.limit }) }
  })
  console.log(flags.json ? JSON.stringify(issues.map(issueJson)) : listText(project, issues, flags.status, coloursFor(process.stdout)))
}

const columns: Column[] = [
  { title: 'issue' }, { title: 'level' }, { title: 'title' }, { title: 'events', align: 'right' }, { title: 'users', align: 'right' }, { title: 'status' }, { title: 'last seen' }
]

function listText (project: Project, issues: IssueSummary[], status: string, colours: Colours): string {
  if (issues.length === 0) {
    return `Project "${project.name}" has no ${status === 'all' ? '' : `${status} `}issues. "mesher send" sends it sample events.`
  }
  const now = new Date()
  return tableOf(columns, issues.map(issue => [
    issue.shortId, levelText(issue.level, colours), titleText(issue, colours), String(issue.eventCount), String(issue.userCount), statusText(issue), ago(issue.lastSeen, now)
  ]), colours)
}

function titleText ({ title, culprit }: IssueSummary, colours: Colours): string {
  const where = cut(plainText(culprit), 40)
  return cut(plainText(title), 70) + (where === '' ? '' : colours.dim(`  ${where}`))
}

function statusText ({ status, substatus }: IssueSummary): string {
  return substatus === '' ? status : `${status} (${substatus})`
}

function issueJson (issue: IssueSummary): Record<string, unknown> {
  return {
    id: issue.id,
    short_id: issue.shortId,
    title: issue.title,
    culprit: issue.culprit,
    level: issue.level,
    status: issue.status,
    substatus: issue.substatus,
    event_count: issue.eventCount,
    user_count: issue.userCount,
    first_seen: issue.firstSeen.toISOString(),
    last_seen: issue.lastSeen.toISOString()
  }
}
