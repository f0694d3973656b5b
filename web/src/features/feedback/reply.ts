/** What a reply to feedback begins with, as a link to the mail program of who replies. */
import type { InboxItem } from '../../api/types.ts'
import { texts } from './texts.ts'

const address = /^[^\s@<>,;:?&"]{1,64}@[^\s@<>,;:?&"/]{1,190}$/
const quotedCharsMax = 1_000

/** Null where what was given as an address is none. */
export function replyLink({ email, message }: Pick<InboxItem, 'email' | 'message'>): string | null {
  if (!address.test(email)) return null
  const quoted = [...message].slice(0, quotedCharsMax).join('').replaceAll(/^/gm, '> ')
  const [subject, body] = [texts.card.replySubject, `\n\n${quoted}\n`].map(encodeURIComponent)
  return `mailto:${encodeURIComponent(email)}?subject=${subject}&body=${body}`
}

/** The page that the feedback was written on; null for what leads anywhere but to a page. */
export function pageLink(url: string): string | null {
  return URL.canParse(url) && ['http:', 'https:'].includes(new URL(url).protocol) ? url : null
}
