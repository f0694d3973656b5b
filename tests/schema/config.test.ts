// Goal: settings are read as documented: precedence, defaults, every kind of bad value, secrets from files, misspelt
// names. Method: loadConfig is given flags and an environment; nothing of the real environment takes part.
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import t from 'tap'
import {
  loadConfig,
  settingNames,
  settingsTable,
  type Config,
  type Environment,
  type Flags
} from '../../schema/config.ts'

function configOf(flags: Flags, env: Environment = {}): Config {
  const loaded = loadConfig(flags, env)
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.errors))
  return loaded.config
}

function errorsOf(flags: Flags, env: Environment = {}): Record<string, string> {
  const loaded = loadConfig(flags, env)
  return loaded.ok ? {} : Object.fromEntries(loaded.errors.map(({ setting, message }) => [setting, message]))
}

t.test('without flags and variables every setting has its default', async t => {
  const { nodeName, data, ...others } = configOf({})
  t.equal(data, path.resolve('data'))
  t.match(nodeName, /^[A-Za-z0-9].*-[0-9a-f]{6}$/)
  t.strictSame(others, {
    port: 8080,
    databaseConnections: 20,
    transport: null,
    backupDir: null,
    backupEvery: 86_400_000,
    backupKeep: 7,
    host: '0.0.0.0',
    databaseUrl: null,
    publicUrl: null,
    flushMs: 0,
    spoolMaxBytes: 1024 ** 3,
    metricsToken: null,
    setupToken: null,
    openOrganizations: false,
    trustedProxies: [],
    webhookAllowPrivate: false,
    httpsProxy: null,
    noProxy: [],
    smtpUrl: null,
    minFree: 0.05,
    workers: 1,
    cookie: null,
    join: [],
    meshHost: null,
    meshPort: 0,
    meshAddress: null,
    meshTlsCert: null,
    meshTlsKey: null,
    meshTlsCa: null,
    loadMax: 0.85,
    logLevel: 'info'
  })
})

t.test('a flag beats its variable, and an empty variable counts as not set', async t => {
  t.equal(configOf({ port: '9000' }, { MESHER_PORT: '9001' }).port, 9000)
  t.equal(configOf({}, { MESHER_PORT: '9001' }).port, 9001)
  t.equal(configOf({}, { MESHER_PORT: '' }).port, 8080)
})

t.test('values are read in the forms that people write', async t => {
  const sizes: [string, number][] = [
    ['1048576', 1024 ** 2],
    ['64MiB', 64 * 1024 ** 2],
    ['2 gib', 2 * 1024 ** 3],
    ['1TiB', 1024 ** 4]
  ]
  for (const [text, bytes] of sizes) t.equal(configOf({ spoolMaxBytes: text }).spoolMaxBytes, bytes, text)
  t.equal(configOf({ publicUrl: 'https://errors.example.com/' }).publicUrl, 'https://errors.example.com')
  t.equal(configOf({ publicUrl: 'https://Example.com/errors/' }).publicUrl, 'https://example.com/errors')
  t.equal(configOf({ publicUrl: 'https://example.com/tools/errors.2' }).publicUrl, 'https://example.com/tools/errors.2')
  for (const host of ['::', '127.0.0.1', 'localhost', 'errors.example.com']) t.equal(configOf({ host }).host, host)
  for (const [text, isYes] of [
    ['true', true],
    ['1', true],
    ['YES', true],
    ['0', false],
    ['false', false]
  ] as const) {
    t.equal(configOf({ webhookAllowPrivate: text }).webhookAllowPrivate, isYes, text)
  }
  for (const [text, share] of [
    ['5%', 0.05],
    ['0', 0],
    ['2.5%', 0.025],
    ['50', 0.5]
  ] as const) {
    t.equal(configOf({ minFree: text }).minFree, share, text)
  }
  t.equal(configOf({ smtpUrl: 'smtps://u%40h:p@mail:465?from=a@b' }).smtpUrl, 'smtps://u%40h:p@mail:465?from=a@b')
  t.strictSame(configOf({ trustedProxies: '10.0.0.0/8, ::1,' }).trustedProxies, ['10.0.0.0/8', '::1'])
  for (const databaseUrl of [
    'postgres://u:p@h:1/d',
    'postgresql://h/d?sslmode=require',
    'postgres://u@localhost/d?host=/run'
  ]) {
    t.equal(configOf({ databaseUrl }).databaseUrl, databaseUrl)
  }
})

t.test('a value that is not allowed is refused with the setting, the value and what is allowed', async t => {
  const bad: Record<string, string[]> = {
    port: ['65536', '-1', '80.5', 'http', '0x50', '1e3', ' 80'],
    host: ['a b', '-a', 'a..b', 'http://x', ''],
    data: [''],
    databaseUrl: ['mysql://h/d', 'localhost', 'postgres://'],
    databaseConnections: ['7', '1001', 'many'],
    transport: ['', 'http', 'UWS'],
    backupDir: [''],
    backupEvery: ['0h', '61d', '1w', '1.5h', ''],
    backupKeep: ['0', '1001', '-1'],
    publicUrl: [
      'errors.example.com',
      'ftp://e.com',
      'https://e.com/api',
      'https://e.com/ingest/x',
      'https://e.com/a//b',
      'https://e.com/a%20b',
      'https://e.com?a=1',
      'https://u@e.com',
      'https://:p@e.com'
    ],
    nodeName: ['', 'a b', '-a', 'a/b', 'x'.repeat(64)],
    flushMs: ['1001', '-1', '5ms'],
    spoolMaxBytes: ['0', '1023', '1 MB', '2TiB', 'lots', '-1GiB'],
    metricsToken: ['short', 'with a space in the middle', 'ü'.repeat(20)],
    setupToken: ['', 'with a space', 'x'.repeat(201)],
    trustedProxies: [
      'proxy',
      '10.0.0.0/33',
      '10.0.0/8',
      '10.0.0.1/8/8',
      '::1/129',
      '10.0.0.1,x',
      Array<string>(101).fill('::1').join()
    ],
    openOrganizations: ['', 'maybe', '2', 'toString'],
    webhookAllowPrivate: ['', 'maybe', '2', 'toString'],
    httpsProxy: ['socks5://proxy:1', 'http://', 'http://proxy/path', 'http://a b'],
    noProxy: ['http://example.com', 'example.com:x', 'a/b'],
    smtpUrl: [
      'mail.example.com',
      'http://mail.example.com',
      'smtp://',
      'smtps://a b',
      'smtp://a?ca=/nowhere.pem',
      'smtp://a?ca=/'
    ],
    minFree: ['-1%', '51%', '100%', '1GiB', '5 %', ''],
    workers: ['0', '65', 'many', ''],
    cookie: ['short', 'f'.repeat(31), 'a-passphrase-that-looks-long-enough', 'f'.repeat(201)],
    join: [
      'node-2',
      'node-2:',
      'node-2:0',
      'node-2:65536',
      'http://node-2:1',
      'a:1,b',
      '::1:8900',
      Array<string>(65).fill('a:1').join()
    ],
    meshHost: ['a_b', '-a'],
    meshPort: ['65536', '-1', 'x'],
    meshAddress: ['node-2', ':8900', 'a:1,b:2'],
    meshTlsCert: [''],
    meshTlsKey: [''],
    meshTlsCa: [''],
    loadMax: ['101%', '-1%', 'high'],
    logLevel: ['loud', 'INFO']
  }
  t.strictSame(Object.keys(bad).sort(), [...settingNames].sort(), 'each setting has its bad values here')
  for (const name of settingNames) {
    const { flag, env, allowed, secret } = settingsTable[name]
    const source = flag ?? env
    for (const value of bad[name] ?? []) {
      const errors = flag === null ? errorsOf({}, { [env]: value }) : errorsOf({ [name]: value })
      t.strictSame(Object.keys(errors), [source], `${source} ${JSON.stringify(value)}`)
      t.ok(errors[source]?.includes(allowed))
      t.equal(errors[source]?.includes(JSON.stringify(value)), !secret)
    }
  }
})

t.test('settings that make no sense without another are refused with that other one', async t => {
  const cookie = '0123456789abcdef'.repeat(2)
  t.match(errorsOf({ join: 'node-2:8900' }), { '--join': /MESHER_COOKIE/ })
  t.strictSame(configOf({ join: 'node-2:8900, [::1]:8901,' }, { MESHER_COOKIE: cookie }).join, [
    'node-2:8900',
    '[::1]:8901'
  ])
  t.match(errorsOf({ meshTlsCert: 'cert.pem' }), { '--mesh-tls-cert': /set both/ })
  t.match(errorsOf({}, { MESHER_MESH_TLS_KEY: 'key.pem' }), { MESHER_MESH_TLS_KEY: /set both/ })
})

t.test('the cookie is never a flag: everybody on the machine would see it', async t => {
  t.equal(settingsTable.cookie.flag, null)
  t.equal(configOf({ cookie: 'from-a-flag-that-is-none' }).cookie, null)
})

t.test('all bad values are reported at once, each under the flag or variable that it came from', async t => {
  t.strictSame(
    Object.keys(errorsOf({ port: 'x' }, { MESHER_FLUSH_MS: 'y', DATABASE_URL: 'z', MESHER_HOST: '::' })).sort(),
    ['--port', 'DATABASE_URL', 'MESHER_FLUSH_MS']
  )
})

t.test('a secret may stand in a file, but not in two places', async t => {
  const file = path.join(t.testdir(), 'token')
  writeFileSync(file, 'a-token-of-enough-length\n')
  t.equal(configOf({}, { MESHER_METRICS_TOKEN_FILE: file }).metricsToken, 'a-token-of-enough-length')

  t.match(errorsOf({}, { MESHER_METRICS_TOKEN_FILE: file, MESHER_METRICS_TOKEN: 'another-token-of-length' }), {
    MESHER_METRICS_TOKEN_FILE: /both set/
  })
  t.match(errorsOf({}, { DATABASE_URL_FILE: path.join(path.dirname(file), 'missing') }), {
    DATABASE_URL_FILE: /cannot be read: ENOENT/
  })
})

t.test('a misspelt variable is warned about, with the one that was probably meant', async t => {
  t.strictSame(loadConfig({}, { MESHER_PROT: '1', MESHER_ELEPHANT: '1', MESHER_PORT: '1', PORT: '1' }).warnings, [
    'MESHER_ELEPHANT is not a setting of Mesher and does nothing.',
    'MESHER_PROT is not a setting of Mesher and does nothing. Did you mean MESHER_PORT?'
  ])
})

t.test('the default node name follows the data folder, so that two on one machine differ', async t => {
  t.equal(configOf({ data: '/a' }).nodeName, configOf({ data: '/a/' }).nodeName)
  t.not(configOf({ data: '/a' }).nodeName, configOf({ data: '/b' }).nodeName)
  t.equal(configOf({ nodeName: 'web-1' }).nodeName, 'web-1')
})
