/** Backtraces of Ruby: the lines alone, or with messages and causes as `full_message(order: :top)` writes them. */
import type { Frame } from '../../schema/event.ts'
import { frameOf, wholeNumber, type TextException } from './text-stack.ts'

const place = /^(?:\s+from |\s*)([^\s`'][^`']{0,1000}?):(\d{1,9})(?::in [`']([^']{1,300})')?$/
const heading = /^([^\s`'][^`']{0,1000}?):(\d{1,9})(?::in [`']([^']{1,300})')?: (.*)$/
const typeInHeading = /^(.*?) ?\(([A-Z][\w:]{0,200})\)$/
const notOwn = /^<internal:|\/gems\/|\/lib\/ruby\/|\/rubygems\/|^\(eval/

type Reading = { type: string; value: string[]; newestFirst: Frame[] }

export function parseRuby(lines: readonly string[]): TextException[] {
  // Written for terminals, with what happened last at the end: OpenTelemetry never sends that.
  if (lines[0] === 'Traceback (most recent call last):') return []
  const readings: Reading[] = []
  for (const line of lines) {
    const before = readings.at(-1)
    const [, path, lineno, name, text] = heading.exec(line) ?? []
    if (path !== undefined && text !== undefined && (before === undefined || before.newestFirst.length > 1)) {
      const [, value, type] = typeInHeading.exec(text) ?? []
      readings.push({
        type: type ?? '',
        value: [value ?? text],
        newestFirst: [frame(path, wholeNumber(lineno), name)]
      })
      continue
    }
    const reading = before ?? { type: '', value: [], newestFirst: [] }
    if (before === undefined) readings.push(reading)
    readLine(reading, line)
  }
  return readings
    .map(({ type, value, newestFirst }) => ({
      type,
      value: value.join('\n').trimEnd(),
      frames: newestFirst.reverse()
    }))
    .reverse()
}

function readLine(reading: Reading, line: string): void {
  const [, path, lineno, name] = place.exec(line) ?? []
  if (path !== undefined) reading.newestFirst.push(frame(path, wholeNumber(lineno), name))
  else if (reading.newestFirst.length <= 1) reading.value.push(line)
}

function frame(path: string, lineno: number | undefined, name: string | undefined): Frame {
  return frameOf({
    filename: path.replace(/^.*\/(?:gems\/[^/]+|lib\/ruby\/\d[^/]*)\//, ''),
    abs_path: path,
    function: name,
    lineno,
    in_app: !notOwn.test(path)
  })
}
