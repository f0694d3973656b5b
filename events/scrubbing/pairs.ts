/**
 * Names of secrets with their values inside a text: `password=x`, `api_key: "x"`, `'token' => 'x'`, `"secret":"x"`, the
 * lines of headers and of an environment, `--password x`. The name, the separator and the quotes stay. Prose stays too:
 * after a colon without quotes a value must stand alone, or look like one. The scanner goes from separator to separator
 * and looks at a bounded number of characters before each, so it is linear in the text.
 */
import { isCount, isFolder, type IsSecret } from './names.ts'
import { decodedName } from './urls.ts'

const nameCharsMax = 64
const valueCharsMax = 16_384
/** Values that say that there is none, or what a value must be. */
const emptyValues = new Set(
  (
    'null none nil undefined true false yes no required missing invalid empty blank expired optional string str text ' +
    'number int integer bool boolean object array list bytes unknown unset default failed failure ok error denied ' +
    'success enabled disabled valid not is the a an must should cannot was has in of for and or'
  ).split(' ')
)
/** Where a value belongs, and none: parameters of SQL, of formats and of templates, masks. */
const placeholders = [
  /\?/,
  /\$\d{1,3}/,
  /[:@$]\w{1,64}/,
  /%s/,
  /%\(\w{1,64}\)[sd]/,
  /\$?\{{1,2}[\w. -]{0,64}\}{1,2}/,
  /[*xX•.]{3,64}/
]
  .map(form => form.source)
  .join('|')
const placeholder = new RegExp(`(?:${placeholders})(?=$|[\\s,;&)'"\\]])|\\[(?:Filtered|REDACTED|redacted)\\]`, 'y')

/** In prose these words are common, and so are short words behind them: `session: started`, `pass: 3`. */
const weakNames = /(?:^|[^a-z])(?:pass|pin|sid|auth|session|cookies?|credentials?)$/i
/** Headers whose whole line is a secret. */
const wholeLines = /(?:^|[^a-z])(?:authorization|cookie)$/i

type Place = { start: number; end: number }

/** The text with `replacement` in the place of every value whose name is a secret. */
export function withoutPairs(text: string, isSecret: IsSecret, replacement: string): string {
  let kept = ''
  let from = 0
  for (let index = 0; index < text.length; index++) {
    const char = text.charCodeAt(index)
    if (char !== 0x3a && char !== 0x3d) continue
    const start = valueStart(text, index)
    if (start === -1) continue
    const place = nameBefore(text, index, from)
    const name = text.slice(place.start, place.end)
    if (name === '' || !isSecret(decodedName(name))) continue
    const value = valueAt(text, start, { name, nameStart: place.start, isColon: char === 0x3a })
    if (value === null || isHarmless(name, text, value)) continue
    kept += text.slice(from, value.start) + replacement
    from = value.end
    index = value.end - 1
  }
  return from === 0 ? text : kept + text.slice(from)
}

function isHarmless(name: string, text: string, { start, end }: Place): boolean {
  return isFolder(name, text.slice(start, start + 3)) || isCount(name, text.slice(start, end))
}

/** Behind `=`, `:`, `=>` and `:=`; -1 where the character compares, or belongs to `::` or `://`. */
function valueStart(text: string, index: number): number {
  const char = text.charAt(index)
  const next = text.charAt(index + 1)
  const before = text.charAt(index - 1)
  if (char === ':') return next === ':' || before === ':' || next === '/' ? -1 : next === '=' ? -1 : index + 1
  if (next === '=' || next === '~' || '=!<>~'.includes(before || ' ')) return -1
  return next === '>' ? index + 2 : index + 1
}

/** The name before a separator: with spaces and a closing quote between them, as in JSON and in reprs of languages. */
function nameBefore(text: string, separator: number, from: number): Place {
  let end = separator
  if (text.charAt(end - 1) === ':') end -= 1
  for (let spaces = 0; spaces < 4 && text.charAt(end - 1) === ' '; spaces++) end -= 1
  if (isQuote(text.charAt(end - 1))) end -= 1
  if (text.charAt(end - 1) === '\\') end -= 1
  let start = end
  while (start > from && end - start < nameCharsMax && isNameChar(text.charCodeAt(start - 1))) start -= 1
  return { start, end }
}

function isQuote(char: string): boolean {
  return char === '"' || char === "'" || char === '`'
}

/** Letters, digits and `_ - . $ %`. */
function isNameChar(code: number): boolean {
  return (
    (code >= 0x30 && code <= 0x39) ||
    (code >= 0x41 && code <= 0x5a) ||
    (code >= 0x61 && code <= 0x7a) ||
    code === 0x5f ||
    code === 0x2d ||
    code === 0x2e ||
    code === 0x24 ||
    code === 0x25
  )
}

type Pair = { name: string; nameStart: number; isColon: boolean }

function valueAt(text: string, from: number, pair: Pair): Place | null {
  let start = from
  while (start - from < 4 && text.charAt(start) === ' ') start += 1
  // Python's b'', u'' and r''.
  if (/[bur]/i.test(text.charAt(start)) && isQuote(text.charAt(start + 1))) start += 1
  const quoted = quotedAt(text, start)
  if (quoted !== null) return isEmpty(text, quoted) ? null : quoted
  return wholeLines.test(pair.name) && pair.isColon ? lineAt(text, start) : bareAt(text, start, start > from, pair)
}

/** What stands between quotes, escaped ones (`\"`) too; up to the end of a text that was cut off. */
function quotedAt(text: string, at: number): Place | null {
  const isEscaped = text.charAt(at) === '\\'
  const quote = text.charAt(isEscaped ? at + 1 : at)
  if (!isQuote(quote)) return null
  const start = isEscaped ? at + 2 : at + 1
  const max = Math.min(text.length, start + valueCharsMax)
  for (let end = start; end < max; end++) {
    const char = text.charAt(end)
    if (char === '\\') {
      if (isEscaped && text.charAt(end + 1) === quote) return { start, end }
      end += 1
    } else if (char === quote) return { start, end }
  }
  return { start, end: max }
}

const lineEnd = /[\r\n"'}]|(?<!\[Filtered)\]|$/g

function lineAt(text: string, start: number): Place | null {
  lineEnd.lastIndex = start
  const end = Math.min(lineEnd.exec(text)?.index ?? text.length, start + valueCharsMax)
  return isEmpty(text, { start, end }) ? null : { start, end }
}

const bareEnd = /[\s,;&#"'`<>)}|\\]|(?<!\[Filtered)\]|$/g

/** A value without quotes: up to the next space or separator. */
function bareAt(text: string, start: number, hasSpace: boolean, { name, nameStart, isColon }: Pair): Place | null {
  bareEnd.lastIndex = start
  const end = Math.min(bareEnd.exec(text)?.index ?? text.length, start + valueCharsMax)
  const value = text.slice(start, end)
  if (isEmpty(text, { start, end }) || value.startsWith('[') || value.startsWith('{') || value.startsWith('(')) {
    return null
  }
  const weak = weakNames.test(name)
  // `pass=3`, and a call: `token = nextToken()`.
  if ((weak && /^\d{1,3}$/.test(value)) || (hasSpace && /^[\w.]+\(/.test(value))) return null
  if (!isColon) return { start, end }
  if (looksRandom(value)) return { start, end }
  return !weak && beginsSegment(text, nameStart) && standsAlone(text, end) ? { start, end } : null
}

function isEmpty(text: string, { start, end }: Place): boolean {
  const value = text
    .slice(start, Math.min(end, start + 20))
    .trim()
    .toLowerCase()
  placeholder.lastIndex = start
  return value === '' || emptyValues.has(value.replace(/[.!]$/, '')) || placeholder.test(text)
}

/** Letters with digits, or with capitals or signs between them: no word of a sentence. */
function looksRandom(value: string): boolean {
  return value.length >= 4 && /[\d$!%^*+/=_@~-]|[a-z][A-Z]/.test(value) && !/^\d{1,3}$/.test(value)
}

/** At the beginning of the text, a line or a list's item: `Unexpected token: x` is a sentence. */
function beginsSegment(text: string, nameStart: number): boolean {
  let before = nameStart
  while (nameStart - before < 4 && text.charAt(before - 1) === ' ') before -= 1
  return before === 0 || '\n\r\t,;&{[("\'|?-'.includes(text.charAt(before - 1))
}

/** The next word would make prose of it: `token: unexpected end of input`. Another name may follow. */
function standsAlone(text: string, end: number): boolean {
  return !/^ [A-Za-z[]/.test(text.slice(end, end + 2)) || /^ [\w-]{1,64}[:=]/.test(text.slice(end, end + 70))
}

const option = /(?<=^|[\s"'])(--?[A-Za-z][\w-]{0,63})( +)(?=[^\s-])/g
const optionValueEnd = /[\s"']|$/g
/** curl's user and password, mysql's password. */
const login = /(?<=^|\s)((?:-u|--user) ?[^\s:]{1,128}:)(\S{1,512})/g
const mysqlPassword = /(\b(?:mysql|mysqldump|mysqladmin|mariadb)\b[^\n]{0,256}? -p)([^\s-]\S{0,255})/g

/** `--password x`, and the options of curl and mysql that hold one. */
export function withoutOptions(text: string, isSecret: IsSecret, replacement: string): string {
  let kept = ''
  let from = 0
  for (const { index, 0: all, 1: name = '' } of text.matchAll(option)) {
    if (index < from || !isSecret(name)) continue
    const value = optionValueAt(text, index + all.length)
    if (value.end === value.start || isEmpty(text, value)) continue
    kept += text.slice(from, value.start) + replacement
    from = value.end
  }
  const shown = from === 0 ? text : kept + text.slice(from)
  if (!isSecret('password')) return shown
  return shown
    .replace(login, (_, place: string) => place + replacement)
    .replace(mysqlPassword, (_, place: string) => place + replacement)
}

function optionValueAt(text: string, at: number): Place {
  const start = isQuote(text.charAt(at)) ? at + 1 : at
  optionValueEnd.lastIndex = start
  return { start, end: optionValueEnd.exec(text)?.index ?? text.length }
}

/** Whether an element of an argument list names a secret that the next one holds. */
export function isSecretOption(argument: string, isSecret: IsSecret): boolean {
  return argument.startsWith('-') && argument.length <= nameCharsMax && !argument.includes('=') && isSecret(argument)
}
