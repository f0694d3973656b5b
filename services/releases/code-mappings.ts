/** The templates of links and the code mappings of a project, which are changed all at once. */
import { v7 as uuidv7 } from 'uuid'
import * as v from 'valibot'
import type { CodeMapping } from '../../events/sources/code-mappings.ts'
import type { Queryable, Sql } from '../database/sql.ts'

export type Sources = { commitUrl: string; sourceUrl: string; mappings: CodeMapping[] }

const sourcesRow = v.strictObject({ commit_url: v.string(), source_url: v.string() })
const mappingRow = v.strictObject({
  stack_root: v.string(),
  source_root: v.string(),
  repository: v.string(),
  branch: v.string()
})

export async function readSources(sql: Queryable, projectId: number): Promise<Sources> {
  const [[row], rows] = await Promise.all([
    sql.rows(sourcesRow)`select commit_url, source_url from projects where id = ${projectId}`,
    sql.rows(mappingRow)`
      select stack_root, source_root, repository, branch from code_mappings where project_id = ${projectId}
      order by position`
  ])
  return {
    commitUrl: row?.commit_url ?? '',
    sourceUrl: row?.source_url ?? '',
    mappings: rows.map(({ stack_root: stackRoot, source_root: sourceRoot, repository, branch }) => ({
      stackRoot,
      sourceRoot,
      repository,
      branch
    }))
  }
}

export async function changeSources(
  sql: Sql,
  projectId: number,
  { commitUrl, sourceUrl, mappings }: Sources
): Promise<void> {
  await sql.begin(async sql => {
    await sql`update projects set commit_url = ${commitUrl}, source_url = ${sourceUrl} where id = ${projectId}`
    await sql`delete from code_mappings where project_id = ${projectId}`
    const rows = mappings.map(({ stackRoot, sourceRoot, repository, branch }, position) => ({
      id: uuidv7(),
      position,
      stack_root: stackRoot,
      source_root: sourceRoot,
      repository,
      branch
    }))
    await sql`
      insert into code_mappings (project_id, id, position, stack_root, source_root, repository, branch)
      select ${projectId}, m.* from json_to_recordset(${sql.json(rows)}) as m (id uuid, position integer,
        stack_root text, source_root text, repository text, branch text)`
  })
}
