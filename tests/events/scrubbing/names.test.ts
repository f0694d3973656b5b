// Goal: names of secrets are found however they are written, and ordinary names are left alone.
import t from 'tap'
import { scrubberOf } from '../../../events/scrubbing/scrubber.ts'

const byDefault = scrubberOf({ enabled: true, fields: [], safeFields: [], ip: 'keep' }).isSecret

const secret = [
  'password',
  'Password',
  'PASSWORD',
  'user_password',
  'password-confirmation',
  'new.password',
  'passwd',
  'db_passwd',
  'passphrase',
  'secret',
  'client_secret',
  'SECRET_KEY_BASE',
  'api_key',
  'apiKey',
  'API-KEY',
  'X-Api-Key',
  'access_key',
  'AWS_ACCESS_KEY_ID',
  'private_key',
  'privateKey',
  'Authorization',
  'Proxy-Authorization',
  'auth',
  'X-Auth',
  'oauth',
  'X-Sentry-Auth',
  'X-Mesher-Key',
  'sentry_key',
  'credentials',
  'token',
  'access_token',
  'csrfmiddlewaretoken',
  'XSRF-TOKEN',
  'X-CSRF',
  'jwt',
  'bearer',
  'Cookie',
  'cookies',
  'Set-Cookie',
  'session',
  'sessionid',
  'session_id',
  'PHPSESSID',
  'JSESSIONID',
  'connect.sid',
  'sid',
  'credit_card',
  'creditCardNumber',
  'card-number',
  'cvv',
  'cvc',
  'ssn',
  'social_security_number',
  'pin',
  'pwd',
  'mysql_pwd',
  'iban'
]
for (const name of secret) t.test(`${name} is a secret`, async t => t.ok(byDefault(name)))

const ordinary = [
  'author',
  'authority',
  'authors',
  'authenticated',
  'className',
  'passed',
  'passenger',
  'bypass',
  'compass',
  'tokenizer',
  'tokenised',
  'sessions',
  'session_count',
  'lessNoise',
  'side',
  'symfony_version',
  'inside',
  'pinned',
  'shipping',
  'key',
  'keys',
  'monkey',
  'email',
  'name',
  'id',
  'url',
  'card',
  'account',
  'accessed_at',
  'private',
  '',
  '__proto__',
  'constructor',
  'hasOwnProperty'
]
for (const name of ordinary) t.test(`${name || 'the empty name'} is none`, async t => t.notOk(byDefault(name)))

t.test('a project adds words, however they are written', async t => {
  const isSecret = scrubberOf({
    enabled: true,
    fields: ['Customer-Number', '', '  ', '_'],
    safeFields: [],
    ip: 'keep'
  }).isSecret
  t.ok(isSecret('customer_number'))
  t.ok(isSecret('theCustomerNumber'))
  t.ok(isSecret('password'))
  t.notOk(isSecret('customer'))
  t.notOk(byDefault('customer_number'))
})

t.test('switched off nothing is a secret', async t =>
  t.notOk(scrubberOf({ enabled: false, fields: ['name'], safeFields: [], ip: 'keep' }).isSecret('password'))
)

t.test('any number of names, of any length, has the same answer twice', async t => {
  for (let index = 0; index < 10_000; index++) byDefault(`name ${index}`)
  for (const name of ['password'.padEnd(100_000, 'x'), 'x'.repeat(100_000)]) t.equal(byDefault(name), byDefault(name))
  t.ok(byDefault('password'))
  t.notOk(byDefault('name 1'))
})

t.test('projects do not share their words', async t => {
  const rules = Array.from(
    { length: 300 },
    (_, index) => scrubberOf({ enabled: true, fields: [`own ${index} end`], safeFields: [], ip: 'keep' }).isSecret
  )
  t.ok(rules.every((isSecret, index) => isSecret(`own${index}_end`) && !isSecret(`own${index + 1000}_end`)))
})
