/**
 * Which new passwords are refused: blanks, the user's own address, and what programs that guess try early, such as
 * common passwords and small changes of them. The list takes 24 MB of memory and is loaded when it is first needed.
 * Only the beginning of a password is judged, so that a long one costs no more; what is added can only make it better.
 */
import type { ZxcvbnFactory } from '@zxcvbn-ts/core'

/** What guessers know of a user: it makes a bad password. */
export type PasswordOwner = { email: string; name?: string | undefined; organization?: string | undefined }

const charsJudged = 32
/** Of 0 to 4: from 2 on it takes more than a million guesses, which logins do not allow. */
const scoreMin = 2

let loading: Promise<ZxcvbnFactory> | undefined

/** What is wrong with it, as the end of a sentence that begins with its name; null when nothing is. */
export async function refusalOfPassword(password: string, owner: PasswordOwner): Promise<string | null> {
  if (password.trim() === '') return 'must not be blank'
  if (password.trim().toLowerCase() === owner.email) return 'must not be your e-mail address'
  loading ??= load()
  const { score } = (await loading).check(password.slice(0, charsJudged), wordsOf(owner))
  return score < scoreMin ? 'is too easy to guess: take several words that have nothing to do with each other' : null
}

async function load(): Promise<ZxcvbnFactory> {
  const [{ ZxcvbnFactory }, { adjacencyGraphs, dictionary }] = await Promise.all([
    import('@zxcvbn-ts/core'),
    import('@zxcvbn-ts/language-common')
  ])
  return new ZxcvbnFactory({ dictionary, graphs: adjacencyGraphs })
}

function wordsOf({ email, name = '', organization = '' }: PasswordOwner): string[] {
  const parts = `${email} ${name} ${organization}`.split(/[\s@.]+/)
  return ['mesher', email, email.slice(0, email.lastIndexOf('@')), name, organization, ...parts]
    .map(word => word.slice(0, charsJudged))
    .filter(word => word !== '')
}
