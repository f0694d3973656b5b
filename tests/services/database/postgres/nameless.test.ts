// Goal: the embedded PostgreSQL runs for a user id that has no name, as container platforms choose one. Method: the
// program as such a user, on a data folder that its group may write to; once to make a database, once to find it.
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { execArgv, extension } from '../../../support/program.ts'
import { nameLibrary, nameVariables, systemName } from '../../../../services/database/postgres/nameless.ts'

const uid = 1_000_700_000
const program = fileURLToPath(new URL(`../../../../bin/mesher${extension}`, import.meta.url))
const isRoot = process.getuid?.() === 0

t.test('a user with a name gets no list of users', async t => {
  t.equal(systemName(), os.userInfo().username)
  t.same(nameVariables('mesher', t.testdir()), {})
})

const why =
  nameLibrary() === null
    ? 'nss_wrapper is missing: apt-get install libnss-wrapper'
    : isRoot
      ? false
      : 'only root can become another user'

t.test('a user without a name makes a database, and finds it again', { skip: why }, async t => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'mesher-nameless-'))
  t.teardown(() => fs.rmSync(folder, { recursive: true, force: true }))
  fs.chmodSync(folder, 0o770)
  const mesher = (args: string[], ...flags: string[]): string =>
    execFileSync(process.execPath, [...execArgv, program, ...args, '--data', path.join(folder, 'data'), ...flags], {
      uid,
      gid: 0,
      env: { PATH: process.env.PATH, TMPDIR: folder },
      stdio: ['ignore', 'pipe', 'pipe']
    }).toString()

  mesher(['migrate'])
  t.match(mesher(['doctor', '--json'], '--port', '0'), /"check":"schema","status":"ok"/)
  t.equal(fs.statSync(path.join(folder, 'data/postgres')).uid, uid)
  t.match(fs.readFileSync(path.join(folder, 'data/postgres.users'), 'utf8'), new RegExp(`^mesher:x:${uid}:0:`, 'm'))
})
