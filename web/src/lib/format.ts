/** Numbers and words as people read them. */
import prettyBytes from 'pretty-bytes'

const compact = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 })
const whole = new Intl.NumberFormat('en')

/** 431.4K; exact below ten thousand. Show `exact` beside it in a title. */
export function short(value: number): string {
  return Math.abs(value) < 10_000 ? whole.format(value) : compact.format(value)
}

export function exact(value: number): string {
  return whole.format(value)
}

/** Beside counts that are no exact ones of what is stored. */
export const extrapolatedNote = 'Extrapolated: sampling keeps a share of the events, and each counts for several.'

/** "1 event", "2,000 events". */
export function counted(value: number, one: string, many = `${one}s`): string {
  return `${whole.format(value)} ${value === 1 ? one : many}`
}

export function percent(part: number, total: number): string {
  if (total === 0) return '0%'
  const share = (part / total) * 100
  return share > 0 && share < 1 ? '<1%' : `${Math.round(share)}%`
}

/** "150 KiB". */
export function bytes(value: number): string {
  return prettyBytes(value, { binary: true })
}

/** Up to two letters that stand for a person. */
export function initials(name: string): string {
  const words = name
    .replace(/@.*$/, '')
    .split(/[\s._-]+/)
    .filter(word => word !== '')
  return (
    words
      .slice(0, 2)
      .map(word => [...word][0]?.toUpperCase() ?? '')
      .join('') || '?'
  )
}

export function personName({ name, email }: { name: string; email: string }): string {
  return name === '' ? email : name
}
