/** `mesher issues`: the issues of a project, those seen last first, read from the database. */
import { Option, type Command } from 'commander'
import type { Status } from '../events/search/query.ts'
import { listIssues, searchedIssues, type IssueLine } from '../services/cli/issues.ts'
import type { Project } from '../services/accounts/projects.ts'
import { numberUpTo } from './support/arguments.ts'
import { withMigratedDatabase } from './support/database.ts'
import { withSearchFailures } from './support/search.ts'
import { projectNamed } from './support/project.ts'
import { addSettings, configOf } from './support/settings.ts'
import { ago, lookOf, tableOf, type Column, type Look } from './support/tables.ts'
import { levelText } from './support/levels.ts'

type IssuesFlags = { project?: string; status: Status | 'all'; query?: string; limit: number; json?: boolean }

export function addIssues(program: Command): void {
  const command = program
    .command('issues')
    .description('List the issues of a project, those seen last first.')
    .option('--project <project>', 'number or slug (default: the first project)')
    .addOption(
      new Option('--status <status>', 'only issues with this status')
        .choices(['unresolved', 'resolved', 'archived', 'discarded', 'all'])
        .default('unresolved')
    )
    .option('--query <search>', 'only what this search finds, as in the dashboard')
    .option('--limit <n>', 'at most so many', numberUpTo(1_000), 25)
    .option('--json', 'print the issues as JSON')
    .action(run)
  addSettings(command, 'issues').addHelpText(
    'after',
    `
Examples:
  mesher issues
  mesher issues --project web-shop --status all --limit 100
  mesher issues --query 'level:fatal OR assigned:none'
  mesher issues --json | jq -r '.[].title'`
  )
}

async function run(flags: IssuesFlags): Promise<void> {
  const { project, issues } = await withMigratedDatabase(configOf(flags), async sql => {
    const project = await projectNamed(sql, flags.project)
    const status = flags.status === 'all' ? null : flags.status
    const { query, limit } = flags
    const { id: projectId, organizationId, slug } = project
    return {
      project,
      issues: await (query === undefined
        ? listIssues(sql, { projectId, status, limit })
        : withSearchFailures(() => searchedIssues(sql, { projectId, organizationId, slug }, { status, limit, query })))
    }
  })
  console.log(
    flags.json ? JSON.stringify(issues.map(issueJson)) : listText(project, issues, flags.status, lookOf(process.stdout))
  )
}

const columns: Column[] = [
  { title: 'issue' },
  { title: 'level' },
  { title: 'title', charsMax: 100, shrinks: true },
  { title: 'where', charsMax: 30 },
  { title: 'events', align: 'right' },
  { title: 'users', align: 'right' },
  { title: 'status' },
  { title: 'last seen' }
]

function listText(project: Project, issues: IssueLine[], status: string, look: Look): string {
  if (issues.length === 0) {
    const which = status === 'all' ? '' : `${status} `
    return `Project "${project.name}" has no ${which}issues. "mesher send" sends it sample events.`
  }
  const now = new Date()
  return tableOf(
    columns,
    issues.map(issue => [
      issue.shortId,
      levelText(issue.level, look.colours),
      issue.title,
      issue.culprit,
      String(issue.eventCount),
      String(issue.userCount),
      statusText(issue),
      ago(issue.lastSeen, now)
    ]),
    look
  )
}

/** The substatus says more where there is one: new, ongoing, regressed. */
function statusText({ status, substatus }: IssueLine): string {
  return substatus === '' ? status : substatus
}

function issueJson(issue: IssueLine): Record<string, unknown> {
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
