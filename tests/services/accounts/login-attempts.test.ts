// Goal: attempts are counted by client, account and both, within their window, and forgotten after it; clients that the
// account knows are counted apart from strangers. Method: a database of the test's own, and a clock of the test's.
import t from 'tap'
import { forgetClients, knownAs, rememberClient } from '../../../services/accounts/known-clients.ts'
import {
  beginAttempt,
  forgetAttempts,
  takeBackAttempt,
  type Attempt
} from '../../../services/accounts/login-attempts.ts'
import { createUser } from '../../../services/accounts/users.ts'
import type { Sql } from '../../../services/database/sql.ts'
import { testDatabase } from '../../support/database.ts'

const minuteMs = 60_000
const dayMs = 24 * 60 * minuteMs
const start = Date.UTC(2026, 0, 1)
const attempt = (remoteAddress: string, account = 'a@example.com', device: string | null = null): Attempt => ({
  purpose: 'login',
  account,
  device,
  remoteAddress
})

/** Null when it may be made, otherwise the wait. */
async function waitOf(sql: Sql, one: Attempt, now = start): Promise<number | null> {
  const begun = await beginAttempt(sql, one, now)
  return begun.mayTry ? null : begun.waitMs
}

/** How many of 200 attempts of the same kind may be made. */
async function allowedOf(sql: Sql, one: (index: number) => Attempt): Promise<number> {
  let allowed = 0
  for (let index = 0; index < 200; index++) if ((await waitOf(sql, one(index))) === null) allowed++
  return allowed
}

t.test('ten attempts of one client on one account, then the wait is what is left of the window', async t => {
  const { sql } = await testDatabase(t)
  for (let index = 0; index < 10; index++) t.equal(await waitOf(sql, attempt('192.0.2.1'), start + index), null)
  t.equal(await waitOf(sql, attempt('192.0.2.1'), start + 5 * minuteMs), 10 * minuteMs)
  t.equal(await waitOf(sql, attempt('192.0.2.2')), null, 'another client')
  t.equal(await waitOf(sql, attempt('192.0.2.1', 'b@example.com')), null, 'another account')
  t.equal(await waitOf(sql, attempt('192.0.2.1'), start + 15 * minuteMs), null, 'a new window')
})

t.test('an attempt that succeeds is taken back from what it was counted in, and from nothing else', async t => {
  const { sql } = await testDatabase(t)
  for (let index = 0; index < 150; index++) {
    const begun = await beginAttempt(sql, attempt('192.0.2.1'), start)
    t.equal(begun.mayTry, true)
    if (begun.mayTry) await takeBackAttempt(sql, begun.budgets)
  }
  const user = await createUser(sql, { email: 'own@example.com', name: '', passwordHash: '' })
  const device = await rememberClient(sql, user?.id ?? '', { device: null, remoteAddress: '192.0.2.1' }, start)
  for (let index = 0; index < 99; index++) await beginAttempt(sql, attempt('192.0.2.1', `${index}@example.com`), start)
  const own = await beginAttempt(sql, attempt('192.0.2.1', 'own@example.com', device), start)
  if (own.mayTry) await takeBackAttempt(sql, own.budgets)
  t.match(await sql`select attempts from login_attempts where subject = 'login 192.0.2.1'`, [{ attempts: 99 }])
})

t.test('strangers lock out strangers; sessions, browsers and networks that the account knows still get in', async t => {
  const { sql } = await testDatabase(t)
  const user = await createUser(sql, { email: 'a@example.com', name: '', passwordHash: '' })
  const other = await createUser(sql, { email: 'b@example.com', name: '', passwordHash: '' })
  const home = { device: null, remoteAddress: '192.0.2.1' }
  const device = await rememberClient(sql, user?.id ?? '', home, start)
  const othersDevice = await rememberClient(sql, other?.id ?? '', { ...home, remoteAddress: '192.0.2.9' }, start)

  t.equal(await allowedOf(sql, index => attempt(`198.51.100.${index}`)), 100, 'all strangers together')
  t.not(await waitOf(sql, attempt('203.0.113.1')), null, 'the next stranger')
  t.not(await waitOf(sql, attempt('203.0.113.1', 'a@example.com', othersDevice)), null, 'a browser of another account')
  t.equal(await allowedOf(sql, () => attempt('203.0.113.1', 'a@example.com', device)), 10, 'the browser, anywhere')
  t.equal(await allowedOf(sql, () => attempt('192.0.2.1')), 10, 'the network, with any browser')
  t.equal(await allowedOf(sql, () => ({ ...attempt('203.0.113.1'), sessionId: 'x' })), 10, 'an open session')
  t.equal(await waitOf(sql, attempt('203.0.113.1', 'a@example.com', device), start + 15 * minuteMs), null)
})

t.test(
  'a user has at most twenty known clients, the newest, and they are forgotten when they are not used',
  async t => {
    const { sql } = await testDatabase(t)
    const user = await createUser(sql, { email: 'a@example.com', name: '', passwordHash: '' })
    const remember = (device: string | null, remoteAddress: string, now: number) =>
      rememberClient(sql, user?.id ?? '', { device, remoteAddress }, now)
    const first = await remember(null, '192.0.2.1', start)
    t.equal(await remember(first, '192.0.2.1', start + 1), first, 'a browser that is known keeps its secret')
    t.not(
      await remember('planted', '192.0.2.1', start + 2),
      'planted',
      'one that nobody has given out counts for nothing'
    )
    for (let index = 0; index < 30; index++) await remember(first, `198.51.100.${index}`, start + 3 + index)
    t.match(await sql`select count(*) from known_clients`, [{ count: 20 }])
    t.match(await knownAs(sql, 'a@example.com', { device: first, remoteAddress: '' }), /^device /)
    t.equal(await knownAs(sql, 'a@example.com', { device: null, remoteAddress: '192.0.2.1' }), null, 'the oldest went')
    t.notMatch(JSON.stringify(await sql`select client from known_clients`), first, 'the secret is not kept')

    t.equal(await forgetClients(sql, { now: start + 90 * dayMs, rowsMax: 100 }), 0)
    t.equal(await forgetClients(sql, { now: start + 91 * dayMs, rowsMax: 15 }), 15)
    t.equal(await forgetClients(sql, { now: start + 91 * dayMs, rowsMax: 15 }), 5)
  }
)

t.test('forms of one address of IPv6, and all of its network, are one client', async t => {
  const { sql } = await testDatabase(t)
  for (const address of [
    '2001:db8::1',
    '2001:0db8:0000:0000:0000:0000:0000:0002',
    '2001:db8:0:0:ffff::',
    '2001:db8:0::1:2:3:4'
  ]) {
    await beginAttempt(sql, attempt(address), start)
  }
  t.match(await sql`select attempts from login_attempts where subject = 'login 2001:db8:0:0'`, [{ attempts: 4 }])
  await beginAttempt(sql, attempt('2001:db8:0:1::1'), start)
  t.match(await sql`select attempts from login_attempts where subject = 'login 2001:db8:0:1'`, [{ attempts: 1 }])
})

t.test('what is out of its window is forgotten in steps', async t => {
  const { sql } = await testDatabase(t)
  await beginAttempt(sql, attempt('192.0.2.1'), start)
  t.equal(await forgetAttempts(sql, { now: start + 15 * minuteMs, rowsMax: 10 }), 0)
  t.equal(await forgetAttempts(sql, { now: start + 15 * minuteMs + 1, rowsMax: 2 }), 2)
  t.equal(await forgetAttempts(sql, { now: start + 15 * minuteMs + 1, rowsMax: 2 }), 1)
})
