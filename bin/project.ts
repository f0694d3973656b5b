/** `mesher project`: makes projects and lists them with their DSNs. */
import type { Command } from 'commander'
import type { Config } from '../schema/config.ts'
import { migrate } from '../services/database/migrations.ts'
import {
  createProject,
  ensureDefaults,
  listProjects,
  type NewProject,
  type Project
} from '../services/accounts/projects.ts'
import { dsnOf } from '../events/dsn.ts'
import { serverUrlOf } from './support/addresses.ts'
import { dsnKey, numberUpTo } from './support/arguments.ts'
import { withDatabase, withMigratedDatabase } from './support/database.ts'

import { addSettings, configOf } from './support/settings.ts'
import { lookOf, tableOf, type Look } from './support/tables.ts'

type CreateFlags = { name?: string; slug?: string; platform?: string; id?: number; key?: string; json?: boolean }
type ListFlags = { json?: boolean }

export function addProject(program: Command): void {
  const project = program.command('project').description('Make projects and list them with their DSNs.')

  const create = project
    .command('create')
    .description('Make a project with a first key and print its DSN.')
    .option('--name <name>', 'name for people (default: the slug, or "Project")')
    .option('--slug <slug>', 'short name for addresses (default: made of the name)')
    .option('--platform <platform>', 'what it is written in, for example python')
    .option(
      '--id <id>',
      'a certain number instead of the next one, to replay captured traffic',
      numberUpTo(999_999_999)
    )
    .option('--key <key>', 'a certain key (32 digits from 0 to 9 and a to f) instead of a random one', dsnKey)
    .option('--json', 'print the project as JSON')
    .action(runCreate)
  addSettings(create, 'project').addHelpText(
    'after',
    `
Running servers know the new key within 2 seconds.

Examples:
  mesher project create --name "Web shop" --platform javascript
  mesher project create --id 42 --key 0123456789abcdef0123456789abcdef --json`
  )

  const list = project
    .command('list')
    .description('List the projects with their DSNs.')
    .option('--json', 'print the projects as JSON')
    .action(runList)
  addSettings(list, 'project').addHelpText(
    'after',
    `
Examples:
  mesher project list
  mesher project list --json | jq -r '.[0].dsn'`
  )
}

async function runCreate(flags: CreateFlags): Promise<void> {
  const config = configOf(flags)
  const project = await withDatabase(config, async sql => {
    await migrate(sql)
    await ensureDefaults(sql)
    return await createProject(sql, newProjectOf(flags))
  })
  if (flags.json) console.log(JSON.stringify(projectJson(project, config)))
  else console.log(`Project ${project.id} "${project.name}" (${project.slug})\n  ${dsnOfProject(project, config)}`)
}

function newProjectOf({ name, slug, platform, id, key }: CreateFlags): NewProject {
  return {
    name: name ?? slug ?? (id === undefined ? 'Project' : `Project ${id}`),
    ...(slug === undefined ? {} : { slug }),
    ...(platform === undefined ? {} : { platform }),
    ...(id === undefined ? {} : { id }),
    ...(key === undefined ? {} : { key })
  }
}

async function runList(flags: ListFlags): Promise<void> {
  const config = configOf(flags)
  const projects = await withMigratedDatabase(config, listProjects)
  if (flags.json) console.log(JSON.stringify(projects.map(project => projectJson(project, config))))
  else console.log(listText(projects, config, lookOf(process.stdout)))
}

function listText(projects: Project[], config: Config, look: Look): string {
  if (projects.length === 0) return 'There is no project yet. "mesher project create" makes one.'
  const columns = [
    { title: 'id', align: 'right' as const },
    { title: 'slug', charsMax: 50 },
    { title: 'name', charsMax: 40 },
    { title: 'DSN' }
  ]
  return tableOf(
    columns,
    projects.map(project => [String(project.id), project.slug, project.name, dsnOfProject(project, config)]),
    look
  )
}

function projectJson(project: Project, config: Config): Record<string, unknown> {
  const { id, slug, name, platform, createdAt, publicKey } = project
  return {
    id: String(id),
    slug,
    name,
    platform,
    created_at: createdAt.toISOString(),
    key: publicKey,
    dsn: publicKey === null ? null : dsnOfProject(project, config)
  }
}

function dsnOfProject({ id, publicKey }: Project, config: Config): string {
  return publicKey === null ? 'no active key' : dsnOf(serverUrlOf(config), publicKey, id)
}
