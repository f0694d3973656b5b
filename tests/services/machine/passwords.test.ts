// Goal: passwords are hashed as they should be, few at once, and an account that is not there costs as much as one that
// is. Method: real hashes; what waits is counted by who is refused.
import t from 'tap'
import { hashPassword, isPassword, nobodysHash, PasswordsBusy } from '../../../services/machine/passwords.ts'

t.test('a password is right for its own hash only, however its letters were typed', async t => {
  const hash = await hashPassword('caf\u00e9 au lait')
  t.match(hash, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
  t.ok(await isPassword(hash, 'caf\u00e9 au lait'))
  t.ok(await isPassword(hash, 'cafe\u0301 au lait'))
  t.notOk(await isPassword(hash, 'cafe au lait'))
  t.not(await hashPassword('caf\u00e9 au lait'), hash, 'each has a salt of its own')
})

t.test('where there is no hash no password is right, by the same work', async t => {
  t.notOk(await isPassword(null, ''))
  const parameters = (hash: string): string => hash.split('$').slice(1, 4).join('$')
  t.equal(parameters(nobodysHash), parameters(await hashPassword('x')))
})

t.test('beyond what may wait, passwords are refused at once, and the waiting ones are still checked', async t => {
  const hash = await hashPassword('right')
  const checks = await Promise.allSettled(Array.from({ length: 110 }, () => isPassword(hash, 'right')))
  const refused = checks.filter(check => check.status === 'rejected')
  t.equal(refused.length, 8, '2 run and 100 wait')
  t.ok(refused.every(({ reason }) => reason instanceof PasswordsBusy))
  t.ok(checks.every(check => check.status === 'rejected' || check.value))
  t.ok(await isPassword(hash, 'right'), 'afterwards there is room again')
})
