/**
 * Passwords, as argon2id in the thread pool. Hashing costs memory and time on purpose, so few are hashed at once and
 * few may wait; beyond that PasswordsBusy is thrown. Where there is no account, a refusal takes as long as a wrong
 * password does.
 */
import { hash, verify } from '@node-rs/argon2'
import pLimit from 'p-limit'

export class PasswordsBusy extends Error {
  override name = 'PasswordsBusy'
}

/** About 20 MB and 25 ms each. The pool has four threads, which other work needs too. */
const parameters = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const
const atOnceMax = 2
const waitingMax = 100

/** The hash, with these parameters, of a random password. It is checked where there is no account. */
export const nobodysHash =
  '$argon2id$v=19$m=19456,t=2,p=1$TIZpssysAUSXIWAdEG5h4g$u9EqploVHQhOWmK03EmBlN357AJlVTey343+UlwlY5A'

const limit = pLimit(atOnceMax)

export async function hashPassword(password: string): Promise<string> {
  return await inTurn(() => hash(plain(password), parameters))
}

/** `passwordHash` is null where there is no such account, or one without a password. */
export async function isPassword(passwordHash: string | null, password: string): Promise<boolean> {
  const isRight = await inTurn(() => verify(passwordHash ?? nobodysHash, plain(password)))
  return isRight && passwordHash !== null
}

/** The same characters may be typed as different bytes on another keyboard. */
function plain(password: string): string {
  return password.normalize('NFC')
}

async function inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
  if (limit.pendingCount >= waitingMax) throw new PasswordsBusy('too many passwords are being checked')
  return await limit(work)
}
