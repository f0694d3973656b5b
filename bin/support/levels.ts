/** Levels of events in colours. */
import type { Colours } from './terminal.ts'

export function levelText(level: string, { bgRed, red, yellow, cyan, dim }: Colours): string {
  switch (level) {
    case 'fatal':
      return bgRed(level)
    case 'error':
      return red(level)
    case 'warning':
      return yellow(level)
    case 'info':
      return cyan(level)
    default:
      return dim(level)
  }
}
