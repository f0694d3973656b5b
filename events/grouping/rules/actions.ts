/** What stack-trace rules do to the frames that it matches, to those towards the crash (`^`), or away from it (`v`). */
import { foundAt, SyntaxFault, took, word, type Cursor } from './syntax.ts'
import { limits } from '../../../schema/limits.ts'

export type FlagAction = { kind: 'app' | 'group'; flag: boolean; range: 'frame' | 'up' | 'down' }
export type Action = FlagAction | { kind: 'max-frames'; count: number }

const flagForm = /[\^v]?[+-]/y
const names = ['app', 'group'] as const

/** Whether an action stands here, and not one more matcher. */
export function isAction({ text, at }: Cursor): boolean {
  flagForm.lastIndex = at
  return flagForm.test(text) || /^[\w-]+=/.test(text.slice(at, at + 40))
}

export function actionAt(cursor: Cursor): Action {
  const start = cursor.at
  if (!isAction(cursor)) {
    throw new SyntaxFault(
      start,
      `an action (+app, -app, +group, -group, max-frames=…) is expected, but there is ${foundAt(cursor)}`
    )
  }
  const range = took(cursor, '^') ? 'up' : took(cursor, 'v') ? 'down' : 'frame'
  const flag = took(cursor, '+') ? true : took(cursor, '-') ? false : null
  if (flag === null) {
    cursor.at = start
    return maxFramesAt(cursor)
  }
  const at = cursor.at
  const written = word(cursor)
  const kind = names.find(name => name === written)
  if (kind === undefined) throw new SyntaxFault(at, `“app” or “group” is expected, but there is “${written}”`)
  return { kind, flag, range }
}

function maxFramesAt(cursor: Cursor): Action {
  const start = cursor.at
  const variable = word(cursor)
  if (variable !== 'max-frames') {
    throw new SyntaxFault(start, `“${variable}” cannot be set: there is max-frames`)
  }
  took(cursor, '=')
  const at = cursor.at
  const count = Number(word(cursor))
  if (!Number.isInteger(count) || count < 0 || count > limits.ruleFramesMax || at === cursor.at) {
    throw new SyntaxFault(at, `max-frames is a whole number up to ${limits.ruleFramesMax}`)
  }
  return { kind: 'max-frames', count }
}
