// Goal: whatever goes wrong in an operation, the caller gets a problem that says what they can do and nothing of our
// insides. Method: operations that fail in every way, called as the edge does; a database that is not there, by a port
// where nobody listens.
import t from 'tap'
import * as v from 'valibot'
import { ownAddress } from '../../api/origin.ts'
import { apiCaller } from '../../api/call.ts'
import { operation, plain, type Operation } from '../../api/operation.ts'
import { invalidField, problem } from '../../api/problems.ts'
import type { HttpCall } from '../../api/request.ts'
import type { Log } from '../../schema/log.ts'
import { connect } from '../../services/database/sql.ts'
import { testDatabase } from '../support/database.ts'

const call: HttpCall = {
  params: [],
  query: '',
  cookie: '',
  authorization: '',
  origin: '',
  fetchSite: '',
  host: 'localhost',
  contentType: '',
  userAgent: '',
  remoteAddress: '127.0.0.1',
  isSecure: false,
  body: new Uint8Array(0),
  port: 1
}
const facts = {
  ...plain,
  id: 'test',
  method: 'post',
  path: '/api/v1/test',
  tag: 'Test',
  summary: 'Test',
  access: { who: 'anyone' },
  responses: { 200: { description: 'All is well' } }
} as const

function failing(handle: () => Promise<{ status: 200 }>): Operation {
  return operation({ ...facts, handle })
}

function logInto(lines: unknown[]): Log {
  const method = (...line: unknown[]) => {
    lines.push(line)
  }
  const log: Log = { debug: method, info: method, warn: method, error: method, child: () => log }
  return log
}

const node = {
  processes: async () => [],
  nodes: async () => [],
  restart: async () => 'unknown' as const,
  pipeline: async () => {
    throw new Error('no node runs here')
  }
}
const alone = {
  node,
  issuesChanged: () => {},
  symbols: { find: () => ({ kind: 'unknown' as const }), load: async () => {} },
  openOrganizations: false,
  alerting: {
    allowPrivate: false,
    publicUrl: '',
    send: async () => ({ ok: true, detail: '', isFinal: false }),
    sendMail: null
  }
}

t.test('refusals keep their status and words, and are not logged', async t => {
  const { sql } = await testDatabase(t)
  const lines: unknown[] = []
  const run = apiCaller({ sql, now: Date.now, own: ownAddress(null, logInto(lines)), ...alone, log: logInto(lines) })
  t.match(
    await run(
      failing(async () => {
        throw problem(409, 'taken')
      }),
      call
    ),
    {
      status: 409,
      type: 'application/problem+json',
      body: { type: 'urn:mesher:problem:conflict', title: 'Conflict', detail: 'taken' }
    }
  )
  t.match(
    await run(
      failing(async () => {
        throw invalidField('slug', 'is taken')
      }),
      call
    ),
    { status: 400, body: { errors: [{ path: 'slug', message: 'is taken' }] } }
  )
  const { headers } = await run(
    failing(async () => {
      throw problem(429, 'later', { retryAfterS: 0.2 })
    }),
    call
  )
  t.same(headers, [['Retry-After', '1']])
  t.same(lines, [])
})

t.test(
  'values that PostgreSQL does not take are 400, mistakes of ours are 503; both are logged, neither is told',
  async t => {
    const { sql } = await testDatabase(t)
    const lines: unknown[] = []
    const run = apiCaller({ sql, now: Date.now, own: ownAddress(null, logInto(lines)), ...alone, log: logInto(lines) })
    const tooLarge = await run(
      failing(async () => ({ status: 200, body: await sql`select ${'99999999999'}::int` })),
      call
    )
    t.match(tooLarge, { status: 400 })
    const mistake = await run(
      failing(async () => ({ status: 200, body: await sql`select nothing from nowhere` })),
      call
    )
    t.match(mistake, { status: 503, headers: [['Retry-After', '1']] })
    t.notMatch(JSON.stringify([tooLarge, mistake]), /integer|nowhere|select/)
    t.equal(lines.length, 2)
  }
)

t.test('without a database every operation that needs it is 503 and says when to come again', async t => {
  const sql = connect({ url: 'postgres://nobody@127.0.0.1:1/none', max: 1 })
  t.teardown(() => sql.end())
  const lines: unknown[] = []
  const run = apiCaller({ sql, now: Date.now, own: ownAddress(null, logInto(lines)), ...alone, log: logInto(lines) })
  const me = operation({ ...facts, access: { who: 'user', scope: 'read' }, handle: async () => ({ status: 200 }) })
  t.match(await run(me, { ...call, cookie: `mesher_session=${'a'.repeat(43)}`, origin: 'http://localhost' }), {
    status: 503,
    headers: [['Retry-After', '5']]
  })
  t.match(await run(me, { ...call, authorization: `Bearer mshr_${'a'.repeat(43)}` }), { status: 503 })
  t.match(await run(me, { ...call, authorization: 'Basic nonsense' }), { status: 401 }, 'of a login in front of Mesher')
  t.match(
    await run(me, call),
    { status: 401, headers: [['WWW-Authenticate', 'Bearer']] },
    'nobody needs no database to be refused'
  )
  t.same(lines, [], 'an outage is logged by who watches the database')
})

t.test('what shows an address shows the one that the request came to, until another is set', async t => {
  const { sql } = await testDatabase(t)
  const address = operation({
    ...facts,
    responses: { 200: { description: 'The address', schema: v.object({ address: v.string() }) } },
    handle: async ({ context: { publicUrl } }) => ({ status: 200, body: { address: publicUrl } })
  })
  async function shown(publicUrl: string | null, sent: Partial<HttpCall>): Promise<unknown> {
    const run = apiCaller({ sql, now: Date.now, own: ownAddress(publicUrl, logInto([])), ...alone, log: logInto([]) })
    return (await run(address, { ...call, ...sent })).body
  }
  const shows = (address: string) => ({ address })
  t.same(await shown(null, { host: 'errors.example.com:8080' }), shows('http://errors.example.com:8080'))
  t.same(await shown(null, { host: 'errors.example.com', isSecure: true }), shows('https://errors.example.com'))
  t.same(await shown(null, { host: '[::1]:8080' }), shows('http://[::1]:8080'))
  for (const host of ['', 'a b', 'evil.example/x?', 'user@evil.example', 'a:999999']) {
    t.same(await shown(null, { host, port: 8080 }), shows('http://localhost:8080'), `a host of “${host}”`)
  }
  t.same(await shown('https://set.example', { host: 'other.example' }), shows('https://set.example'))
})

t.test('an answer that differs from its schema, or was not declared, is a failure here', async t => {
  const { sql } = await testDatabase(t)
  const lines: unknown[] = []
  const run = apiCaller({ sql, now: Date.now, own: ownAddress(null, logInto(lines)), ...alone, log: logInto(lines) })
  const { run: answered, ...declared } = operation({ ...facts, handle: async () => ({ status: 200 }) })
  t.match(await run({ ...declared, run: answered }, call), { status: 200 })
  t.match(await run({ ...declared, run: async () => ({ status: 201 }) }, call), { status: 503 })
  t.match(await run({ ...declared, run: async () => ({ status: 200, body: {} }) }, call), { status: 503 })
  const responses = { 200: { description: 'A number', schema: v.object({ n: v.number() }) } }
  t.match(await run({ ...declared, responses, run: async () => ({ status: 200, body: { n: 1 } }) }, call), {
    status: 200
  })
  t.match(await run({ ...declared, responses, run: async () => ({ status: 200, body: { n: '1' } }) }, call), {
    status: 503
  })
  t.match(lines, [
    [{ err: { message: 'test has declared no answer 201' } }],
    [{ err: { message: /^answer 200 of test: / } }],
    [{ err: { message: /^answer 200 of test: n: / } }]
  ])
})

t.test('names of parameters are found in the path, decoded, and refused when they cannot be', async t => {
  const { sql } = await testDatabase(t)
  const run = apiCaller({
    sql,
    now: Date.now,
    own: ownAddress('https://errors.example.com', logInto([])),
    ...alone,
    log: logInto([])
  })
  const echo = operation({
    ...facts,
    path: '/api/v1/test/:first/parts/:second',
    params: { first: v.string(), second: v.string() },
    responses: { 200: { description: 'What was asked', schema: v.looseObject({}) } },
    query: v.strictObject({ tag: v.optional(v.union([v.string(), v.array(v.string())])) }),
    handle: async ({ params, query, context, isSecure }) => ({
      status: 200,
      body: { params, query, url: context.publicUrl, isSecure }
    })
  })
  const asked = async (params: string[], query = '') => await run(echo, { ...call, params, query })
  t.same((await asked(['a%2Fb', '%C3%A4'], 'tag=a%3Db&tag=c+d')).body, {
    params: { first: 'a/b', second: 'ä' },
    query: { tag: ['a=b', 'c d'] },
    url: 'https://errors.example.com',
    isSecure: true
  })
  for (const [params, query] of [
    [['%', 'x'], ''],
    [['%ff', 'x'], ''],
    [['a%00', 'x'], ''],
    [['a', 'x'], 'tag=%E4'],
    [['a', 'x'], 'other=1'],
    [['a', 'x'], '__proto__=1'],
    [['a', 'x'], 'tag=1&'.repeat(101)]
  ] as const) {
    t.equal((await asked([...params], query)).status, 400, `${params.join()} ${query.slice(0, 20)}`)
  }
})
