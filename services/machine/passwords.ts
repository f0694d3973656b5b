/**
 * Passwords, as argon2id in the thread pool. Hashing costs memory and time on purpose, so few are hashed at once and
 * few may wait; beyond that PasswordsBusy is thrown. A password that nobody has takes as long to refuse as a wrong one.
 */
import { hash, verify } from '@node-rs/argon2'

export class PasswordsBusy extends Error {
  override name = 'PasswordsBusy'
}

/** Some 20 MB and 25 ms each. The pool has four threads, which others need too. */
const parameters = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const
const atOnceMax = 2
const waitingMax = 100

/** The hash, with these parameters, of a password that nobody knows. */
export const nobodysHash =
  '$argon2id$v=19$m=19456,t=2,p=1$TIZpssysAUSXIWAdEG5h4g$u9EqploVHQhOWmK03EmBlN357AJlVTey343+UlwlY5A'

let running = 0
const waiting: (() => void)[] = []

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
  if (running < atOnceMax) running += 1
  else await turn()
  try {
    return await work()
  } finally {
    const next = waiting.shift()
    if (next === undefined) running -= 1
    else next()
  }
}

/** Whoever ends hands on the place, so nobody who comes in between takes it. */
function turn(): Promise<void> {
  if (waiting.length >= waitingMax) throw new PasswordsBusy('too many passwords are being checked')
  return new Promise(resolve => {
    waiting.push(resolve)
  })
}
