/**
 * Whether addresses of alert rules want mail. They are asked when a rule names them, and again on request; the holder
 * of the link in such a mail says yes or no, without an account.
 */
import * as v from 'valibot'
import { answerBody, askBody, askedSchema, recipientSchema } from '../../schema/api/alerts.ts'
import { readOrganization } from '../../services/accounts/organizations.ts'
import { takeBackAttempt, type Attempt } from '../../services/accounts/login-attempts.ts'
import { askRecipients } from '../../services/alerts/ask-recipients.ts'
import { answerQuestion, findAsked, recipientsOf, type Asked } from '../../services/alerts/recipients.ts'
import type { StoredRule } from '../../services/alerts/rules.ts'
import type { Sql } from '../../services/database/sql.ts'
import { countAttempt } from '../login.ts'
import { operation, plain, type Operation } from '../operation.ts'
import { invalidField, notFound, problem } from '../problems.ts'
import type { ApiContext, Caller } from '../types.ts'
import { addressesIn, recipientBody } from './rule-body.ts'
import { ruleTarget } from './rule-target.ts'

const facts = { ...plain, tag: 'Alerts' } as const
const token = v.pipe(v.string(), v.maxLength(200))
const goneText = 'The link is unknown, or a later mail has replaced it'
const againS = 3_600
const noServer = 'no mail server is configured (MESHER_SMTP_URL)'

const ask = operation({
  ...facts,
  id: 'askRecipient',
  method: 'post',
  path: '/api/v1/projects/:project/alert-rules/:rule/recipients',
  summary: 'Ask an address of a rule once more whether it wants mail',
  description: 'At most once in an hour and five times in all, and 20 mails in an hour for the organization.',
  access: { who: 'role', role: 'member', scope: 'write' },
  target: ruleTarget,
  body: askBody,
  responses: { 200: { description: 'Asked', schema: recipientSchema } },
  refusals: {
    409: 'The address has answered, or there is no mail server',
    429: 'It was asked a short while ago, or too many mails were sent',
    503: 'The mail server did not take the mail'
  },
  handle: async ({ sql, context, caller, target: { organizationId, rule }, body: { email } }) => {
    if (!addressesIn(rule.actions).includes(email)) throw invalidField('email', 'is no address of this rule')
    const state = await stateOf(sql, organizationId, email)
    if (state.state !== 'waiting') throw problem(409, 'This address has answered already.')
    if (context.alerting.sendMail === null) throw problem(409, `${noServer}.`)
    const { sent, failure } = await askAddresses({ sql, context, caller }, organizationId, [email], true)
    if (failure !== null) throw problem(503, `The mail was not sent: ${failure}`, { retryAfterS: 60 })
    if (sent === 0) {
      throw problem(429, 'This address was asked a short while ago, or too many mails were sent. Try again later.', {
        retryAfterS: againS
      })
    }
    return { status: 200, body: recipientBody(await stateOf(sql, organizationId, email)) }
  }
})

const read = operation({
  ...facts,
  id: 'getMailQuestion',
  method: 'get',
  path: '/api/v1/mail-questions/:token',
  summary: 'Read the question whether an address wants mail, by its link',
  access: { who: 'anyone' },
  params: { token },
  responses: { 200: { description: 'Which organization asks which address, and the answer', schema: askedSchema } },
  refusals: { 404: goneText, 429: 'Too many attempts' },
  handle: async ({ sql, context, params, remoteAddress }) => ({
    status: 200,
    body: await findCounted(sql, params.token, remoteAddress, context.now())
  })
})

const answer = operation({
  ...facts,
  id: 'answerMailQuestion',
  method: 'post',
  path: '/api/v1/mail-questions/:token',
  summary: 'Say whether the address wants mail',
  description:
    'The last answer counts. For a user who is logged in and has this address, yes also confirms the address of the ' +
    'account.',
  access: { who: 'anyone' },
  params: { token },
  body: answerBody,
  responses: { 200: { description: 'The question with the answer', schema: askedSchema } },
  refusals: { 404: goneText, 429: 'Too many attempts' },
  handle: async ({ sql, context, caller, params, body: { wants }, remoteAddress }) => {
    const now = context.now()
    const asked = await findCounted(sql, params.token, remoteAddress, now)
    await answerQuestion(sql, params.token, { wants, userId: caller.session === null ? null : caller.userId, now })
    return { status: 200, body: { ...asked, state: wants ? ('confirmed' as const) : ('declined' as const) } }
  }
})

type Asking = { sql: Sql; context: ApiContext; caller: Caller }

/** Asks the addresses of a rule that were never asked; without a mail server nobody is. */
export async function askNewRecipients(
  asking: Asking,
  organizationId: string,
  { actions }: Pick<StoredRule, 'actions'>
): Promise<void> {
  const recipients = await recipientsOf(asking.sql, organizationId, addressesIn(actions))
  const emails = [...recipients.values()].flatMap(({ email, state, askedAt }) =>
    state === 'waiting' && askedAt === null ? email : []
  )
  await askAddresses(asking, organizationId, emails, false)
}

/** Returns how many mails were sent, and why one was not. */
export async function askAddresses(
  { sql, context, caller }: Asking,
  organizationId: string,
  emails: readonly string[],
  again: boolean
): Promise<{ sent: number; failure: string | null }> {
  // The mail goes to somebody else, so its links are not to the host that the request names.
  const { sendMail, publicUrl } = context.alerting
  if (emails.length === 0) return { sent: 0, failure: null }
  if (sendMail === null) return { sent: 0, failure: noServer }
  const organization = await readOrganization(sql, organizationId, caller.userId)
  if (organization === null) throw notFound()
  const about = { sendMail, publicUrl, organization, caller: { id: caller.userId, email: caller.email }, again }
  return await askRecipients(sql, emails, about, context.now())
}

async function stateOf(sql: Sql, organizationId: string, email: string) {
  const recipient = (await recipientsOf(sql, organizationId, [email])).get(email)
  if (recipient === undefined) throw notFound()
  return recipient
}

/** 404 for a link that is not valid, 429 after too many of them. */
async function findCounted(sql: Sql, secret: string, remoteAddress: string, now: number): Promise<Asked> {
  const attempt: Attempt = { purpose: 'mail', account: secret, device: null, remoteAddress }
  const counted = await countAttempt(sql, attempt, now)
  const asked = await findAsked(sql, secret)
  if (asked === null) throw problem(404, `${goneText}.`)
  await takeBackAttempt(sql, counted)
  return asked
}

export const alertRecipientOperations: Operation[] = [ask, read, answer]
