/** What is known of a person beside events: feedback by their e-mail address, and quarantined events that name them. */
import { personKinds, type Person } from '../../schema/api/persons.ts'

/**
 * A regular expression of PostgreSQL for the body of a quarantined event. It may be cut, or be no JSON: what holds a
 * name of the person as a member of that name is about them as far as is known.
 */
export function namedIn(person: Person): string {
  const named = personKinds.flatMap(kind => {
    const name = person[kind]
    if (name === undefined) return []
    const members = kind === 'user' ? '(id|email|username|ip_address)' : kind
    const number = /^\d{1,18}$/.test(name) ? `|${name}[^0-9]` : ''
    return [`"${members}"\\s*:\\s*(${escaped(JSON.stringify(name))}${number})`]
  })
  return named.join('|')
}

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')
}

/** Addresses under which the person wrote feedback, in lower case: what is shown of a user may be one. */
export function addressesOf({ user, email }: Person): string[] {
  return [user, email].flatMap(one => (one?.includes('@') ? [one.toLowerCase()] : []))
}
