/** Names of time zones as IANA has them. The runtime decides which there are; offsets such as `+02:00` are no names. */
import * as v from 'valibot'

const nameForm = /^[A-Za-z][\w+/-]{0,63}$/

/** The name as the runtime spells it; null when there is no such zone. */
export function timeZoneNamed(name: string): string | null {
  if (!nameForm.test(name)) return null
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone
  } catch (error) {
    if (error instanceof RangeError) return null
    throw error
  }
}

const message = 'must be the name of a time zone, such as Europe/Berlin'

/** Comes out as the runtime spells it. */
export const timeZone = v.pipe(
  v.string('must be given once'),
  v.check(name => timeZoneNamed(name) !== null, message),
  v.transform(name => timeZoneNamed(name) ?? 'UTC')
)
