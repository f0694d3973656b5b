/** Tables and times for people. Without a terminal there are no colours, and columns are parted by two spaces all the same. */
import Table from 'cli-table3'
import type { Colours } from './terminal.ts'

export type Column = { title: string, align?: 'left' | 'right', charsMax?: number }

/** Every text is cut to its column's length and cleared of control characters: titles come from whoever sends events. */
export function tableOf (columns: readonly Column[], rows: ReadonlyArray<readonly string[]>, colours: Colours): string {
  const table = new Table({
    head: columns.map(({ title }) => colours.bold(title)),
    colAligns: columns.map(({ align = 'left' }) => align),
    chars: borderless,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 2 }
  })
  for (const row of rows) table.push(row.map((text, index) => cell(text, columns[index]?.charsMax)))
  return table.toString().split('\n').map(line => line.trimEnd()).join('\n')
}

/** Text of strangers, made safe to print: one line, no escape sequences. Colours are added after this. */
export function plainText (text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').trim()
}

export function cut (text: string, charsMax: number): string {
  const chars = [...text]
  return chars.length <= charsMax ? text : `${chars.slice(0, charsMax - 1).join('')}…`
}

/** `3 min ago`; older than a month as a date. */
export function ago (time: Date, now: Date): string {
  const seconds = Math.round((now.getTime() - time.getTime()) / 1_000)
  if (seconds < 5) return 'now'
  if (seconds < 60) return `${seconds} s ago`
  if (seconds < 60 * 60) return `${Math.floor(seconds / 60)} min ago`
  if (seconds < 24 * 60 * 60) return `${Math.floor(seconds / 3_600)} h ago`
  if (seconds < 30 * 24 * 60 * 60) return `${Math.floor(seconds / 86_400)} d ago`
  return time.toISOString().slice(0, 10)
}

export function bytesText (bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB']
  const power = Math.min(units.length - 1, bytes < 1 ? 0 : Math.floor(Math.log2(bytes) / 10))
  const amount = bytes / 1024 ** power
  return `${amount >= 100 || Number.isInteger(amount) ? Math.round(amount) : amount.toFixed(1)} ${units[power] ?? ''}`
}

function cell (text: string, charsMax: number | undefined): string {
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
