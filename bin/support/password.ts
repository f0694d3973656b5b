/**
 * Asks for a password at the terminal, without showing it. Without a terminal, and when nothing is typed, it makes a
 * random one.
 */
import { randomBytes } from 'node:crypto'
import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import * as v from 'valibot'
import { newPassword } from '../../schema/api/accounts.ts'
import { refusalOfPassword, type PasswordOwner } from '../../services/accounts/password-rules.ts'
import { exitCodes } from './exit-codes.ts'
import { CommandFailed } from './failure.ts'

export type ChosenPassword = { password: string; isGenerated: boolean }

export async function choosePassword({
  asks,
  owner
}: {
  asks: boolean
  owner: PasswordOwner
}): Promise<ChosenPassword> {
  const typed = asks ? await ask('Password (empty makes a random one): ') : ''
  if (typed === '') return { password: randomBytes(15).toString('base64url'), isGenerated: true }
  const checked = v.safeParse(newPassword, typed)
  const refusal = checked.success ? await refusalOfPassword(typed, owner) : checked.issues[0].message
  if (refusal !== null) throw new CommandFailed(`the password ${refusal}`, { exitCode: exitCodes.usage })
  if ((await ask('Once more: ')) !== typed) {
    throw new CommandFailed('the two passwords are not the same', { exitCode: exitCodes.usage })
  }
  return { password: typed, isGenerated: false }
}

async function ask(question: string): Promise<string> {
  process.stderr.write(question)
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
  const terminal = createInterface({ input: process.stdin, output: nowhere, terminal: true })
  try {
    return await terminal.question('')
  } finally {
    terminal.close()
    process.stderr.write('\n')
  }
}
