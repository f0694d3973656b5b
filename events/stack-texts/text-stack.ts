/**
 * What the parsers of stack texts have in common. A text comes from outside: it is cut to lines that are bounded in
 * number and length before a parser sees it. A pattern of a parser goes over one line, and takes steps in proportion to
 * its length: no part of it can end at many places for each place where another begins.
 */
import type { Frame } from '../../schema/event.ts'

/** One exception of a text. Frames are oldest first, as in events. */
export type TextException = { type: string; value: string; frames: Frame[] }

/** Exceptions with what was thrown last at the end; those without frames are left out by `parseStackText`. */
export type StackParser = (lines: readonly string[]) => TextException[]

const charsMax = 256 * 1024
const linesMax = 4_000
const lineCharsMax = 2_000

export function linesOf(text: string): string[] {
  return text
    .slice(0, charsMax)
    .split(/\r?\n/, linesMax)
    .map(line => (line.length > lineCharsMax ? line.slice(0, lineCharsMax) : line).trimEnd())
}

/** `Type: value`; a line of other form is all value, unless it can be the name of a type. */
export function headingOf(line: string): { type: string; value: string } {
  const [, type, value] = /^([\w.$\\`+:[\],<>]{1,200}?)(?:: (.*)|:)?$/.exec(line) ?? []
  return type === undefined ? { type: '', value: line } : { type, value: value ?? '' }
}

export function wholeNumber(text: string | undefined): number | undefined {
  const number = Number(text)
  return text === undefined || text === '' || !Number.isSafeInteger(number) ? undefined : number
}

/** A frame without the members that are not known. */
export function frameOf(frame: Frame): Frame {
  return Object.fromEntries(Object.entries(frame).filter(([, value]) => value !== undefined && value !== ''))
}
