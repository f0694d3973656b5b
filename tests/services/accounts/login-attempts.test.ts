// Goal: attempts are counted by client, account and both, within their window, and forgotten after it.
// Method: a database of the test's own, and a clock of the test's.
import t from 'tap'
import {
  beginAttempt,
  forgetAttempts,
  takeBackAttempt,
  type Attempt
} from '../../../services/accounts/login-attempts.ts'
import { testDatabase } from '../../support/database.ts'

const minuteMs = 60_000
const start = Date.UTC(2026, 0, 1)
const attempt = (remoteAddress: string, account = 'a@example.com'): Attempt => ({
  purpose: 'login',
  account,
  remoteAddress
})

t.test('ten attempts of one client on one account, then the wait is what is left of the window', async t => {
  const { sql } = await testDatabase(t)
  for (let index = 0; index < 10; index++) t.equal(await beginAttempt(sql, attempt('192.0.2.1'), start + index), null)
  t.equal(await beginAttempt(sql, attempt('192.0.2.1'), start + 5 * minuteMs), 10 * minuteMs)
  t.equal(await beginAttempt(sql, attempt('192.0.2.2'), start), null, 'another client')
  t.equal(await beginAttempt(sql, attempt('192.0.2.1', 'b@example.com'), start), null, 'another account')
  t.equal(await beginAttempt(sql, attempt('192.0.2.1'), start + 15 * minuteMs), null, 'a new window')
})

t.test('an attempt that succeeds is taken back', async t => {
  const { sql } = await testDatabase(t)
  for (let index = 0; index < 150; index++) {
    t.equal(await beginAttempt(sql, attempt('192.0.2.1'), start), null)
    await takeBackAttempt(sql, attempt('192.0.2.1'))
  }
})

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
