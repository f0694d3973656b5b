/** Durations in the largest unit that is whole: 120 minutes are 2 hours, 90 minutes stay so. */
export type Unit = 'minutes' | 'hours' | 'days'

export function inUnit(minutes: number): { value: number; unit: Unit } {
  if (minutes > 0 && minutes % 1_440 === 0) return { value: minutes / 1_440, unit: 'days' }
  if (minutes > 0 && minutes % 60 === 0) return { value: minutes / 60, unit: 'hours' }
  return { value: minutes, unit: 'minutes' }
}
