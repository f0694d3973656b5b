/** The output of benchmarks for people: one line of progress on stderr, tables and bar charts in the result. */
import Table from 'cli-table3'
import colors from 'picocolors'

const barChars = 40
const quietMs = 5_000

export type Progress = { say: (text: string) => void; done: (text: string) => void }

/** On a terminal the line rewrites itself; elsewhere a line comes every 5 s, and one for each step that is done. */
export function createProgress(stream: NodeJS.WriteStream = process.stderr): Progress {
  let saidAtMs = 0
  return {
    say: text => {
      if (stream.isTTY) stream.write(`\r\u001b[K${text}`)
      else if (Date.now() - saidAtMs > quietMs) {
        saidAtMs = Date.now()
        stream.write(`${text}\n`)
      }
    },
    done: text => {
      stream.write(stream.isTTY ? `\r\u001b[K${text}\n` : `${text}\n`)
    }
  }
}

/** Rows of a table; numbers stand at the right. */
export function tableOf(head: string[], rows: string[][]): string {
  const table = new Table({
    head: head.map(text => colors.bold(text)),
    style: { head: [], border: [] },
    colAligns: head.map((_, column) => (column === 0 ? 'left' : 'right'))
  })
  table.push(...rows)
  return table.toString()
}

/** One bar a line, the longest `barChars` wide. */
export function barChart(bars: ReadonlyArray<{ label: string; value: number; shown: string }>): string {
  const longest = Math.max(...bars.map(({ value }) => value), 1e-9)
  const labelChars = Math.max(...bars.map(({ label }) => label.length))
  return bars
    .map(({ label, value, shown }) => {
      const eighths = Math.round((value / longest) * barChars * 8)
      const bar = '█'.repeat(Math.floor(eighths / 8)) + ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'][eighths % 8]
      return `${label.padEnd(labelChars)}  ${colors.cyan(bar)} ${shown}`
    })
    .join('\n')
}

/** 12345.6 as 12,346. */
export function thousands(value: number): string {
  return Math.round(value).toLocaleString('en-US')
}

/** A ratio beside its bar, green when it is reached. */
export function verdict(name: string, value: number, bar: number): string {
  const text = `${name} ${value.toFixed(2)} (bar ${bar})`
  return value >= bar ? colors.green(`✔ ${text}`) : colors.red(`✘ ${text}`)
}
