/**
 * Numbers that name an account of a person: payment cards, bank accounts, US social security numbers. Each has a check
 * of its own (Luhn, ISO 7064, the ranges that are issued), so that order numbers and ids of the same form stay. Every
 * pattern is of bounded length, so the work is linear in the text.
 */

/** Groups of three digits and more, a space or a dash before each but the first; the last may be shorter. */
const digitGroups = /\d{3,}(?:[ -]\d{3,})*(?:[ -]\d{1,2}(?!\d))?/g
const digitGroup = /[ -]?\d+/g
/** What stands before or behind a number makes it a part of something else: an id, a fraction, a phone number. */
const partBefore = /[\w.+]/
const partBehind = /^(?:\w|\.\d)/
const cardDigitsMin = 13
const cardDigitsMax = 19
/** First digits and lengths of the networks that issue cards. */
const cardNetworks = [
  // Visa
  /^4(?:\d{12}|\d{15}|\d{18})$/,
  // Mastercard
  /^5[1-5]\d{14}$/,
  /^2(?:2[2-9]|[3-6]\d|7[01])\d{13}$/,
  /^2720\d{12}$/,
  // American Express
  /^3[47]\d{13}$/,
  // Diners Club
  /^3(?:0[0-5]|[68]\d)\d{11}$/,
  // Discover
  /^6(?:011|4[4-9]\d|5\d\d)\d{12}$/,
  // JCB
  /^35(?:2[89]|[3-8]\d)\d{12}$/,
  // UnionPay
  /^62\d{14,17}$/,
  // Maestro
  /^(?:50[0-9]{2}|5[6-8]\d{2}|6[37]\d{2})\d{9,15}$/
]

export function withoutCards(text: string, replacement: string): string {
  return text.replace(digitGroups, (number, index: number) => {
    if (number.length < cardDigitsMin) return number
    const groups = number.match(digitGroup) ?? []
    const end = index + number.length
    const first = index > 0 && partBefore.test(text.charAt(index - 1)) ? 1 : 0
    const last = groups.length - (partBehind.test(text.slice(end, end + 2)) ? 1 : 0)
    if (first >= last) return number
    const kept = withoutCardsIn(groups.slice(first, last), replacement)
    return groups.slice(0, first).join('') + kept + groups.slice(last).join('')
  })
}

/** One or more groups in a row are a card's number; what stands before and behind them stays. */
function withoutCardsIn(groups: readonly string[], replacement: string): string {
  let kept = ''
  for (let first = 0; first < groups.length;) {
    const group = groups[first] ?? ''
    const count = cardGroups(groups, first)
    kept += count === 0 ? group : (/^[ -]/.exec(group)?.[0] ?? '') + replacement
    first += Math.max(count, 1)
  }
  return kept
}

/** How many groups from the first one on are a card's number; 0 when none are. */
function cardGroups(groups: readonly string[], first: number): number {
  let digits = ''
  for (let count = 1; first + count <= groups.length; count++) {
    digits += (groups[first + count - 1] ?? '').replace(/^[ -]/, '')
    if (digits.length > cardDigitsMax) return 0
    if (digits.length >= cardDigitsMin && isCard(digits)) return count
  }
  return 0
}

function isCard(digits: string): boolean {
  return cardNetworks.some(network => network.test(digits)) && hasLuhnSum(digits)
}

/** ISO/IEC 7812-1, annex B. */
function hasLuhnSum(digits: string): boolean {
  let sum = 0
  for (let index = 0; index < digits.length; index++) {
    const digit = Number(digits[digits.length - 1 - index])
    const weighted = index % 2 === 0 ? digit : digit * 2
    sum += weighted > 9 ? weighted - 9 : weighted
  }
  return sum % 10 === 0 && !/^(\d)\1*$/.test(digits)
}

const accountForm = /(?<![A-Za-z0-9])[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?(?![A-Za-z0-9])/g
/** Lengths of the IBAN registry run from Norway's 15 to Russia's 33. */
const accountCharsMin = 15
const accountCharsMax = 34

export function withoutAccounts(text: string, replacement: string): string {
  return text.replace(accountForm, account => {
    const plain = account.replaceAll(' ', '')
    return plain.length >= accountCharsMin && plain.length <= accountCharsMax && hasIbanCheck(plain)
      ? replacement
      : account
  })
}

/**
 * ISO 13616: with the first four characters last and letters as numbers from 10 on, the rest of a division by 97 is 1.
 */
function hasIbanCheck(account: string): boolean {
  let rest = 0
  for (const char of account.slice(4) + account.slice(0, 4)) {
    const value = Number.parseInt(char, 36)
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97
  }
  return rest === 1
}

const ssnForm = /(?<![\w-])(\d{3})-(\d{2})-(\d{4})(?![\w-])/g

/** No number has the area 000, 666 or 9xx, the group 00 or the serial 0000. */
export function withoutSocialSecurityNumbers(text: string, replacement: string): string {
  return text.replace(ssnForm, (number, area: string, group: string, serial: string) =>
    area === '000' || area === '666' || area.startsWith('9') || group === '00' || serial === '0000'
      ? number
      : replacement
  )
}
