/**
 * Stacks of .NET as `Exception.ToString()` writes them: inner exceptions stand before what they caused. Of an aggregate
 * the first inner one is taken; the list of all that follows the frames repeats it.
 */
import type { Frame } from '../../schema/event.ts'
import { frameOf, headingOf, wholeNumber, type TextException } from './text-stack.ts'

const inFile = /^(.*) in (\S.{0,600}?):(?:line )?(\d{1,9})$/
const offset = / \[0x[0-9a-f]{1,16}\]$/
const ofAll = /^\s*---> \(Inner Exception #\d+\)/
const ofOthers = ['System', 'Microsoft', 'Mono', 'Windows', 'Newtonsoft', 'OpenTelemetry', 'Npgsql', 'Serilog', 'Xunit']
const libraries = new RegExp(`^(?:${ofOthers.join('|')})\\.`)

type Reading = { heading: string[]; newestFirst: Frame[] }

export function parseDotnet(lines: readonly string[]): TextException[] {
  const open: Reading[] = []
  const done: TextException[] = []
  for (const line of lines) {
    if (ofAll.test(line)) break
    if (/^\s*--- End of inner exception stack trace ---$/.test(line)) {
      const inner = open.length > 1 ? open.pop() : undefined
      if (inner !== undefined) done.push(exceptionOf(inner))
    } else if (!/^\s*--- End of stack trace/.test(line)) readLine(open, line)
  }
  while (open.length > 0) {
    const reading = open.pop()
    if (reading !== undefined) done.push(exceptionOf(reading))
  }
  return done
}

/** `Outer: why ---> Inner: why` may stand in one line or in two. */
function readLine(open: Reading[], line: string): void {
  const reading = open.at(-1)
  const frame = frameIn(line)
  if (frame !== null) {
    if (reading === undefined) open.push({ heading: [], newestFirst: [frame] })
    else reading.newestFirst.push(frame)
    return
  }
  const [first = '', ...inner] = line.split(/(?:^|\s)\s*---> /, 50)
  if (reading === undefined) open.push({ heading: [first], newestFirst: [] })
  else if (reading.newestFirst.length === 0 && (first !== '' || inner.length === 0)) reading.heading.push(first)
  for (const heading of inner) open.push({ heading: [heading], newestFirst: [] })
}

function exceptionOf({ heading, newestFirst }: Reading): TextException {
  const [first = '', ...others] = heading
  const { type, value } = headingOf(first.replace(/^Unhandled exception\. /i, ''))
  return { type, value: [value, ...others].join('\n').trimEnd(), frames: newestFirst.reverse() }
}

function frameIn(line: string): Frame | null {
  if (!/^\s*at /.test(line)) return null
  const [, before = line, path, lineno] = (/:(?:line )?\d{1,9}$/.test(line) ? inFile.exec(line) : null) ?? []
  const call = before.replace(offset, '').trimStart()
  const arguments_ = call.indexOf('(')
  if (arguments_ <= 3 || !call.endsWith(')')) return null
  const { module, name } = split(call.slice(3, arguments_).trim())
  return frameOf({
    module,
    function: name,
    filename: path === undefined || /^<[0-9a-f]{8,64}>$/.test(path) ? undefined : path.replace(/^.*[/\\]/, ''),
    abs_path: path,
    lineno: lineno === '0' ? undefined : wholeNumber(lineno),
    in_app: !libraries.test(`${module}.`)
  })
}

/** Type and method: dots in type arguments part nothing, and a constructor is called `.ctor`. */
function split(called: string): { module: string; name: string } {
  const bracket = called.search(/\[(?!\])/)
  const plain = bracket > 0 && !/\]\.?[+.]/.test(called.slice(bracket)) ? called.slice(0, bracket) : called
  const special = plain.search(/\.\.c?ctor$/)
  const dot = special === -1 ? plain.lastIndexOf('.') : special
  return dot <= 0 ? { module: '', name: called } : { module: called.slice(0, dot), name: called.slice(dot + 1) }
}
