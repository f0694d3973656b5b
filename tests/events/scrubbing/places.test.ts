// Goal: secrets go from every part of an event that users' data reaches; what describes a program stays as it is.
// Method: one text with a secret is put into each place of an event, then the stored payload is looked at.
import t from 'tap'
import { normalise } from '../../../events/normalise.ts'
import type { IncomingEvent } from '../../../schema/event.ts'
import type { ProjectSettings } from '../../../schema/pipeline.ts'

const planted = 'postgres://ann:hunter2@db/shop'
const shown = 'postgres://ann:[Filtered]@db/shop'
const byDefault: ProjectSettings['scrub'] = { enabled: true, fields: [], safeFields: [], ip: 'keep' }

const stored = (event: IncomingEvent, scrub = byDefault) => {
  const kept = normalise(event, Date.UTC(2026, 10, 29), scrub).event
  return JSON.parse(JSON.stringify({ ...kept, timestamp: undefined, level: undefined })) as unknown
}

const reached: Record<string, (text: string) => IncomingEvent> = {
  message: text => ({ message: text }),
  'logentry.message': text => ({ logentry: { message: text } }),
  'logentry.formatted': text => ({ logentry: { formatted: text } }),
  'logentry.params': text => ({ logentry: { message: 'x', params: [text] } }),
  transaction: text => ({ message: 'x', transaction: text }),
  'exception.value': text => ({ exception: { values: [{ type: 'A', value: text }] } }),
  'mechanism.data': text => ({ exception: { values: [{ type: 'A', mechanism: { data: { reason: text } } }] } }),
  'frame.vars': text => ({ exception: { values: [{ type: 'A', stacktrace: { frames: [{ vars: { a: text } }] } }] } }),
  'breadcrumb.message': text => ({ message: 'x', breadcrumbs: { values: [{ message: text }] } }),
  'breadcrumb.data': text => ({ message: 'x', breadcrumbs: { values: [{ data: { deep: [{ a: text }] } }] } }),
  tags: text => ({ message: 'x', tags: { db: text } }),
  'user, other members': text => ({ message: 'x', user: { id: 'u', note: text } }),
  'request.url': text => ({ message: 'x', request: { url: text } }),
  'request.headers': text => ({ message: 'x', request: { headers: { Referer: text } } }),
  'request.headers as pairs': text => ({ message: 'x', request: { headers: [['Referer', text]] } }),
  'request.data': text => ({ message: 'x', request: { data: text } }),
  'request.env': text => ({ message: 'x', request: { env: { DATABASE_URL: text } } }),
  contexts: text => ({ message: 'x', contexts: { app: { dsn: text } } }),
  extra: text => ({ message: 'x', extra: { deep: { list: [text] } } }),
  csp: text => ({ csp: { 'document-uri': text } })
}
for (const [place, event] of Object.entries(reached)) {
  t.test(`${place} is scrubbed`, async t => t.same(stored(event(planted)), stored(event(shown))))
}

const left: Record<string, IncomingEvent> = {
  'file names, functions and lines of the program': {
    exception: {
      values: [
        {
          type: 'A',
          stacktrace: {
            frames: [
              {
                filename: '/app/password=x/a.js',
                abs_path: 'https://a.example/a.js?token=x',
                function: 'token:x',
                context_line: "const password = 'example'",
                pre_context: ["const token = 'example'"],
                post_context: ["login({ password: 'example' })"]
              }
            ]
          }
        }
      ]
    }
  },
  'versions of packages': {
    message: 'x',
    modules: { jsonwebtoken: '9.0.2', passport: '0.7.0', 'cookie-parser': '1.4.6', csrf: '3.1.0' }
  },
  'packages of the SDK': {
    message: 'x',
    sdk: { name: 'sentry.php', version: '4.0.0', packages: [{ name: 'auth', version: '1.0.0' }] }
  },
  'images of a native program': { message: 'x', debug_meta: { images: [{ code_file: '/usr/lib/libtoken=x.so' }] } },
  'who it was': { message: 'x', user: { id: '4111111111111111', username: '078-05-1120' } },
  'working directories': { message: 'x', request: { env: { PWD: '/srv/app' } }, extra: { pwd: 'C:\\app' } },
  'names of browsers': {
    message: 'x',
    request: { headers: { 'User-Agent': 'Mozilla/5.0 (token=x; 4111111111111111)' } }
  },
  'counts of tokens': { message: 'x', extra: { max_tokens: 4096, tokens: 12 } }
}
for (const [what, event] of Object.entries(left)) {
  t.test(`${what} stay`, async t => {
    t.same(stored(event), stored(event, { enabled: false, fields: [], safeFields: [], ip: 'keep' }))
  })
}

t.test('arguments of a command: the one behind an option that names a secret', async t => {
  const argv = ['mysql', '--user', 'root', '--password', 'hunter2', '--token=abc', 'shop']
  t.match(stored({ message: 'x', extra: { argv } }), {
    extra: { argv: ['mysql', '--user', 'root', '--password', '[Filtered]', '--token=[Filtered]', 'shop'] }
  })
})

t.test('safe fields keep their values, by name and by what they hold', async t => {
  const scrub = { ...byDefault, fields: ['customer'], safeFields: ['Session-Token', 'dsn'] }
  const event = {
    message: 'x',
    extra: { session_token: 'a', token: 'b', customer_no: 'c', dsn: planted, other: planted }
  }
  t.match(stored(event, scrub), {
    extra: { session_token: 'a', token: '[Filtered]', customer_no: '[Filtered]', dsn: planted, other: shown }
  })
})
