// Goal: the preview shows what would be stored, and names everything that was removed, where and why. Method: the
// planted secrets of the scrubbing tests in every place of an event; then each kind of reason.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import t from 'tap'
import { nameTable } from '../../../events/scrubbing/name-table.ts'
import { filtered, secretNames } from '../../../events/scrubbing/names.ts'
import { previewScrub, type PreviewOptions } from '../../../events/scrubbing/preview.ts'
import { valueTable } from '../../../events/scrubbing/texts.ts'
import { project, prepared, receivedAt } from '../../support/events.ts'

function previewed(value: unknown, scrub: Partial<PreviewOptions['project']['scrub']> = {}, format = 'event' as const) {
  const options = { format, now: receivedAt, project: { ...project, scrub: { ...project.scrub, ...scrub } } }
  const result = previewScrub(value, options)
  assert(result.ok, JSON.stringify(result))
  return result.preview
}

const removedFrom = (value: unknown, scrub = {}) =>
  previewed(value, scrub).removed.map(({ path, kind }) => [path.join('.'), kind])

const event = {
  message: 'card 4111 1111 1111 1111 was refused',
  environment: 'production',
  user: { id: '7', ip_address: '192.0.2.7' },
  extra: {
    db_password: 'x',
    customer_number: '12',
    order: 5,
    nested: [{ token: 't' }],
    args: ['--password', 'hunter2']
  },
  request: {
    url: 'https://shop.example/?token=abc&page=2',
    headers: [
      ['Cookie', 'a=b'],
      ['X-Forwarded-For', '192.0.2.7'],
      ['Accept', '*/*']
    ],
    data: '{"pin":"1234","a":1}'
  }
}

t.test('every removal is told with its place and its reason', async t => {
  t.same(removedFrom(event), [
    ['message', 'value'],
    ['request.url', 'value'],
    ['request.headers.0.1', 'name'],
    ['request.data', 'value'],
    ['extra.db_password', 'name'],
    ['extra.nested.0.token', 'name'],
    ['extra.args.1', 'name']
  ])
  const [card, query] = previewed(event).removed
  t.match([card?.reason, query?.reason], ['it holds card numbers', 'it holds names with values'])
  t.same(removedFrom({ message: 'm', request: { data: 'a=1&session=3' } }), [['request.data', 'pair']])
})

t.test('settings: fields of the project, safe fields, addresses, and none at all', async t => {
  const scrub = { fields: ['customer number'], safeFields: ['db_password'], ip: 'drop' as const }
  const removed = removedFrom(event, scrub)
  t.ok(removed.some(([path, kind]) => path === 'extra.customer_number' && kind === 'field'))
  t.notOk(removed.some(([path]) => path === 'extra.db_password'))
  t.ok(removed.some(([path, kind]) => path === 'user.ip_address' && kind === 'address'))
  t.ok(removed.some(([path, kind]) => path === 'request.headers.1' && kind === 'address'))
  const off = previewed(event, { enabled: false })
  t.same(off.removed, [])
  t.same(off.after, off.before)
})

t.test('after is what is stored, and before has everything', async t => {
  const { before, after } = previewed(event)
  t.same(after, JSON.parse(prepared(event).payload))
  t.match(JSON.stringify(before), /4111 1111 1111 1111.*hunter2/)
  t.notMatch(JSON.stringify(after), /4111 1111|hunter2|"abc"/)
})

t.test('events of SDKs of Sentry are coerced, native ones must be right', async t => {
  const options = { now: receivedAt, project }
  const value = { message: 'm', level: 'weird', extra: { password: 'x' } }
  t.match(previewScrub(value, { ...options, format: 'event' }), { ok: false, errors: [{ path: 'level' }] })
  t.match(previewScrub(value, { ...options, format: 'sentry' }), {
    ok: true,
    preview: { after: { level: 'error', extra: { password: filtered } } }
  })
  for (const wrong of [[], 'text', 5, null]) t.notOk(previewScrub(wrong, { ...options, format: 'sentry' }).ok)
})

t.test('removals are told up to a bound', async t => {
  const extra = Object.fromEntries(
    Array.from({ length: 40 }, (_, index) => [
      `part${index}`,
      Object.fromEntries(Array.from({ length: 40 }, (_, member) => [`token${member}`, 'x']))
    ])
  )
  const { removed, removed_count: count } = previewed({ message: 'm', extra })
  t.equal(removed.length, 1_000)
  t.ok(count > 1_000)
})

t.test('what people are told is what is removed, in the document too', async t => {
  const isSecret = secretNames([], [])
  const page = fs.readFileSync('docs/privacy.md', 'utf8').replaceAll(/\s+/g, ' ').toLowerCase()
  for (const { what, anywhere = [], whole = [], parts = [], lastParts = [], examples } of nameTable) {
    t.ok(page.includes(what), `${what} is in docs/privacy.md`)
    for (const name of [...anywhere, ...whole, ...examples, ...parts, ...lastParts.map(part => `my_${part}`)]) {
      t.ok(isSecret(name), name)
    }
    for (const word of [...anywhere, ...whole, ...parts, ...lastParts, ...examples]) {
      t.ok(page.includes(word.toLowerCase()), `${word} is in docs/privacy.md`)
    }
  }
  for (const { what, how } of valueTable) {
    t.ok(page.includes(what.toLowerCase()), what)
    t.ok(page.includes(how.replaceAll(/\s+/g, ' ').toLowerCase()), how)
  }
})
