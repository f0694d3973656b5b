/** Facts of an event that one wants to know first, each with the search for the events that share it. */
import type { EventDetail } from '../../../api/types.ts'
import { quoted, tagTerm } from '../../../lib/searchQuery.ts'
import { isMembers, textOf, type Thrown } from './eventParts.ts'
import { texts } from './texts.ts'

/** `term` is '' where there is no search for it. */
export type Fact = { name: string; value: string; term: string }

/** A search has at most 1,000 characters. */
const termCharsMax = 900

const userKeys = { email: 'user.email', username: 'user.username', id: 'user.id', ip_address: 'user.ip' } as const

export function factsOf(event: EventDetail): Fact[] {
  const context = (key: 'browser' | 'os' | 'runtime'): string => event.tags[key] ?? named(event.contexts[key])
  const facts = [
    fact(texts.facts.url, textOf(event.request?.url), 'url'),
    fact(texts.facts.transaction, event.transaction, 'transaction'),
    {
      ...fact(texts.facts.release, event.release, 'release'),
      value: [event.release, event.dist].filter(Boolean).join(' · ')
    },
    fact(texts.facts.environment, event.environment, 'environment'),
    userOf(event),
    fact(texts.facts.browser, context('browser'), 'browser'),
    fact(texts.facts.os, context('os'), 'os'),
    fact(texts.facts.runtime, context('runtime'), 'runtime'),
    fact(texts.facts.server, event.server_name, 'server_name'),
    fact(texts.facts.logger, event.logger, 'logger'),
    { name: texts.facts.platform, value: event.platform, term: '' }
  ]
  return facts.filter(({ value }) => value !== '')
}

/** Errors of this type that came through the same function of the application; '' when it says neither. */
export function traceTerm({ type, trace }: Thrown): string {
  const name = trace?.frames.find(({ inApp }) => inApp)?.name ?? '<anonymous>'
  return bounded(
    [type === '' ? '' : `error.type:${quoted(type)}`, name === '<anonymous>' ? '' : `stack.function:${quoted(name)}`]
      .filter(part => part !== '')
      .join(' ')
  )
}

export function likeTag(key: string, value: string): string {
  return value === '' ? '' : bounded(tagTerm(key, value))
}

function fact(name: string, value: string, key: string): Fact {
  return { name, value, term: value === '' ? '' : bounded(`${key}:${quoted(value)}`) }
}

function userOf({ user }: EventDetail): Fact {
  for (const [name, key] of Object.entries(userKeys)) {
    const value = textOf(user?.[name])
    if (value !== '') return fact(texts.facts.user, value, key)
  }
  return fact(texts.facts.user, '', '')
}

function bounded(term: string): string {
  return term.length > termCharsMax ? '' : term
}

/** "Firefox 140.0" of a context that has a name. */
function named(context: unknown): string {
  return isMembers(context) ? [textOf(context.name), textOf(context.version)].filter(part => part !== '').join(' ') : ''
}
