/**
 * What a terminal gets that a file does not: colours and progress. Results go to standard output, everything else (the
 * log, progress, errors) to standard error. NO_COLOR turns colours off, FORCE_COLOR turns them on.
 */
import type { WriteStream } from 'node:tty'
import pc from 'picocolors'

export type Colours = ReturnType<typeof pc.createColors>

export function hasColours(stream: Pick<WriteStream, 'isTTY'>, env: NodeJS.ProcessEnv = process.env): boolean {
  if (isSet(env.NO_COLOR)) return false
  if (isSet(env.FORCE_COLOR)) return env.FORCE_COLOR !== '0'
  return stream.isTTY && env.TERM !== 'dumb'
}

export function coloursFor(stream: Pick<WriteStream, 'isTTY'>): Colours {
  return pc.createColors(hasColours(stream))
}

function isSet(text: string | undefined): boolean {
  return text !== undefined && text !== ''
}
