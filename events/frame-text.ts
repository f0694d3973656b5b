/**
 * Frames and stack traces as text, in the way of the platform they come from, so that editors and terminals find the
 * places in them. Takes frames of any shape: what is missing or no text is left out, never an error.
 */
import { isObject } from '../schema/event.ts'

/** Frames in the order in which people of the platform read them, and how one of them is written. */
type Style = { newestFirst: boolean; frame: (parts: FrameParts) => string }

type FrameParts = { name: string; module: string; file: string; line: number | null; column: number | null }

const anonymous = '<anonymous>'

const javascript: Style = {
  newestFirst: true,
  frame: parts => (parts.name === '' ? `    at ${placeOf(parts)}` : `    at ${parts.name} (${placeOf(parts)})`)
}
const python: Style = {
  newestFirst: false,
  frame: ({ name, file, module, line }) =>
    `  File "${file || module || anonymous}"${line === null ? '' : `, line ${line}`}, in ${name || '<module>'}`
}
const java: Style = {
  newestFirst: true,
  frame: ({ name, module, file, line }) =>
    `    at ${joined(module, '.', name) || anonymous}(${file || 'Unknown Source'}${line === null ? '' : `:${line}`})`
}
const csharp: Style = {
  newestFirst: true,
  frame: ({ name, module, file, line }) =>
    [
      `   at ${joined(module, '.', name) || anonymous}`,
      file === '' ? '' : ` in ${file}`,
      line === null ? '' : `:line ${line}`
    ].join('')
}
const ruby: Style = {
  newestFirst: true,
  frame: ({ name, file, module, line }) =>
    `    from ${file || module || anonymous}${line === null ? '' : `:${line}`}${name === '' ? '' : `:in '${name}'`}`
}
const php: Style = {
  newestFirst: true,
  frame: ({ name, file, module, line }) =>
    `    ${file || anonymous}${line === null ? '' : `(${line})`}: ${joined(module, '\\', name) || '{main}'}()`
}
const go: Style = {
  newestFirst: true,
  frame: parts => `    ${joined(parts.module, '.', parts.name) || anonymous}()\n        ${placeOf(parts)}`
}

const styles = new Map<unknown, Style>([
  ['python', python],
  ['java', java],
  ['kotlin', java],
  ['csharp', csharp],
  ['ruby', ruby],
  ['php', php],
  ['go', go]
])

/** One frame on one line (two for Go), without the space before it. */
export function frameText(frame: unknown, platform: string): string {
  return styleOf(frame, platform).frame(partsOf(frame)).trim()
}

/**
 * `heading` says what was thrown; frames are given oldest first. A frame's line of source stands below it where it is
 * known, as Python does it.
 */
export function traceText(frames: readonly unknown[], heading: string, platform: string): string {
  const style = styleOf(undefined, platform)
  const lines = frames.map(frame => frameLines(frame, platform))
  if (style.newestFirst) return [heading, ...lines.reverse()].filter(line => line !== '').join('\n')
  return ['Traceback (most recent call last):', ...lines, heading].filter(line => line !== '').join('\n')
}

/** `Type: value`, or whichever of them there is. */
export function exceptionHeading(exception: Readonly<Record<string, unknown>>): string {
  return joined(textOf(exception.type), ': ', textOf(exception.value))
}

export function textOf(value: unknown): string {
  return typeof value === 'string'
    ? value
    : typeof value === 'number' || typeof value === 'boolean'
      ? String(value)
      : ''
}

function frameLines(frame: unknown, platform: string): string {
  const style = styleOf(frame, platform)
  const source = style === python && isObject(frame) ? textOf(frame.context_line).trim() : ''
  return style.frame(partsOf(frame)) + (source === '' ? '' : `\n    ${source}`)
}

/** A trace may cross platforms: then its frames say which is theirs. */
function styleOf(frame: unknown, platform: string): Style {
  const own = isObject(frame) && typeof frame.platform === 'string' ? frame.platform : platform
  return styles.get(own) ?? javascript
}

function partsOf(frame: unknown): FrameParts {
  if (!isObject(frame)) return { name: '', module: '', file: '', line: null, column: null }
  return {
    name: oneLine(textOf(frame.function)),
    module: oneLine(textOf(frame.module)),
    file: oneLine(textOf(frame.filename) || textOf(frame.abs_path)),
    line: numberOf(frame.lineno),
    column: numberOf(frame.colno)
  }
}

function placeOf({ file, module, line, column }: FrameParts): string {
  const place = line === null ? '' : column === null ? `:${line}` : `:${line}:${column}`
  return (file || module || anonymous) + place
}

function numberOf(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null
}

function oneLine(text: string): string {
  return text.replaceAll(/[\r\n]+/g, ' ')
}

function joined(first: string, between: string, second: string): string {
  return first === '' || second === '' ? first + second : first + between + second
}
