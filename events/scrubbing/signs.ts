/**
 * What a text may hold, found in one pass over its characters. Most texts hold nothing secret, so they must be cheap to
 * pass: only the finders whose sign was seen look at the text again. A sign may be wrong in one direction only: a
 * finder never finds anything in a text without its sign.
 */

export const signs = {
  /** `=` or a colon: a name and a value. */
  pair: 1,
  /** `://` with an `@` behind it. */
  login: 2,
  /** As many digits as a card number has, with single spaces and dashes between them. */
  card: 4,
  /** Three digits and a dash, as in a social security number. */
  dashedDigits: 8,
  /** Two capitals and a digit, as an IBAN begins. */
  account: 16,
  /** A long run of letters, digits, dashes and underscores: a key or a token. */
  longRun: 32,
  /** `-----`: the frame of a key. */
  frame: 64,
  /** ` --` or ` -`: an option of a command. */
  option: 128,
  /** A word like `Bearer`, and a space. */
  scheme: 256
} as const

const space = 0x20
const dash = 0x2d
const slash = 0x2f
const colon = 0x3a
const equals = 0x3d
const at = 0x40

const cardDigitsMin = 13
const longRunMin = 20

/** What a character means to the scan: letters and `_` nothing, everything that is not named ends a run. */
const kind = { letter: 0, digit: 1, dash: 2, end: 3 } as const
const kinds = Uint8Array.from({ length: 128 }, (_, code) => {
  const char = String.fromCharCode(code)
  if (/[A-Za-z_]/.test(char)) return kind.letter
  if (/\d/.test(char)) return kind.digit
  return char === '-' ? kind.dash : kind.end
})

/** The signs of everything that the text may hold, as one number; 0 for most texts. */
export function signsOf(text: string): number {
  let found = 0
  let digits = 0
  let runStart = 0
  let hasPlace = false
  const { length } = text
  for (let index = 0; index < length; index++) {
    const code = text.charCodeAt(index)
    const meaning = code < 128 ? (kinds[code] ?? kind.end) : kind.end
    if (meaning === kind.letter) continue
    if (meaning === kind.digit) {
      digits = continuesNumber(text, index) ? digits + 1 : 1
      if (digits === cardDigitsMin) found |= signs.card
      if (digits === 1 && isCapital(text.charCodeAt(index - 1)) && isCapital(text.charCodeAt(index - 2))) {
        found |= signs.account
      }
    } else if (meaning === kind.dash) found |= signOfDash(text, index)
    else {
      if (index - runStart >= longRunMin) found |= signs.longRun
      runStart = index + 1
      if (code === equals || (code === colon && mayName(text, index))) found |= signs.pair
      else if (code === slash) hasPlace ||= text.charCodeAt(index - 1) === slash && text.charCodeAt(index - 2) === colon
      else if (code === at && hasPlace) found |= signs.login
      else if (code === space && endsScheme(text, index)) found |= signs.scheme
    }
  }
  return length - runStart >= longRunMin ? found | signs.longRun : found
}

/** Not within a time, a place or the name of a class. */
function mayName(text: string, colonAt: number): boolean {
  const before = text.charCodeAt(colonAt - 1)
  const behind = text.charCodeAt(colonAt + 1)
  return behind !== slash && behind !== colon && before !== colon && !(isDigit(before) && isDigit(behind))
}

/** After another digit, or after a space or a dash behind one. */
function continuesNumber(text: string, index: number): boolean {
  const before = text.charCodeAt(index - 1)
  return isDigit(before) || ((before === space || before === dash) && isDigit(text.charCodeAt(index - 2)))
}

function signOfDash(text: string, index: number): number {
  const before = text.charCodeAt(index - 1)
  if (isDigit(before)) return signs.dashedDigits
  if (before === dash) return text.charCodeAt(index - 2) === dash ? signs.frame : signs.option
  return before === space ? signs.option : 0
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39
}

function isCapital(code: number): boolean {
  return code >= 0x41 && code <= 0x5a
}

/** The last two letters of `Bearer`, `Basic`, `Token`, `Digest` and `ApiKey`, in any case. */
const schemeEnds = new Set(['er', 'ic', 'en', 'st', 'ey'].map(end => end.charCodeAt(0) * 256 + end.charCodeAt(1)))

function endsScheme(text: string, index: number): boolean {
  return index >= 5 && schemeEnds.has((text.charCodeAt(index - 2) | 0x20) * 256 + (text.charCodeAt(index - 1) | 0x20))
}
