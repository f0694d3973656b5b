/** Which project a command is about: --project with its number or slug, else the first. */
import { listProjects, type Project } from '../../services/accounts/projects.ts'
import type { Sql } from '../../services/database/sql.ts'
import { CommandFailed } from './failure.ts'

export async function projectNamed(sql: Sql, wanted: string | undefined): Promise<Project> {
  const projects = await listProjects(sql)
  const project =
    wanted === undefined ? projects[0] : projects.find(({ id, slug }) => String(id) === wanted || slug === wanted)
  if (project !== undefined) return project

  if (wanted === undefined) {
    throw new CommandFailed('there is no project yet', {
      hint: '"mesher project create" makes one; so does a first "mesher start".'
    })
  }
  const known = projects
    .map(({ id, slug }) => `${id} (${slug})`)
    .slice(0, 20)
    .join(', ')
  throw new CommandFailed(`there is no project "${wanted}"`, { hint: `There are: ${known}` })
}
