/** A role as an operator makes it for Mesher: the owner of one database, with a password and perhaps a limit. */
import type { TestDatabase } from './database.ts'
import { testServer } from './database.ts'
import { urlOfDatabase } from '../../services/database/url.ts'
import { connect } from '../../services/database/sql.ts'

type Test = { teardown: (work: () => Promise<void>) => void }

/** Returns the URL of the database for a new role that owns it. */
export async function limitedRole(
  t: Test,
  { sql, url, name }: TestDatabase,
  { connections = -1 }: { connections?: number } = {}
): Promise<string> {
  await sql.unsafe(`create role "${name}" login password 'theirs' connection limit ${connections}`)
  await sql.unsafe(`alter database "${name}" owner to "${name}"`)
  t.teardown(async () => {
    const admin = connect({ url: urlOfDatabase((await testServer()).url, 'postgres'), max: 1 })
    await admin.unsafe(`drop database if exists "${name}" with (force)`)
    await admin.unsafe(`drop role "${name}"`)
    await admin.end()
  })
  const own = new URL(url)
  own.username = name
  own.password = 'theirs'
  return own.href
}
