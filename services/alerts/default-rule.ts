/**
 * The rule that every project begins with, so that nobody has to find out by themselves that rules must be made: new
 * issues are told to who made the project. Without a mail server they are shown in the dashboard alone.
 */
import type { TransactionSql } from '../database/sql.ts'
import { insertRule, type RuleFields } from './rules.ts'

const cooldownMinutes = 60

/** `email` is null where no mail can be sent. */
export function defaultRule(email: string | null): RuleFields {
  return {
    name: 'New issues',
    isEnabled: true,
    condition: { type: 'new_issue' },
    filters: {},
    actions: email === null ? [] : [{ type: 'email', to: [email] }],
    cooldownMinutes
  }
}

/** In the transaction that makes the project. */
export async function addDefaultRule(
  sql: TransactionSql,
  projectId: number,
  { email, now }: { email: string | null; now: number }
): Promise<void> {
  await insertRule(sql, projectId, defaultRule(email), now)
}
