/**
 * Tables and times for people. Without a terminal there are no colours, and columns are parted by two spaces all the
 * same.
 */
import type { WriteStream } from 'node:tty'
import { stripVTControlCharacters } from 'node:util'
import Table from 'cli-table3'
import prettyBytes from 'pretty-bytes'
import { coloursFor, type Colours } from './terminal.ts'

export type Column = {
  title: string
  align?: 'left' | 'right'
  charsMax?: number
  /** Gives up characters when the terminal is narrow. */ shrinks?: boolean
}

export type Look = { colours: Colours; /** Of the terminal; no limit without one. */ charsMax?: number | undefined }

const gapChars = 2
const shrunkCharsMin = 20

/** How a table looks best on this stream. */
export function lookOf(stream: Pick<WriteStream, 'isTTY' | 'columns'>): Look {
  return { colours: coloursFor(stream), charsMax: stream.isTTY ? stream.columns : undefined }
}

/** Columns with a bound are cut to it and cleared of control characters: titles come from senders of events. */
export function tableOf(
  columns: readonly Column[],
  rows: ReadonlyArray<readonly string[]>,
  { colours, charsMax = Infinity }: Look
): string {
  const cells = rows.map(row => row.map((text, index) => cell(text, columns[index]?.charsMax)))
  const widths = columns.map(({ title }, index) =>
    Math.max(title.length, ...cells.map(row => shownChars(row[index] ?? '')))
  )
  const excess = widths.reduce((sum, width) => sum + width + gapChars, 0) - charsMax
  const shown =
    excess <= 0
      ? cells
      : cells.map(row =>
          row.map((text, index) =>
            columns[index]?.shrinks ? cut(text, Math.max(shrunkCharsMin, (widths[index] ?? 0) - excess)) : text
          )
        )

  const table = new Table({
    head: columns.map(({ title }) => colours.bold(title)),
    colAligns: columns.map(({ align = 'left' }) => align),
    chars: borderless,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': gapChars }
  })
  for (const row of shown) table.push(row)
  return table
    .toString()
    .split('\n')
    .map(line => line.trimEnd())
    .join('\n')
}

/** Text from outside, made safe to print: one line, no escape sequences. Colours are added after this. */
export function plainText(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').trim()
}

export function cut(text: string, charsMax: number): string {
  const chars = [...text]
  return chars.length <= charsMax ? text : `${chars.slice(0, charsMax - 1).join('')}…`
}

/** `3m ago`; older than a month as a date. */
export function ago(time: Date, now: Date): string {
  const seconds = Math.round((now.getTime() - time.getTime()) / 1_000)
  if (seconds < 5) return 'now'
  const unit = agoUnits.find(({ below }) => seconds < below)
  if (unit === undefined) return time.toISOString().slice(0, 10)
  return agoFormat.format(-Math.floor(seconds / unit.seconds), unit.name)
}

const agoFormat = new Intl.RelativeTimeFormat('en', { style: 'narrow' })
const agoUnits = [
  { name: 'second', seconds: 1, below: 60 },
  { name: 'minute', seconds: 60, below: 60 * 60 },
  { name: 'hour', seconds: 3_600, below: 24 * 60 * 60 },
  { name: 'day', seconds: 86_400, below: 30 * 24 * 60 * 60 }
] as const

/** `123 MiB`. */
export function bytesText(bytes: number): string {
  return prettyBytes(bytes, { binary: true })
}

function shownChars(text: string): number {
  return [...stripVTControlCharacters(text)].length
}

function cell(text: string, charsMax: number | undefined): string {
  return charsMax === undefined ? text : cut(plainText(text), charsMax)
}

const borderless = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: ''
}
