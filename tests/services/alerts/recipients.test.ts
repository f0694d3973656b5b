// Goal: mail goes to recipients who have agreed and to members with a confirmed address, within the limits of an hour,
// and strangers are asked so rarely that asking is no nuisance. Method: a database and a clock of the test's own, and a
// sender that keeps what it was given.
import t from 'tap'
import { v7 as uuidv7 } from 'uuid'
import type { Action, DeliveryResult, Notification } from '../../../schema/alerts.ts'
import { askRecipients } from '../../../services/alerts/ask-recipients.ts'
import { mailGate } from '../../../services/alerts/mail-gate.ts'
import { answerQuestion, forgetUnanswered, recipientsOf } from '../../../services/alerts/recipients.ts'
import { ensureDefaults } from '../../../services/accounts/projects.ts'
import { createUser } from '../../../services/accounts/users.ts'
import { migrate } from '../../../services/database/migrations.ts'
import type { Sql } from '../../../services/database/sql.ts'
import type { Mail } from '../../../services/machine/mail.ts'
import { migrateUpTo, testDatabase } from '../../support/database.ts'

const hourMs = 3_600_000
const dayMs = 24 * hourMs
const start = Date.UTC(2026, 0, 1)
const secretIn = ({ text }: Mail): string => /\/account\/mail\/([\w-]{43})\n/.exec(text)?.[1] ?? ''

type World = {
  sql: Sql
  projectId: number
  organizationId: string
  mails: Mail[]
  /** Asks at this time; the number of mails that were sent. */
  ask: (emails: string[], now: number, about?: { organization?: string; again?: boolean }) => Promise<number>
}

async function world(
  t: Parameters<typeof testDatabase>[0],
  refuses: (email: string) => boolean = () => false
): Promise<World> {
  const { sql } = await testDatabase(t)
  const project = await ensureDefaults(sql)
  const user = await createUser(sql, { email: 'asker@example.com', name: '', passwordHash: '', isConfirmed: true })
  const mails: Mail[] = []
  return {
    sql,
    projectId: project.id,
    organizationId: project.organizationId,
    mails,
    ask: async (emails, now, { organization = project.organizationId, again = false } = {}) => {
      const { sent } = await askRecipients(
        sql,
        emails,
        {
          sendMail: async mail => {
            if (mail.to.some(refuses)) throw new Error('550 no')
            mails.push(mail)
            return []
          },
          publicUrl: 'https://errors.example.com',
          organization: { id: organization, slug: 'acme' },
          caller: { id: user?.id ?? '', email: 'asker@example.com' },
          again
        },
        now
      )
      return sent
    }
  }
}

const stateOf = async ({ sql, organizationId }: World, email: string) =>
  (await recipientsOf(sql, organizationId, [email])).get(email)?.state

t.test('an address is asked once, gets nothing before it has said yes, and may change its mind', async t => {
  const here = await world(t)
  t.equal(await here.ask(['a@example.org', 'a@example.org'], start), 1)
  t.equal(await here.ask(['a@example.org'], start + 2 * hourMs), 0, 'a rule that is saved again asks nobody again')
  t.equal(await stateOf(here, 'a@example.org'), 'waiting')
  const [mail] = here.mails
  if (mail === undefined) throw new Error('no mail was sent')
  t.match(mail, { to: ['a@example.org'], subject: '[Mesher] Alerts of acme: do you want them?' })
  const say = (wants: boolean, userId: string | null = null) =>
    answerQuestion(here.sql, secretIn(mail), { wants, userId, now: start })
  for (const [wants, state] of [
    [true, 'ready'],
    [false, 'declined'],
    [true, 'ready']
  ] as const) {
    await say(wants)
    t.equal(await stateOf(here, 'a@example.org'), state)
  }
  await say(false)
  t.equal(await here.ask(['a@example.org'], start + 60 * dayMs, { again: true }), 0, 'no means no')
  t.notMatch(JSON.stringify(await here.sql`select * from mail_recipients`), secretIn(mail), 'the secret is not kept')
})

t.test(
  'an address is asked again hourly and five times in all; a later link takes the place of an earlier one',
  async t => {
    const here = await world(t)
    await here.ask(['a@example.org'], start)
    t.equal(await here.ask(['a@example.org'], start + hourMs - 1, { again: true }), 0)
    let sent = 0
    for (let hour = 1; hour <= 10; hour++) {
      sent += await here.ask(['a@example.org'], start + hour * hourMs, { again: true })
    }
    t.equal(sent, 4)
    const [first, ...others] = here.mails.map(secretIn)
    await answerQuestion(here.sql, first ?? '', { wants: true, userId: null, now: start })
    t.equal(await stateOf(here, 'a@example.org'), 'waiting')
    await answerQuestion(here.sql, others.at(-1) ?? '', { wants: true, userId: null, now: start })
    t.equal(await stateOf(here, 'a@example.org'), 'ready')
  }
)

t.test('one organization asks twenty addresses an hour, and all of them ask one address five times a day', async t => {
  const here = await world(t)
  const emails = Array.from({ length: 2_000 }, (_, index) => `victim${index}@example.org`)
  t.equal(await here.ask(emails, start), 20)
  t.equal(await here.ask(emails, start + hourMs - 1), 0)
  t.equal(await here.ask(emails, start + hourMs), 20)

  let sent = 0
  for (let index = 0; index < 20; index++) {
    const organization = uuidv7()
    await here.sql`insert into organizations (id, slug, name) values (${organization}, ${`o${index}`}, '')`
    sent += await here.ask(['one@example.org'], start, { organization })
  }
  t.equal(sent, 5)
})

t.test('a mail that the server does not take counts as not sent', async t => {
  let isAway = true
  const here = await world(t, () => isAway)
  t.equal(await here.ask(['a@example.org'], start), 0)
  isAway = false
  t.equal(await here.ask(['a@example.org'], start + 1), 1)
})

t.test('addresses that do not answer are forgotten after 30 days, in steps', async t => {
  const here = await world(t)
  await here.ask(['a@example.org', 'b@example.org', 'yes@example.org', 'no@example.org'], start)
  for (const mail of here.mails) {
    if (/^(yes|no)/.test(mail.to[0] ?? '')) {
      await answerQuestion(here.sql, secretIn(mail), { wants: /^yes/.test(mail.to[0] ?? ''), userId: null, now: start })
    }
  }
  t.equal(await forgetUnanswered(here.sql, { now: start + 30 * dayMs, rowsMax: 10 }), 0)
  t.equal(await forgetUnanswered(here.sql, { now: start + 31 * dayMs, rowsMax: 1 }), 1)
  t.equal(await forgetUnanswered(here.sql, { now: start + 31 * dayMs, rowsMax: 10 }), 1)
})

function notificationOf(projectId: number): Notification {
  return {
    deliveryId: uuidv7(),
    isTest: false,
    isResolution: false,
    project: { id: String(projectId), slug: 'web', name: 'Web', organization: 'acme' },
    rule: { id: uuidv7(), name: 'Rule', kind: 'new_issue' },
    alerts: [],
    alertCount: 1
  }
}

t.test('only those who agreed get mail, at most 200 in an hour; what is beyond waits', async t => {
  const here = await world(t)
  const member = await createUser(here.sql, { email: 'm@example.com', name: '', passwordHash: '', isConfirmed: true })
  const squatter = await createUser(here.sql, { email: 'victim@example.org', name: '', passwordHash: '' })
  for (const id of [member?.id ?? '', squatter?.id ?? '']) {
    await here.sql`
      insert into memberships (organization_id, user_id, role) values (${here.organizationId}, ${id}, 'member')`
  }
  let now = start
  let result: DeliveryResult = { ok: true, detail: 'accepted by the mail server', isFinal: false }
  const sent: string[][] = []
  const gate = mailGate({
    sql: here.sql,
    now: () => now,
    send: async action => {
      sent.push(action.type === 'email' ? action.to : [action.type])
      return result
    }
  })
  const send = (action: Action) => gate(action, notificationOf(here.projectId))
  t.match(await send({ type: 'email', to: ['victim@example.org', 'stranger@example.org'] }), {
    ok: false,
    isFinal: true,
    detail: 'no recipient has agreed to get mail yet'
  })
  t.match(await send({ type: 'slack', url: 'https://example.com/' }), { ok: true })
  t.match(await send({ type: 'email', to: ['stranger@example.org', 'm@example.com'] }), {
    ok: true,
    detail: 'accepted by the mail server; 1 of 2 have not agreed'
  })
  t.same(sent, [['slack'], ['m@example.com']])

  const one = { type: 'email' as const, to: ['m@example.com'] }
  result = { ok: false, detail: 'the server is away', isFinal: false }
  await send(one)
  result = { ok: true, detail: 'accepted by the mail server', isFinal: false }
  for (let index = 0; index < 300; index++) await send(one)
  t.equal(sent.length - 2, 1 + 199, 'a mail that was not taken does not count')
  t.match(await send(one), { ok: false, isFinal: false, recipients: ['m@example.com'] })
  now += hourMs
  t.match(await send(one), { ok: true })

  await here.sql`update users set email_confirmed_at = now()`
  t.match(await send({ type: 'email', to: ['victim@example.org'] }), { ok: true })
  await here.sql`update projects set deleted_at = now()`
  t.match(await send(one), { ok: false, isFinal: true })
})

t.test('addresses of the rules of before go on getting mail', async t => {
  const { sql } = await testDatabase(t, { migrated: false })
  await migrateUpTo(sql, '0037_mail_recipients.sql')
  const { id: projectId, organizationId } = await ensureDefaults(sql)
  const actions = [
    { type: 'webhook', url: 'https://example.com/' },
    { type: 'email', to: ['a@example.org', 'b@example.org'] },
    { type: 'email', to: ['a@example.org'] }
  ]
  await sql`
    insert into alert_rules (project_id, id, name, is_enabled, kind, filters, actions, cooldown_minutes, created_at,
      updated_at)
    values (${projectId}, gen_random_uuid(), 'Rule', true, 'new_issue', '{}', ${sql.json(actions)}, 0, now(), now())`
  await migrate(sql)
  const found = await recipientsOf(sql, organizationId, ['a@example.org', 'b@example.org', 'c@example.org'])
  t.same(
    [...found.values()].map(({ state }) => state),
    ['ready', 'ready', 'waiting']
  )
})
