// Goal: lines are whole and at once, secrets never show, and errors carry a stack exactly when it helps.
// Method: a log that writes into a list.
import assert from 'node:assert'
import { readFileSync } from 'node:fs'
import t from 'tap'
import { createLog, maskCredentials } from '../../../services/machine/log.ts'
import type { Log, LogLevel } from '../../../schema/log.ts'

function listening(level: LogLevel, pretty: { colours: boolean } | null = null): { log: Log; lines: string[] } {
  const lines: string[] = []
  return { lines, log: createLog({ level, pretty, write: line => lines.push(line) }) }
}

function errorOf(read: () => unknown): Error {
  try {
    read()
  } catch (error) {
    if (error instanceof Error) return error
  }
  throw new Error('no error was thrown')
}

t.test('writes one JSON object a line, with level and time as words, from its level up', async t => {
  const { log, lines } = listening('info')
  log.debug('unseen')
  log.child({ node: 'a' }).info({ port: 8080 }, 'ready')

  t.equal(lines.length, 1)
  t.ok(lines[0]?.endsWith('\n'))
  t.match(JSON.parse(lines[0] ?? ''), {
    level: 'info',
    time: /^\d{4}-\d\d-\d\dT[\d:.]+Z$/,
    node: 'a',
    port: 8080,
    msg: 'ready'
  })
})

t.test('names every error of several, with a stack unless all are operating errors', async t => {
  const { log, lines } = listening('info')
  const refused = Object.assign(new Error('refused'), { code: 'ECONNREFUSED' })
  log.warn({ err: new AggregateError([refused, refused], 'two failed') }, 'failed')
  log.warn({ err: new AggregateError([refused, new TypeError('no function')], 'two failed') }, 'failed')
  const [operating, mistake] = lines.map(line => JSON.parse(line).err)
  t.same(operating, {
    type: 'AggregateError',
    message: 'two failed',
    errors: [refused, refused].map(({ message, code }) => ({ type: 'Error', message, code }))
  })
  t.match(mistake, { stack: /two failed/, errors: [{ code: 'ECONNREFUSED' }, { stack: /no function/ }] })
})

t.test('writes for people on a terminal, with and without colours', async t => {
  const plain = listening('info', { colours: false })
  plain.log.warn({ files: 3 }, 'the spool holds files')
  t.match(plain.lines[0], /^\[\d\d:\d\d:\d\d\.\d{3}\] WARN: the spool holds files.*"files":3/)

  const coloured = listening('info', { colours: true })
  coloured.log.warn('careful')
  t.ok(coloured.lines[0]?.includes('\u001b['))
})

t.test('hides fields that hold secrets, one level deep too', async t => {
  const { log, lines } = listening('info')
  log.info({ key: 'a1b2', request: { authorization: 'Bearer x', path: '/' }, token: 'abc' }, 'seen')
  t.match(JSON.parse(lines[0] ?? ''), {
    key: '[hidden]',
    request: { authorization: '[hidden]', path: '/' },
    token: '[hidden]'
  })
})

t.test('hides what stands before the @ of a URL and keys in a query, wherever they are', async t => {
  const { log, lines } = listening('info')
  log.error(
    { err: new Error('no postgres://user:pass@db:5432/mesher here') },
    'DSN http://0123456789abcdef0123456789abcdef@host/1?sentry_key=abc&x=1'
  )
  const line = lines.join('')
  t.notMatch(line, /pass|0123456789abcdef|abc&/)
  t.ok(line.includes('postgres://[hidden]@db:5432/mesher'))
  t.equal(maskCredentials('mail to a@b.example at https://host/x?y=1'), 'mail to a@b.example at https://host/x?y=1')
})

t.test('an operating error has no stack unless the level is debug; a mistake of ours always has one', async t => {
  const operating = errorOf(() => readFileSync('/no/such/file'))
  const mistakes = [errorOf(() => JSON.parse('{')), errorOf(() => assert(false)), errorOf(() => Buffer.alloc(-1))]

  const info = listening('info')
  info.log.warn({ err: operating }, 'x')
  t.match(JSON.parse(info.lines[0] ?? ''), { err: { code: 'ENOENT', message: /no such file/, stack: undefined } })
  for (const err of mistakes) {
    const { log, lines } = listening('info')
    log.error({ err }, 'x')
    t.match(JSON.parse(lines[0] ?? ''), { err: { type: err.name, stack: /log\.test/ } })
  }

  const debug = listening('debug')
  debug.log.warn({ err: operating }, 'x')
  t.match(JSON.parse(debug.lines[0] ?? ''), { err: { stack: /ENOENT/ } })
})

t.test('shows what caused an error', async t => {
  const { log, lines } = listening('info')
  log.error({ err: new Error('no start', { cause: new Error('port taken') }) }, 'x')
  t.match(JSON.parse(lines[0] ?? ''), { err: { message: 'no start', cause: { message: 'port taken' } } })
})
