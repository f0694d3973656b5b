/**
 * ISO 8601 times as clients write them: a date, or a date and a time of day, with any fraction; without a zone it is
 * UTC.
 */
const form =
  /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?(?:(Z)|([+-])(\d\d):?(\d\d)?)?)?$/i
const minuteMs = 60_000
const [zero, dash, point, colon, letterT, letterZ] = [0x30, 0x2d, 0x2e, 0x3a, 0x54, 0x5a]

/**
 * Milliseconds since the epoch, or null when the text is no time (the 30th of February is none). A leap second is the
 * next minute.
 */
export function isoTimeMs(text: string): number | null {
  return commonTimeMs(text) ?? otherTimeMs(text)
}

/**
 * `2026-11-23T13:16:49.214Z`, which most clients write, on any but the last days of a month; null for others. Read
 * character by character, since every event has times: `Date.parse` makes half a kilobyte of garbage.
 */
function commonTimeMs(text: string): number | null {
  if (text.length !== 24 || text.charCodeAt(4) !== dash || text.charCodeAt(7) !== dash) return null
  if (text.charCodeAt(10) !== letterT || text.charCodeAt(13) !== colon || text.charCodeAt(16) !== colon) return null
  if (text.charCodeAt(19) !== point || text.charCodeAt(23) !== letterZ) return null
  const year = twoDigits(text, 0) * 100 + twoDigits(text, 2)
  const month = twoDigits(text, 5)
  const day = twoDigits(text, 8)
  const hour = twoDigits(text, 11)
  const minute = twoDigits(text, 14)
  const second = twoDigits(text, 17)
  const ms = twoDigits(text, 20) * 10 + digit(text, 22)
  // Years below 100 are others to `Date.UTC`. What is no digit is NaN, and within nothing.
  const isDay = year >= 1_000 && month >= 1 && month <= 12 && day >= 1 && day <= (month === 2 ? 28 : 30)
  return isDay && hour <= 23 && minute <= 59 && second <= 59 && ms >= 0
    ? Date.UTC(year, month - 1, day, hour, minute, second, ms)
    : null
}

function twoDigits(text: string, at: number): number {
  return digit(text, at) * 10 + digit(text, at + 1)
}

function digit(text: string, at: number): number {
  const value = text.charCodeAt(at) - zero
  return value >= 0 && value <= 9 ? value : NaN
}

function otherTimeMs(text: string): number | null {
  const [
    ,
    year,
    month,
    day,
    hour = '0',
    minute = '0',
    second = '0',
    fraction = '',
    ,
    sign,
    zoneHours = '0',
    zoneMinutes = '0'
  ] = form.exec(text) ?? []
  if (year === undefined) return null
  const date = new Date(0).setUTCFullYear(Number(year), Number(month) - 1, Number(day))
  if (new Date(date).getUTCDate() !== Number(day) || Number(month) < 1 || Number(month) > 12) return null
  if (
    Number(hour) > 23 ||
    Number(minute) > 59 ||
    Number(second) > 60 ||
    Number(zoneHours) > 23 ||
    Number(zoneMinutes) > 59
  ) {
    return null
  }

  const ofDay =
    (Number(hour) * 60 + Number(minute)) * minuteMs + Number(second) * 1000 + Math.floor(Number(`0.${fraction}`) * 1000)
  const zone = (Number(zoneHours) * 60 + Number(zoneMinutes)) * minuteMs
  return date + ofDay - (sign === '-' ? -zone : zone)
}
