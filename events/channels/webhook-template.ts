/**
 * The body of a webhook as its owner wrote it: a JSON text whose string values may hold fields, `{{ issue.title }}`.
 * Nothing is evaluated: a field is a name of a fixed list, and its value is inserted after the JSON was parsed, so no
 * text of an event can change the form. A string that is one field alone takes the field's type; what a notification
 * does not have is null there, and nothing within a text. Errors tell line and column.
 */

export const templateCharsMax = 10_000
const depthMax = 50

export const templateFields = [
  'title',
  'text',
  'url',
  'delivery_id',
  'test',
  'project.id',
  'project.name',
  'project.slug',
  'rule.id',
  'rule.name',
  'rule.type',
  'alert_count',
  'alert.id',
  'alert.value',
  'alert.threshold',
  'alert.window_minutes',
  'alert.of',
  'alert.fired_at',
  'alert.url',
  'issue.id',
  'issue.short_id',
  'issue.title',
  'issue.culprit',
  'issue.level',
  'issue.event_count'
] as const
export type TemplateField = (typeof templateFields)[number]
export type TemplateValues = Readonly<Record<TemplateField, string | number | boolean | null>>

type Part = { text: string } | { field: TemplateField }
type Node = { parts: Part[] } | { list: Node[] } | { members: [string, Node][] } | { value: number | boolean | null }
export type Template = { ok: true; root: Node } | { ok: false; line: number; column: number; message: string }

class TemplateError extends Error {
  readonly at: number
  constructor(at: number, message: string) {
    super(message)
    this.at = at
  }
}

/** Text before this character is what it is; every `take` returns behind what it took. */
type Reader = { text: string; at: number }

export function parseTemplate(text: string): Template {
  const reader: Reader = { text, at: 0 }
  try {
    const root = takeValue(reader, 0)
    skipBlanks(reader)
    if (reader.at < text.length) throw new TemplateError(reader.at, 'expected nothing more')
    return { ok: true, root }
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error
    const before = text.slice(0, error.at).split('\n')
    return { ok: false, line: before.length, column: (before.at(-1) ?? '').length + 1, message: error.message }
  }
}

function takeValue(reader: Reader, depth: number): Node {
  skipBlanks(reader)
  if (depth > depthMax) throw new TemplateError(reader.at, `nested deeper than ${depthMax}`)
  const next = reader.text[reader.at]
  if (next === '{') return takeMembers(reader, depth)
  if (next === '[') return takeList(reader, depth)
  if (next === '"') return { parts: takeParts(reader) }
  return takeLiteral(reader)
}

const literal = /(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)(?![\w.])/y

function takeLiteral(reader: Reader): Node {
  literal.lastIndex = reader.at
  const [found] = literal.exec(reader.text) ?? []
  if (found === undefined) throw new TemplateError(reader.at, 'expected a JSON value')
  reader.at += found.length
  const value = Number(found)
  if (found === 'true' || found === 'false') return { value: found === 'true' }
  return { value: found === 'null' ? null : value }
}

function takeList(reader: Reader, depth: number): Node {
  const list: Node[] = []
  takeEntries(reader, ']', () => list.push(takeValue(reader, depth + 1)))
  return { list }
}

function takeMembers(reader: Reader, depth: number): Node {
  const members: [string, Node][] = []
  takeEntries(reader, '}', () => {
    const at = reader.at
    if (reader.text[at] !== '"') throw new TemplateError(at, 'expected a name in quotes')
    const name = takeString(reader)
    if (name.includes('{{')) throw new TemplateError(at, 'a name cannot hold a field, only a value can')
    take(reader, ':')
    members.push([name, takeValue(reader, depth + 1)])
  })
  return { members }
}

/** What stands between brackets, with commas between. */
function takeEntries(reader: Reader, end: string, takeEntry: () => void): void {
  reader.at += 1
  skipBlanks(reader)
  if (reader.text[reader.at] === end) {
    reader.at += 1
    return
  }
  for (;;) {
    skipBlanks(reader)
    takeEntry()
    skipBlanks(reader)
    if (reader.text[reader.at] === end) break
    take(reader, ',')
  }
  reader.at += 1
}

function take(reader: Reader, char: string): void {
  skipBlanks(reader)
  if (reader.text[reader.at] !== char) throw new TemplateError(reader.at, `expected ${char}`)
  reader.at += 1
}

function skipBlanks(reader: Reader): void {
  while (' \t\r\n'.includes(reader.text[reader.at] ?? '.')) reader.at += 1
}

const string = /"(?:[^"\\\p{Cc}]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/uy

function takeString(reader: Reader): string {
  string.lastIndex = reader.at
  const [found] = string.exec(reader.text) ?? []
  if (found === undefined) throw new TemplateError(reader.at, 'a text that does not end, or with a wrong escape')
  reader.at += found.length
  const value: unknown = JSON.parse(found)
  return typeof value === 'string' ? value : ''
}

function takeParts(reader: Reader): Part[] {
  const start = reader.at
  const text = takeString(reader)
  const parts: Part[] = []
  let at = 0
  for (let open = text.indexOf('{{'); open !== -1; open = text.indexOf('{{', at)) {
    const close = text.indexOf('}}', open)
    const wrong = (message: string): TemplateError =>
      new TemplateError(positionOf(reader.text, start, text.slice(0, open).split('{{').length), message)
    if (close === -1) throw wrong('a field that does not end with }}')
    const name = text.slice(open + 2, close).trim()
    const field = templateFields.find(known => known === name)
    if (field === undefined) throw wrong(`there is no field of this name; there are ${named}`)
    parts.push({ text: text.slice(at, open) }, { field })
    at = close + 2
  }
  parts.push({ text: text.slice(at) })
  return parts.filter(part => 'field' in part || part.text !== '')
}

const named = templateFields.join(', ')

/** Of the nth `{{` in the source from `start`; `start` where escapes hide it. */
function positionOf(source: string, start: number, nth: number): number {
  let at = start
  for (let count = 0; count < nth; count++) {
    at = source.indexOf('{{', count === 0 ? at : at + 2)
    if (at === -1) return start
  }
  return at
}

/** The JSON text with all fields filled in. */
export function filledTemplate(root: Node, values: TemplateValues): string {
  return JSON.stringify(filled(root, values))
}

function filled(node: Node, values: TemplateValues): unknown {
  if ('value' in node) return node.value
  if ('list' in node) return node.list.map(entry => filled(entry, values))
  if ('members' in node) return Object.fromEntries(node.members.map(([name, value]) => [name, filled(value, values)]))
  const [first] = node.parts
  if (node.parts.length === 1 && first !== undefined && 'field' in first) return values[first.field]
  return node.parts.map(part => ('field' in part ? String(values[part.field] ?? '') : part.text)).join('')
}
