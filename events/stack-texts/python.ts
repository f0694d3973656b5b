/**
 * Tracebacks of Python: `traceback.format_exc()` with causes and contexts. Of a group of exceptions the group itself is
 * taken; its members have no place in a chain.
 */
import type { Frame } from '../../schema/event.ts'
import { frameOf, wholeNumber, type TextException } from './text-stack.ts'

const isHeader = /^(?:Exception Group )?Traceback \(most recent call last\):$/
const place = /^ {2}File "([^"]{1,1000})", line (\d{1,9}), in (.{1,300})$/
const isBridge = /^(?:The above exception was the direct cause|During handling of the above exception)/
/** The line between a group and its first member. */
const membersBegin = /^\s*\+-\+-{3,} 1 -/
const installed = /^.*?\/(?:site-packages|dist-packages|lib\/python\d(?:\.\d{1,3})?)\/(?!site-packages|dist-packages)/

type Reading = { frames: Frame[]; type: string; value: string[]; isHeading: boolean }

export function parsePython(lines: readonly string[]): TextException[] {
  const exceptions: TextException[] = []
  let reading: Reading | null = null
  const finish = (): void => {
    if (reading !== null) exceptions.push(finished(reading))
    reading = null
  }
  for (const [index, raw] of lines.entries()) {
    if (membersBegin.test(raw)) break
    const line = withoutMargin(raw)
    if (isHeader.test(line)) {
      finish()
      reading = { frames: [], type: '', value: [], isHeading: false }
    } else if (isBridge.test(line)) finish()
    else if (reading !== null) read(reading, line, lines[index + 1])
  }
  finish()
  return exceptions
}

/** What belongs to a group of exceptions stands behind `+` or `|`. */
function withoutMargin(line: string): string {
  return line.replace(/^ {1,40}[+|] /, '')
}

function read(reading: Reading, line: string, next: string | undefined): void {
  const [, file, lineno, name] = (reading.isHeading ? null : place.exec(line)) ?? []
  if (file !== undefined) reading.frames.push(frame(file, wholeNumber(lineno), name, sourceIn(next)))
  else if (reading.isHeading) reading.value.push(line)
  else if (/^\S/.test(line)) {
    const colon = line.indexOf(': ')
    reading.type = colon === -1 ? line.replace(/:$/, '') : line.slice(0, colon)
    if (colon !== -1) reading.value.push(line.slice(colon + 2))
    reading.isHeading = true
  }
}

function finished({ frames, type, value }: Reading): TextException {
  return { type, value: value.join('\n').trimEnd(), frames }
}

function frame(path: string, lineno: number | undefined, name: string | undefined, source: string | undefined): Frame {
  const isOwn = !path.startsWith('<frozen') && !installed.test(path) && !/\/(?:site|dist)-packages\//.test(path)
  return frameOf({
    filename: path.replace(installed, '').replace(/^.*\/(?:site|dist)-packages\//, ''),
    abs_path: path,
    function: name,
    lineno,
    context_line: source,
    in_app: isOwn
  })
}

/** The line below a place is its source, unless that was not at hand. */
function sourceIn(next: string | undefined): string | undefined {
  const line = next === undefined ? '' : withoutMargin(next)
  return /^ {4}\S/.test(line) ? line : undefined
}
