/** Connections of benchmarks to PostgreSQL: like the server's own, but nothing is cut short by a deadline. */
import { connect, type Sql } from '../../services/sql.ts'

export type { Sql } from '../../services/sql.ts'

export function openSql (url: string, max: number): Sql {
  return connect({ url, max, applicationName: 'mesher bench', statementTimeoutMs: 0, lockTimeoutMs: 0 })
}
