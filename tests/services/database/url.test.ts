// Goal: a URL means what libpq takes it to mean, and what would be ignored is refused.
// Method: a table of URLs.
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import t from 'tap'
import { parseDatabaseUrl, socketUrl, urlOfDatabase } from '../../../services/database/url.ts'

const common = { host: 'db', port: 5432, user: 'u', password: '', database: 'd', tls: false }

t.test('understands', async t => {
  const ca = path.join(t.testdir(), 'ca.pem')
  writeFileSync(ca, 'certificate')
  const cases: [string, object][] = [
    ['postgres://u@db/d', common],
    ['postgresql://u:p%40ss%2F@db:6000/d', { ...common, port: 6000, password: 'p@ss/' }],
    ['postgres://u@db', { ...common, database: 'u' }],
    ['postgres://u@[::1]/d', { ...common, host: '::1' }],
    ['postgres:///d?host=/run/pg&user=u&port=6000', { ...common, host: '/run/pg', port: 6000 }],
    ['postgres://u@localhost/d?host=%2Frun%2Fpg&sslmode=require', { ...common, host: '/run/pg' }],
    ['postgres://db/?dbname=d&user=u&password=p', { ...common, password: 'p' }],
    ['postgres://u@db/d?sslmode=disable&application_name=x&connect_timeout=3&channel_binding=require', common],
    ['postgres://u@db/d?sslmode=require', { ...common, tls: { rejectUnauthorized: false } }],
    [
      `postgres://u@db/d?sslmode=require&sslrootcert=${ca}`,
      { ...common, tls: { rejectUnauthorized: true, ca: 'certificate' } }
    ],
    ['postgres://u@db/d?sslmode=verify-full', { ...common, tls: { rejectUnauthorized: true } }]
  ]
  for (const [url, address] of cases) t.same(parseDatabaseUrl(url), address, url)
})

t.test('refuses', async t => {
  const cases: [string, RegExp][] = [
    ['db', /not a URL/],
    ['mysql://u@db/d', /not a URL/],
    ['postgres://u@db/d?schema=x', /parameter schema is not supported/],
    ['postgres://u@db/d?host=a,b', /several hosts/],
    ['postgres://u@db/d?port=0', /port/],
    ['postgres://u@db/d?sslmode=prefer', /say disable, require or verify-full/],
    ['postgres://u@db/d?sslmode=verify-full&sslrootcert=/nowhere', /sslrootcert cannot be read/]
  ]
  for (const [url, message] of cases) {
    t.throws(() => parseDatabaseUrl(url), { code: 'database_refused', message, hint: /DATABASE_URL/ }, url)
  }
})

t.test('never shows the password', async t => {
  t.throws(() => parseDatabaseUrl('postgres://u:secret@db/d?nonsense=1'), { message: /^(?!.*secret)/ })
})

t.test('names the database behind a socket, and another one of the same server', async t => {
  const url = socketUrl({ socketFolder: '/run/my folder', port: 5433, user: 'mesher', database: 'a/b' })
  t.same(parseDatabaseUrl(url), {
    host: '/run/my folder',
    port: 5433,
    user: 'mesher',
    password: '',
    database: 'a/b',
    tls: false
  })
  t.equal(parseDatabaseUrl(urlOfDatabase(url, 'other')).database, 'other')
  t.equal(parseDatabaseUrl(urlOfDatabase('postgres://u@db/?dbname=d', 'other')).database, 'other')
})
