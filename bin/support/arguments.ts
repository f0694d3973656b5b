/** Checks of flags that are not settings. Commander adds the flag's name to what they say. */
import { InvalidArgumentError } from 'commander'

export function numberUpTo(greatest: number): (text: string) => number {
  return text => {
    const number = Number(text)
    if (!/^\d{1,9}$/.test(text) || number < 1 || number > greatest) {
      throw new InvalidArgumentError(`Allowed is a whole number from 1 to ${greatest}.`)
    }
    return number
  }
}

export function positiveRate(text: string): number {
  const rate = Number(text)
  if (!/^\d{1,6}(?:\.\d{1,3})?$/.test(text) || rate <= 0) {
    throw new InvalidArgumentError('Allowed is a number of events a second, more than 0.')
  }
  return rate
}

export function dsnKey(text: string): string {
  if (!/^[0-9a-f]{32}$/.test(text)) throw new InvalidArgumentError('Allowed are 32 digits from 0 to 9 and a to f.')
  return text
}

/** A time span like 90m, 24h or 7d, in milliseconds. */
export function timeSpan(text: string): number {
  const [, amount, unit = ''] = /^(\d{1,5})([mhd])$/.exec(text) ?? []
  const unitMs = { m: 60_000, h: 3_600_000, d: 86_400_000 }[unit]
  if (amount === undefined || unitMs === undefined || Number(amount) === 0) {
    throw new InvalidArgumentError('Allowed is a number of minutes, hours or days, like 30m, 24h or 7d.')
  }
  return Number(amount) * unitMs
}
