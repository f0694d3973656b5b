// Goal: each kind of target gets what it understands, once, from an address that was judged; whatever the other side
// does, the sender says how it ended. Method: real servers on this machine, well-behaved and not; names that resolve as
// the test says.
import { createHmac } from 'node:crypto'
import { createServer, type Socket } from 'node:net'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import * as v from 'valibot'
import { maskedAction, restoredActions } from '../../../events/alert-actions.ts'
import { requestsOf } from '../../../events/channels/requests.ts'
import { parseTemplate } from '../../../events/channels/webhook-template.ts'
import { action as actionSchema, type Action, type Notification, type NotifiedAlert } from '../../../schema/alerts.ts'
import { channels } from '../../../schema/channels.ts'
import { sender } from '../../../services/alerts/send-notification.ts'
import { mailer } from '../../../services/machine/mail.ts'
import { mailServer, receiver } from '../../support/receiver.ts'

const links = { publicUrl: 'https://errors.example.com' }
const options = { allowPrivate: true, sendMail: null, ...links }

function alert(others: Partial<NotifiedAlert> = {}): NotifiedAlert {
  return {
    id: '01900000-0000-7000-8000-000000000001',
    subject: '01900000-0000-7000-8000-00000000000a',
    isResolved: false,
    kind: 'new_issue',
    value: null,
    threshold: null,
    windowMinutes: null,
    of: null,
    firedAt: new Date('2026-11-23T12:00:00Z'),
    issue: {
      id: '01900000-0000-7000-8000-00000000000a',
      shortId: 'WEB-7',
      title: 'TypeError: x is not a function',
      culprit: '/cart',
      level: 'error',
      eventCount: 3
    },
    ...others
  }
}

function notification(others: Partial<Notification> = {}): Notification {
  return {
    deliveryId: '01900000-0000-7000-8000-0000000000ff',
    isTest: false,
    isResolution: false,
    project: { id: '1', slug: 'web', name: 'Web', organization: 'acme' },
    rule: { id: '01900000-0000-7000-8000-0000000000aa', name: 'New issues', kind: 'new_issue' },
    alerts: [alert()],
    alertCount: 1,
    ...others
  }
}

t.test('a webhook carries the alert and is signed over time and body', async t => {
  const target = await receiver(t)
  const result = await sender(options)(
    { type: 'webhook', url: `${target.url}/hook?a=1`, secret: 'top secret' },
    notification()
  )
  t.same(result, { ok: true, detail: 'answered 200', isFinal: false })
  const [{ method, path, headers, body } = { method: '', path: '', headers: {}, body: '' }] = target.received
  t.same([method, path, headers['content-type']], ['POST', '/hook?a=1', 'application/json'])
  t.equal(headers['x-mesher-delivery'], notification().deliveryId)
  const [, time, signature] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(headers['x-mesher-signature'])) ?? []
  t.equal(signature, createHmac('sha256', 'top secret').update(`${time}.${body}`).digest('hex'))
  t.equal(headers['x-mesher-timestamp'], time)
  t.match(JSON.parse(body), {
    test: false,
    title: 'Web: New issue: WEB-7 TypeError: x is not a function',
    project: { id: '1', slug: 'web' },
    rule: { name: 'New issues', type: 'new_issue' },
    alert: {
      id: alert().id,
      issue: { short_id: 'WEB-7' },
      url: 'https://errors.example.com/acme/web/issues/01900000-0000-7000-8000-00000000000a'
    },
    alert_count: 1
  })

  await sender(options)({ type: 'webhook', url: target.url }, notification())
  t.notOk('x-mesher-signature' in (target.received[1]?.headers ?? {}), 'without a secret there is nothing to sign with')
})

t.test('every answer but a success is a failure, and redirects lead nowhere', async t => {
  const other = await receiver(t)
  for (const [status, ok] of [
    [200, true],
    [204, true],
    [301, false],
    [307, false],
    [404, false],
    [500, false]
  ] as const) {
    const target = await receiver(t, response => {
      response.writeHead(status, { location: other.url }).end()
    })
    t.same(await sender(options)({ type: 'webhook', url: target.url }, notification()), {
      ok,
      detail: `answered ${status}`,
      isFinal: false
    })
  }
  t.same(other.received, [])
})

t.test('an answer without an end is read to its bound, and one that breaks off counts as it began', async t => {
  const endless = await receiver(t, response => {
    response.writeHead(200)
    const chunk = Buffer.alloc(64 * 1024)
    const more = (): void => {
      while (response.writable && response.write(chunk));
    }
    response.on('drain', more)
    more()
  })
  t.match(await sender(options)({ type: 'webhook', url: endless.url }, notification()), { ok: true })
  const broken = await receiver(t, response => {
    response.writeHead(200, { 'content-length': '100' })
    response.write('a', () => response.destroy())
  })
  t.match(await sender(options)({ type: 'webhook', url: broken.url }, notification()), { ok: true })
})

t.test('who does not answer in time is not waited for: silence, drips, a name that does not resolve', async t => {
  const silent = await rawServer(t, () => {})
  const dripping = await rawServer(t, socket => {
    socket.write('HTTP/1.1 200 OK\r\nX-Slow: ')
    const drip = setInterval(() => socket.write('a'), 20)
    socket.on('close', () => clearInterval(drip))
  })
  for (const port of [silent, dripping]) {
    t.same(
      await sender({ ...options, timeoutMs: 200 })(
        { type: 'webhook', url: `http://127.0.0.1:${port}` },
        notification()
      ),
      { ok: false, detail: 'no answer within 0.2 s', isFinal: false }
    )
  }
  const neverResolved = sender({ ...options, timeoutMs: 200, resolve: () => new Promise(() => {}) })
  t.match(await neverResolved({ type: 'webhook', url: 'http://hooks.example.com' }, notification()), {
    ok: false,
    detail: 'no answer within 0.2 s'
  })
})

t.test('the connection goes to the address that was judged, whatever the name says by then', async t => {
  const target = await receiver(t)
  let asked = 0
  const send = sender({
    ...options,
    resolve: async () => {
      asked += 1
      return [{ address: asked === 1 ? '127.0.0.1' : '192.0.2.1', family: 4 }]
    }
  })
  t.match(await send({ type: 'webhook', url: `http://rebinding.example.com:${target.port}/` }, notification()), {
    ok: true
  })
  t.equal(asked, 1)
  t.equal(target.received[0]?.headers.host, `rebinding.example.com:${target.port}`)
})

t.test('of several addresses that were judged one that answers is enough', async t => {
  const target = await receiver(t)
  const send = sender({
    ...options,
    resolve: async () => [
      { address: '::1', family: 6 },
      { address: '127.0.0.1', family: 4 }
    ]
  })
  t.match(await send({ type: 'webhook', url: `http://both.example.com:${target.port}/` }, notification()), { ok: true })
})

t.test(
  'private targets are refused unless they are allowed: by their text for good, behind names like unknown ones',
  async t => {
    const target = await receiver(t)
    const resolve = async () => [{ address: '127.0.0.1', family: 4 as const }]
    const send = sender({ ...options, allowPrivate: false, resolve })
    for (const url of [
      target.url,
      `http://localhost:${target.port}`,
      `http://hooks.example.com:${target.port}`,
      `http://[::ffff:127.0.0.1]:${target.port}`
    ]) {
      const isFinal = !url.includes('hooks.example.com')
      for (const type of ['webhook', 'slack', 'discord'] as const) {
        t.match(await send({ type, url }, notification()), { ok: false, isFinal }, url)
      }
    }
    const unknown = sender({ ...options, allowPrivate: false, resolve: () => Promise.reject(new Error('ENOTFOUND')) })
    const action = { type: 'webhook' as const, url: 'http://db.corp.example/' }
    t.same(
      await send(action, notification()),
      await unknown(action, notification()),
      'nobody learns which names there are'
    )
    t.same(target.received, [])
  }
)

const hostile = alert({
  issue: {
    id: 'i',
    shortId: 'WEB-8',
    title: '<!channel> @everyone\r\n*b* `c` [x](http://evil) <@1> & \u0007 ' + 'y'.repeat(3_000),
    culprit: '',
    level: 'error',
    eventCount: 1
  }
})

t.test('Slack and Discord get messages in which titles are text and mention nobody', async t => {
  const target = await receiver(t)
  const send = sender(options)
  const many = notification({ alerts: Array.from({ length: 20 }, () => hostile), alertCount: 345 })
  await send({ type: 'slack', url: target.url }, many)
  await send({ type: 'discord', url: target.url }, many)
  const [slack, discord] = target.received.map(({ body }) => JSON.parse(body))
  t.match(slack.text, /^\*Web: 345 new issues\*\n/)
  for (const text of [slack.text, discord.content]) {
    const [head = '', ...lines]: string[] = text.split('\n')
    const rest = lines.pop()
    t.ok(head.length > 0 && lines.length > 0)
    t.ok(
      lines.every(line => /^(•|-) .*>$/.test(line)),
      'every line is whole'
    )
    t.equal(rest, `and ${345 - lines.length} more`)
  }
  t.ok(slack.text.length <= 4_000)
  t.notMatch(slack.text, /<!|<@/)
  t.match(slack.text, /&lt;!channel&gt;/)
  t.match(discord.content, /^\*\*Web\\: 345 new issues\*\*\n/)
  t.ok([...discord.content].length <= 2_000)
  t.notMatch(discord.content, /(?<!\\)@everyone|(?<!\\)\[x/)
  t.same(discord.allowed_mentions, { parse: [] })
})

t.test(
  'mail goes to all recipients at once, with the same id at every attempt and no line of a title in its head',
  async t => {
    const { url, mails } = await mailServer(t)
    const send = sender({ ...options, sendMail: mailer({ ...links, smtpUrl: `${url}?from=mesher@example.com` }) })
    const action = { type: 'email' as const, to: ['a@example.com', 'b@example.com'] }
    for (let attempt = 0; attempt < 2; attempt++) {
      t.match(await send(action, notification({ alerts: [hostile] })), {
        ok: true,
        detail: 'accepted by the mail server'
      })
    }
    const [first, second] = mails
    t.same([first?.from, first?.to], ['mesher@example.com', action.to])
    const idOf = (source = ''): string => /^Message-ID: (.+)$/im.exec(source)?.[1] ?? ''
    t.match(idOf(first?.source), /^<01900000-0000-7000-8000-0000000000ff@errors\.example\.com>/)
    t.equal(idOf(first?.source), idOf(second?.source))
    t.notMatch(first?.source.split('\r\n\r\n')[0], /^\*b\*/m)
    await send(action, notification())
    t.match(mails[2]?.source, /^Subject: \[Mesher\] Web: New issue: WEB-7 TypeError/m)
    t.match(first?.source, /^Auto-Submitted: auto-generated/m)

    t.match(await send({ type: 'email', to: ['refused@example.com', 'b@example.com'] }, notification()), {
      ok: false,
      detail: 'accepted, but not for 1 of 2 recipients',
      isFinal: false,
      recipients: ['refused@example.com']
    })
    t.match(await send({ type: 'email', to: ['refused@example.com'] }, notification()), { ok: false, isFinal: false })
  }
)

t.test('without a mail server, and with one that is away, mail fails and may be tried again', async t => {
  t.same(await sender(options)({ type: 'email', to: ['a@example.com'] }, notification()), {
    ok: false,
    detail: 'no mail server is configured (MESHER_SMTP_URL)',
    isFinal: false
  })
  t.match(
    await sender({ ...options, sendMail: mailer({ ...links, smtpUrl: 'smtp://127.0.0.1:1' }) })(
      { type: 'email', to: ['a@example.com'] },
      notification()
    ),
    { ok: false, detail: /ECONNREFUSED/, isFinal: false }
  )
})

t.test('a mail server that talks without end is not listened to for ever', async t => {
  const port = await rawServer(t, socket => {
    socket.write('220 mail.example.com\r\n')
    const drip = setInterval(() => socket.write('250-and more\r\n'), 20)
    socket.on('close', () => clearInterval(drip))
  })
  const result = await sender({
    ...options,
    sendMail: mailer({ ...links, smtpUrl: `smtp://127.0.0.1:${port}`, timeoutMs: 1_000 })
  })({ type: 'email', to: ['a@example.com'] }, notification())
  t.same(result, { ok: false, detail: 'the mail server took longer than 2.5 s', isFinal: false })
})

t.test(
  'the sender is the user of the mail server where that is an address, else a name at the public host',
  async t => {
    const { url, mails } = await mailServer(t)
    const action = { type: 'email' as const, to: ['a@example.com'] }
    await sender({ ...options, sendMail: mailer({ ...links, smtpUrl: url }) })(action, notification())
    t.equal(mails[0]?.from, 'mesher@errors.example.com')
  }
)

t.test('thresholds are told with their numbers, tests as tests', async t => {
  const target = await receiver(t)
  const over = alert({ kind: 'threshold', value: 120, threshold: 100, windowMinutes: 5, of: 'events', issue: null })
  await sender(options)(
    { type: 'slack', url: target.url },
    notification({ rule: { id: 'r', name: 'Busy', kind: 'threshold' }, alerts: [over] })
  )
  await sender(options)({ type: 'slack', url: target.url }, notification({ isTest: true, alerts: [over] }))
  const [told, test] = target.received.map(({ body }) => JSON.parse(body).text)
  t.match(
    told,
    /^\*Web: 120 events in 5 min \(threshold 100\)\*\n• <https:\/\/errors\.example\.com\/acme\/web\/alerts\|/
  )
  t.match(test, /^\*Test of the alert rule "New issues" in Web\*/)
})

const everyAction: Action[] = [
  { type: 'webhook', url: 'https://hooks.example.com/a', secret: 'hidden' },
  {
    type: 'template',
    url: 'https://hooks.example.com/hidden',
    authorization: 'Bearer hidden',
    template:
      '{"text": "{{ title }} at {{issue.short_id}}", "count": "{{ issue.event_count }}", "list": [1, true, null]}'
  },
  { type: 'slack', url: 'https://hooks.slack.com/services/hidden' },
  { type: 'discord', url: 'https://discord.com/api/webhooks/hidden' },
  { type: 'teams', url: 'https://prod-1.westeurope.logic.azure.com/workflows/hidden' },
  { type: 'mattermost', url: 'https://chat.example.com/hooks/hidden' },
  { type: 'telegram', token: '1:hidden', chat_id: '-100' },
  { type: 'ntfy', topic: 'hidden', token: 'tk_hidden' },
  { type: 'pagerduty', routing_key: 'hidden' },
  { type: 'opsgenie', api_key: 'hidden' },
  { type: 'email', to: ['a@example.com'] }
]

t.test('every channel has the fields that its schema takes, and a mask for each secret', async t => {
  t.same(
    everyAction.map(({ type }) => type),
    channels.map(({ id }) => id)
  )
  for (const given of everyAction) {
    t.same(v.parse(actionSchema, given), given)
    const names = channels.find(({ id }) => id === given.type)?.fields.map(({ name }) => name) ?? []
    t.same(
      Object.keys(given).filter(name => name !== 'type' && !names.some(known => known === name)),
      []
    )
    const masked = maskedAction(given)
    t.notMatch(JSON.stringify(masked), /hidden/)
    t.same(restoredActions([masked], everyAction), { ok: true, actions: [given] })
    if (given.type !== 'email') {
      const moved = v.parse(actionSchema, { ...masked, url: `${links.publicUrl}/********` })
      t.same(restoredActions([moved], everyAction).ok, false, given.type)
    }
  }
})

t.test('each channel sends the request that its service documents', async t => {
  const at = new Date('2026-11-23T12:00:01Z')
  const url = 'https://errors.example.com/acme/web/issues/01900000-0000-7000-8000-00000000000a'
  const title = 'Web: New issue: WEB-7 TypeError: x is not a function'
  const sentence = 'New issue: WEB-7 TypeError: x is not a function'
  const sent = (type: Action['type'], others: Partial<Notification> = {}) => {
    const action = everyAction.find(action => action.type === type)
    if (action === undefined || action.type === 'email') throw new Error(type)
    return requestsOf(action, notification(others), links, at).map(({ url, headers, body }) => [
      url,
      headers,
      JSON.parse(body)
    ])
  }
  t.same(sent('template'), [
    [
      'https://hooks.example.com/hidden',
      { Authorization: 'Bearer hidden' },
      { text: `${title} at WEB-7`, count: 3, list: [1, true, null] }
    ]
  ])
  t.same(sent('telegram'), [
    [
      'https://api.telegram.org/bot1:hidden/sendMessage',
      {},
      { chat_id: '-100', text: `${title}\n• ${sentence}\n  ${url}`, link_preview_options: { is_disabled: true } }
    ]
  ])
  t.match(sent('mattermost'), [[/hidden$/, {}, { text: /^\*\*Web\\: New issue.*\n- \[New issue.*\]\(https:.*\)$/ }]])
  t.match(sent('ntfy'), [
    [
      'https://ntfy.sh',
      { Authorization: 'Bearer tk_hidden' },
      { topic: 'hidden', title, priority: 4, click: 'https://errors.example.com/acme/web/alerts' }
    ]
  ])
  t.match(sent('teams'), [
    [
      /hidden$/,
      {},
      {
        type: 'message',
        attachments: [
          {
            contentType: 'application/vnd.microsoft.card.adaptive',
            content: {
              type: 'AdaptiveCard',
              version: '1.4',
              body: [
                { type: 'RichTextBlock', inlines: [{ type: 'TextRun', text: title }] },
                { inlines: [{ text: sentence, selectAction: { type: 'Action.OpenUrl', url } }] }
              ]
            }
          }
        ]
      }
    ]
  ])
  const key = `mesher-${notification().rule.id}-${alert().subject}`
  t.match(sent('pagerduty'), [
    [
      'https://events.pagerduty.com/v2/enqueue',
      {},
      {
        routing_key: 'hidden',
        event_action: 'trigger',
        dedup_key: key,
        payload: { summary: title, source: 'web', severity: 'error', timestamp: '2026-11-23T12:00:00.000Z' }
      }
    ]
  ])
  t.match(sent('opsgenie'), [
    [
      'https://api.opsgenie.com/v2/alerts',
      { Authorization: 'GenieKey hidden' },
      { message: title, alias: key, priority: 'P3', source: 'Mesher' }
    ]
  ])
  t.same(sent('pagerduty', { isResolution: true })[0]?.[2], {
    routing_key: 'hidden',
    dedup_key: key,
    event_action: 'resolve'
  })
  t.equal(
    sent('opsgenie', { isResolution: true })[0]?.[0],
    `https://api.opsgenie.com/v2/alerts/${key}/close?identifierType=alias`
  )
  const gone = alert({ isResolved: true })
  t.same(sent('pagerduty', { alerts: [gone, alert({ subject: 'b' })] }).length, 1, 'what is over opens nothing')
  t.equal(sent('opsgenie', { alerts: Array.from({ length: 20 }, () => alert()) }).length, 10)
})

t.test('an answer says whether to try again, and when', async t => {
  const target = await receiver(t, (response, { path }) => {
    const [, status = '200', retryAfter] = path.split('/')
    response.writeHead(Number(status), retryAfter === undefined ? {} : { 'retry-after': retryAfter })
    response.end('{"ok":false,"parameters":{"retry_after":7}}')
  })
  const send = async (type: 'slack' | 'webhook', path: string) =>
    await sender(options)({ type, url: `${target.url}/${path}` }, notification())
  t.match(await send('slack', '429/120'), { ok: false, isFinal: false, retryAfterS: 120 })
  t.match(await send('slack', '429'), { retryAfterS: 7 }, 'as Telegram and Discord say it')
  t.match(await send('webhook', '503/Mon,%2001%20Jan%202001%2000:00:00%20GMT'), { isFinal: false })
  t.match(await send('slack', '404'), { ok: false, isFinal: true })
  t.match(await send('webhook', '404'), { ok: false, isFinal: false })
  t.match(await send('slack', '500'), { ok: false, isFinal: false })
})

t.test('a template that is wrong is refused where it is wrong, and nothing in it is evaluated', async t => {
  const wrong: [template: string, line: number, column: number, message: RegExp][] = [
    ['', 1, 1, /a JSON value/],
    ['{"a": 1,\n}', 2, 1, /a name in quotes/],
    ['{"a" 1}', 1, 6, /expected :/],
    ['{"a": "b', 1, 7, /does not end/],
    ['{"a": 01}', 1, 7, /a JSON value/],
    ['[1] x', 1, 5, /nothing more/],
    ['{\n "a": "{{title}} {{ issue.secret }}"}', 2, 18, /no field of this name/],
    ['["{{ constructor }}"]', 1, 3, /no field/],
    ['["{{ title "]', 1, 3, /does not end with/],
    ['{"{{ title }}": 1}', 1, 2, /only a value/],
    ['['.repeat(60), 1, 52, /nested deeper/]
  ]
  for (const [template, line, column, message] of wrong) {
    t.match(parseTemplate(template), { ok: false, line, column, message }, template)
  }
  const parsed = parseTemplate(
    '{"a": "{{ issue.title }}", "b": "{{{{", "__proto__": "\\u00e9 {{title}}"}'.replace('{{{{', '{ {')
  )
  t.ok(parsed.ok)
  const target = await receiver(t)
  const evil = alert({ issue: { ...(alert().issue ?? fail()), title: '", "admin": true, "x": "{{ rule.name }}' } })
  await sender(options)(
    { type: 'template', url: target.url, template: '{"a": "{{ issue.title }}", "b": "{{ alert.value }}"}' },
    notification({ alerts: [evil] })
  )
  t.same(JSON.parse(target.received[0]?.body ?? ''), { a: '", "admin": true, "x": "{{ rule.name }}', b: null })
})

function fail(): never {
  throw new Error('there is an issue')
}

async function rawServer(
  t: { teardown: (work: () => Promise<void>) => void },
  onConnection: (socket: Socket) => void
): Promise<number> {
  const sockets = new Set<Socket>()
  const server = createServer(socket => {
    sockets.add(socket)
    socket.on('error', () => {})
    onConnection(socket)
  })
  await new Promise<void>(resolve => {
    server.listen(0, '127.0.0.1', resolve)
  })
  t.teardown(async () => {
    for (const socket of sockets) socket.destroy()
    await new Promise(resolve => server.close(resolve))
  })
  const address: AddressInfo | string | null = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}
