/**
 * The two clients of PostgreSQL that are compared, behind one interface: a numbered transaction is written by
 * statements or by COPY, and its promise settles as the client reports. `pg` is used as Mesher uses it, through
 * services/database; `postgres` as its documentation shows. Nothing is retried, and no error is caught here.
 */
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { connect } from '../../services/database/sql.ts'
import { withWire } from '../../services/database/wire/pool.ts'
import { openSql } from '../support/postgres.ts'
import { rowsOf, type ClientName, type Way } from './types.ts'

/** Resolves when the client says that the transaction is committed. */
export type Write = (transaction: number) => Promise<void>

const connectionsMax = 8
const copyDeadlineMs = 30_000
const copyText = 'copy numbered (way, transaction, number) from stdin'

export const openers: Readonly<Record<ClientName, (url: string) => Record<Way, Write>>> = {
  pg: url => {
    const sql = connect({ url, max: connectionsMax })
    return {
      statements: transaction =>
        sql.begin(async inside => {
          for (let number = 0; number < rowsOf.statements; number++) {
            await inside`insert into numbered values ('statements', ${transaction}, ${number})`
          }
        }),
      copy: async transaction => {
        const rows = copyRows(transaction)
        await withWire(sql, wire =>
          wire.run(sending => sending.copy({ name: 'numbered', text: copyText }, out => out.utf8(rows)), {
            deadlineMs: copyDeadlineMs
          })
        )
      }
    }
  },
  postgres: url => {
    const sql = openSql(url, connectionsMax)
    return {
      statements: async transaction => {
        await sql.begin(async inside => {
          for (let number = 0; number < rowsOf.statements; number++) {
            await inside`insert into numbered values ('statements', ${transaction}, ${number})`
          }
        })
      },
      copy: async transaction => {
        await sql.begin(async inside => {
          await pipeline(Readable.from([copyRows(transaction)]), await inside.unsafe(copyText).writable())
        })
      }
    }
  }
}

/** In COPY's text format. */
function copyRows(transaction: number): string {
  return Array.from({ length: rowsOf.copy }, (_, number) => `copy\t${transaction}\t${number}\n`).join('')
}
