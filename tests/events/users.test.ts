// Goal: the names that a user is found by: one that stands for the user, and the others beside it.
import t from 'tap'
import { identityOf, otherNamesOf } from '../../events/users.ts'

t.test('the identity is the id, else the e-mail address, else the username, else the address', async t => {
  t.equal(identityOf({ id: 7, email: 'ann@example.com' }), '7')
  t.equal(identityOf({ id: '', email: 'ann@example.com', username: 'ann' }), 'ann@example.com')
  t.equal(identityOf({ username: 'ann', ip_address: '192.0.2.1' }), 'ann')
  t.equal(identityOf({ ip_address: '192.0.2.1' }), '192.0.2.1')
  t.equal(identityOf({}), '')
})

t.test('the other names are the ones that are no identity; what was scrubbed is none', async t => {
  t.same(otherNamesOf({ id: '7', email: 'ann@example.com', username: 'ann' }, '7'), {
    email: 'ann@example.com',
    username: 'ann'
  })
  t.same(otherNamesOf({ email: 'ann@example.com', username: 'ann' }, 'ann@example.com'), { email: '', username: 'ann' })
  t.equal(otherNamesOf({ email: 'ann@example.com' }, 'ann@example.com'), undefined)
  t.equal(otherNamesOf({ id: '7', email: '[Filtered]', username: null }, '7'), undefined)
  t.equal(otherNamesOf({ id: '7', email: `${'a'.repeat(300)}@example.com` }, '7')?.email.length, 200)
})
