/** Which projects of an organization an operation on several of them means. */
import { projectNamesOf, projectsIn, type NamedProject } from '../../services/accounts/visible.ts'
import type { Sql } from '../../services/database/sql.ts'
import { invalidField } from '../problems.ts'

/** All, or those that are named by slug or id; 400 where none of the names is of this organization. */
export async function chosenProjects(
  sql: Sql,
  organizationId: string,
  named: readonly string[] = []
): Promise<NamedProject[]> {
  if (named.length === 0) return await projectNamesOf(sql, { organizationId })
  const found = await projectsIn(sql, organizationId, named)
  if (found.length === 0) throw invalidField('project', 'names no project of this organization')
  return found
}
