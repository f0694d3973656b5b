/** A password that a user chooses: judged by what is known of them, then hashed. */
import { hashPassword } from '../services/machine/passwords.ts'
import { refusalOfPassword, type PasswordOwner } from '../services/accounts/password-rules.ts'
import { invalidField } from './problems.ts'

/** 400 for one that is blank, the user's address or easy to guess. */
export async function hashOfNew(password: string, owner: PasswordOwner): Promise<string> {
  const refusal = await refusalOfPassword(password, owner)
  if (refusal !== null) throw invalidField('password', refusal)
  return await hashPassword(password)
}
