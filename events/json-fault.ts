/**
 * Where a text stops being JSON, for people who write some by hand: line and column, and what was expected. One pass
 * without recursion, so depth is no danger; every token is matched where it must stand, so the time is linear.
 */

export type JsonFault = { line: number; column: number; message: string }

const space = /[ \t\n\r]*/y
const text = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y // eslint-disable-line no-control-regex
const scalar = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.])|(?:true|false|null)(?!\w)/y

/** What may come next. */
type Expected = 'value' | 'value or ]' | 'name' | 'name or }' | 'colon' | 'comma or end'

const words: Record<Expected, string> = {
  value: 'a value is expected',
  'value or ]': 'a value or ] is expected',
  name: 'a name in double quotes is expected',
  'name or }': 'a name in double quotes or } is expected',
  colon: 'a colon is expected',
  'comma or end': 'a comma or the end of the list or object is expected'
}

/** Null when the text is JSON. */
export function jsonFaultOf(given: string): JsonFault | null {
  const open: ('{' | '[')[] = []
  let expected: Expected = 'value'
  let at = 0
  for (;;) {
    at = endOf(space, given, at) ?? at
    const isOver = expected === 'comma or end' && open.length === 0
    if (at === given.length) return isOver ? null : faultAt(given, at, `it ends here, but ${words[expected]}`)
    if (isOver) return faultAt(given, at, 'nothing may follow')
    const step = stepAt(given, at, expected, open)
    if (step === null) return faultAt(given, at, words[expected])
    ;({ at, expected } = step)
  }
}

function stepAt(
  given: string,
  at: number,
  expected: Expected,
  open: ('{' | '[')[]
): { at: number; expected: Expected } | null {
  const char = given.charAt(at)
  const inside = open.at(-1)
  if (expected === 'colon') return char === ':' ? { at: at + 1, expected: 'value' } : null
  if (expected === 'name' || expected === 'name or }') {
    const end = endOf(text, given, at)
    if (end !== null) return { at: end, expected: 'colon' }
    return expected === 'name or }' && char === '}' ? closed(at, open) : null
  }
  if (expected === 'comma or end') {
    if (char === ',') return { at: at + 1, expected: inside === '{' ? 'name' : 'value' }
    return char === (inside === '{' ? '}' : ']') ? closed(at, open) : null
  }
  if (char === '{' || char === '[') {
    open.push(char)
    return { at: at + 1, expected: char === '{' ? 'name or }' : 'value or ]' }
  }
  if (char === ']' && expected === 'value or ]') return closed(at, open)
  const end = endOf(text, given, at) ?? endOf(scalar, given, at)
  return end === null ? null : { at: end, expected: 'comma or end' }
}

function closed(at: number, open: ('{' | '[')[]): { at: number; expected: Expected } {
  open.pop()
  return { at: at + 1, expected: 'comma or end' }
}

function endOf(form: RegExp, given: string, at: number): number | null {
  form.lastIndex = at
  return form.test(given) ? form.lastIndex : null
}

function faultAt(given: string, at: number, message: string): JsonFault {
  const before = given.slice(0, at)
  const lastLine = before.lastIndexOf('\n')
  return { line: before.split('\n').length, column: at - lastLine, message }
}
