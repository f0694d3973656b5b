/** Alert rules as they are sent: secrets masked, and with the state of every address that they send mail to. */
import { maskedAction, readersAction, targetOf } from '../../events/alert-actions.ts'
import type { Action } from '../../schema/alerts.ts'
import type { Rule } from '../../schema/api/alerts.ts'
import { recipientsOf, type Recipient } from '../../services/alerts/recipients.ts'
import type { StoredRule } from '../../services/alerts/rules.ts'
import type { Sql } from '../../services/database/sql.ts'
import type { Caller } from '../types.ts'

type Recipients = ReadonlyMap<string, Recipient>

type Reader = { sql: Sql; caller: Caller }

/** Callers who may only read, by a token, do not see addresses that are called: to know one may be enough to use it. */
export function maskFor({ scope }: Pick<Caller, 'scope'>): (action: Action) => Action {
  return scope === 'read' ? readersAction : maskedAction
}

export async function ruleBodies(
  { sql, caller }: Reader,
  organizationId: string,
  rules: readonly StoredRule[]
): Promise<Rule[]> {
  const emails = rules.flatMap(({ actions }) => addressesIn(actions))
  const recipients = await recipientsOf(sql, organizationId, emails)
  return rules.map(rule => ruleBody(rule, recipients, maskFor(caller)))
}

export async function ruleBodyOf({ sql, caller }: Reader, organizationId: string, rule: StoredRule): Promise<Rule> {
  return ruleBody(rule, await recipientsOf(sql, organizationId, addressesIn(rule.actions)), maskFor(caller))
}

/** Each address that gets mail, once. */
export function addressesIn(actions: readonly Action[]): string[] {
  return [...new Set(actions.flatMap(action => (action.type === 'email' ? action.to : [])))]
}

export function recipientBody({ email, state, askedAt }: Recipient): Rule['recipients'][number] {
  return { email, state, asked_at: askedAt?.toISOString() ?? null }
}

function ruleBody(
  {
    id,
    name,
    isEnabled,
    condition,
    filters,
    actions,
    cooldownMinutes,
    createdAt,
    updatedAt,
    lastFiredAt,
    deliveryError
  }: StoredRule,
  recipients: Recipients,
  masked: (action: Action) => Action
): Rule {
  return {
    id,
    name,
    enabled: isEnabled,
    condition,
    filters,
    actions: actions.map(masked),
    cooldown_minutes: cooldownMinutes,
    created_at: createdAt.toISOString(),
    updated_at: updatedAt.toISOString(),
    last_fired_at: lastFiredAt?.toISOString() ?? null,
    recipients: addressesIn(actions).flatMap(email => {
      const recipient = recipients.get(email)
      return recipient === undefined ? [] : recipientBody(recipient)
    }),
    delivery_error:
      deliveryError === null
        ? null
        : {
            at: deliveryError.at,
            target: targetOf(masked(deliveryError.action)),
            detail: deliveryError.detail,
            given_up: deliveryError.isGivenUp
          }
  }
}
