/**
 * Stacks of JavaScript: those of V8 (Node.js, Chromium: `at name (file:1:2)`) and those of Firefox and Safari
 * (`name@file:1:2`). Causes are read where a text has them, as Node.js prints them.
 */
import type { Frame } from '../../schema/event.ts'
import { frameOf, headingOf, wholeNumber, type TextException } from './text-stack.ts'

const ofV8 = /^\s*at (?:async )?(.{1,1900})$/
const ofOthers =
  /^(?:([^@\s()]{0,400}|.{0,400}[<\]>])@)((?:https?|file|capacitor|app|webpack|blob):.{1,1500}|\/.{1,1500})$/
const position = /^(.{1,1500}?):(\d{1,9})(?::(\d{1,9}))?$/
const withoutPlace = new Set(['native', '<anonymous>'])
const isCause = /^\s*(?:\[cause\]: |Caused by: )(.*?)(?: \{)?$/

type Reading = { heading: string[]; newestFirst: Frame[] }

export function parseJavascript(lines: readonly string[]): TextException[] {
  let reading: Reading = { heading: [], newestFirst: [] }
  const readings = [reading]
  for (const line of lines) {
    const [, cause] = isCause.exec(line) ?? []
    if (cause !== undefined) readings.push((reading = { heading: [cause], newestFirst: [] }))
    else {
      const frame = frameIn(line)
      if (frame !== null) reading.newestFirst.push(frame)
      else if (reading.newestFirst.length === 0) reading.heading.push(line)
    }
  }
  return readings.map(exceptionOf).reverse()
}

function exceptionOf({ heading, newestFirst }: Reading): TextException {
  const [first = '', ...others] = heading
  const { type, value } = headingOf(first.replace(/^Uncaught /, ''))
  return { type, value: [value, ...others].join('\n').trimEnd(), frames: newestFirst.reverse() }
}

function frameIn(line: string): Frame | null {
  const [, called] = ofV8.exec(line) ?? []
  if (called !== undefined) return frameOfV8(called)
  const [, name, place = ''] = ofOthers.exec(line.trim()) ?? []
  return name === undefined ? null : frame(name, place)
}

function frameOfV8(called: string): Frame | null {
  const evaluated = called.indexOf('eval at ')
  // Code that was evaluated is where it was evaluated: it has no file.
  if (evaluated !== -1) return frame(called.slice(0, evaluated).replace(/ ?\(?$/, ''), innermost(called))
  const [, name, place] = /^(.{1,400}?) \((.{1,1500})\)$/.exec(called) ?? []
  return place === undefined ? frame('', called) : frame(name ?? '', place)
}

/** `sneaky (eval at main (/app/cart.js:6:9), <anonymous>:1:27)` → `/app/cart.js:6:9` */
function innermost(called: string): string {
  const within = called.slice(called.lastIndexOf('(') + 1)
  const end = within.indexOf(')')
  return end === -1 ? within : within.slice(0, end)
}

function frame(name: string, place: string): Frame | null {
  const [, path, line, column] = position.exec(place) ?? []
  if (path === undefined) {
    return withoutPlace.has(place) ? frameOf({ function: name, filename: place, in_app: false }) : null
  }
  const file = path.replace(/^file:\/\//, '')
  return frameOf({
    function: name === '' ? undefined : name,
    filename: file,
    abs_path: file,
    lineno: wholeNumber(line),
    colno: wholeNumber(column),
    in_app: isOwn(file)
  })
}

/** Neither of the engine, nor of an extension of the browser, nor installed. */
const notOwn = new RegExp(
  [
    '^(?:node:|internal\\/|native |<anonymous>$|(?:chrome|moz|safari(?:-web)?)-extension:)',
    '[/\\\\]node_modules[/\\\\]'
  ].join('|')
)

function isOwn(file: string): boolean {
  return !notOwn.test(file)
}
