/** What is said of changes and rates, in words. */

/** How many times as many: "+50%", "−20%", "×3.2"; '' where nothing can be said. */
export function changeWords(before: number, after: number): string {
  if (before === 0 || !Number.isFinite(after / before)) return ''
  const times = after / before
  if (times >= 3) return `×${times < 10 ? times.toFixed(1) : Math.round(times)}`
  const percent = Math.round((times - 1) * 100)
  return percent === 0 ? '±0%' : percent > 0 ? `+${percent}%` : `−${-percent}%`
}

/** Of events in an hour: whole numbers, or with one or two digits where they are small. */
export function perHour(count: number): string {
  if (count >= 100) return Math.round(count).toLocaleString('en')
  return count.toFixed(count >= 10 || count === 0 ? 0 : count >= 1 ? 1 : 2)
}
