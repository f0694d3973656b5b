/**
 * How commands fail: with a sentence, a hint what to do where there is one, and an exit code. Operating errors show
 * their stack only with --log-level debug; a mistake of the program always shows it.
 */
import { isOperating } from '../../services/machine/log.ts'
import { isStartError } from '../../services/database/start-error.ts'
import { exitCodes } from './exit-codes.ts'

export class CommandFailed extends Error {
  override readonly name = 'CommandFailed'
  readonly hint: string
  readonly exitCode: number

  constructor(message: string, { hint = '', exitCode = exitCodes.failed }: { hint?: string; exitCode?: number } = {}) {
    super(message)
    this.hint = hint
    this.exitCode = exitCode
  }
}

export type Failure = { text: string; exitCode: number }

/** What is written to standard error, and the exit code that goes with it. */
export function failureOf(error: unknown, { withStack }: { withStack: boolean }): Failure {
  const expected = isExpected(error)
  const lines = [`mesher: ${sentenceOf(error)}`]
  const hint = hintOf(error)
  if (hint !== '') lines.push(`  ${hint}`)
  if (!expected) lines.push('This is a mistake in Mesher. Please report it with these lines:')
  if ((!expected || withStack) && error instanceof Error) lines.push(String(error.stack))
  return { text: lines.join('\n'), exitCode: error instanceof CommandFailed ? error.exitCode : exitCodes.failed }
}

/** One line that says what happened, also for errors without a message of their own (several addresses tried). */
export function sentenceOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (error instanceof AggregateError) return error.errors.map(sentenceOf).join('; ')
  const cause = error.cause === undefined ? '' : ` (${sentenceOf(error.cause)})`
  return `${error.message === '' ? error.name : error.message}${cause}`
}

function hintOf(error: unknown): string {
  return error instanceof CommandFailed || isStartError(error) ? error.hint : ''
}

/** Services refuse with errors that are named …Refused. */
function isExpected(error: unknown): boolean {
  return (
    error instanceof CommandFailed ||
    isStartError(error) ||
    isOperating(error) ||
    (error instanceof Error && error.name.endsWith('Refused'))
  )
}
