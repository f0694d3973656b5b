/**
 * Version 1 of grouping, as it was: frozen, so that events find the issues that it made. Only the hash is needed of it
 * (services/commit): an event whose fingerprint is new is looked up by this one too.
 */
import { hash } from 'node:crypto'
import { isText, type NormalisedEvent, type Thread } from '../../../schema/event.ts'
import type { Grouping } from '../../../schema/pipeline.ts'
import { securityReport } from '../security.ts'
import { exceptionComponents } from './exceptions.ts'
import { frameComponents } from './frames.ts'
import { normaliseMessage } from './message.ts'

export const version = 'mesher:1'
const standIn = /^\s*\{\{\s*default\s*\}\}\s*$/

/** 64 hex digits. */
export function fingerprintOfVersion1(event: NormalisedEvent): string {
  const { rule, components } = byFingerprint(event) ?? byContent(event)
  return hashOf(rule, components)
}

type Decision = Pick<Grouping, 'rule' | 'components'>

/** What the client asks for. Nothing, blanks, or the stand-in alone ask for nothing. */
function byFingerprint(event: NormalisedEvent): Decision | null {
  const { fingerprint } = event
  if (fingerprint === undefined || !fingerprint.some(isText)) return null
  if (fingerprint.length === 1 && standIn.test(fingerprint[0] ?? '')) return null
  const components = fingerprint.flatMap(part => {
    if (!standIn.test(part)) return [part]
    const content = byContent(event)
    return [`default ${content.rule}`, ...content.components]
  })
  return { rule: 'custom', components }
}

function byContent(event: NormalisedEvent): Decision {
  const exceptions = event.exception === undefined ? [] : exceptionComponents(event.exception.values)
  if (exceptions.length > 0) return { rule: 'exception', components: exceptions }

  const message = messageOf(event)
  const frames = message === '' ? stackComponents(event) : []
  if (frames.length > 0) return { rule: 'stack', components: frames }
  if (event.csp !== undefined) return { rule: 'security', components: securityComponents(event.csp) }
  if (message !== '') {
    return {
      rule: 'message',
      components: event.logger === undefined ? [`message ${message}`] : [`message ${message}`, `logger ${event.logger}`]
    }
  }

  const sdk = typeof event.sdk?.name === 'string' ? event.sdk.name.slice(0, 200) : ''
  return {
    rule: 'fallback',
    components: [`platform ${event.platform ?? ''}`, `transaction ${event.transaction ?? ''}`, `sdk ${sdk}`]
  }
}

/** The template where there are parameters for it, else the text without what changes. */
function messageOf({ message, logentry }: NormalisedEvent): string {
  const params = logentry?.params
  const template = logentry?.message
  if (isText(template) && params != null && Object.keys(params).length > 0) return template
  return normaliseMessage([logentry?.formatted, message, template].find(isText) ?? '')
}

function stackComponents({ stacktrace, threads }: NormalisedEvent): string[] {
  const decisive = stacktrace ?? decisiveThread(threads?.values ?? [])?.stacktrace
  return decisive == null ? [] : frameComponents(decisive.frames)
}

/** The one that crashed, else the one that ran, else the only one. */
function decisiveThread(threads: readonly Thread[]): Thread | undefined {
  const crashed = threads.filter(thread => thread.crashed === true)
  const current = threads.filter(thread => thread.current === true)
  return [crashed, current, threads].find(list => list.length === 1)?.[0]
}

function securityComponents(csp: Record<string, unknown>): string[] {
  const { directive, blocked } = securityReport(csp)
  return [`directive ${directive}`, `blocked ${blocked}`]
}

/** Lengths before the components, so that no other cut of the same text has the same hash. */
function hashOf(rule: string, components: readonly string[]): string {
  let text = `${version.length}:${version}${rule.length}:${rule}`
  for (const component of components) text += `${component.length}:${component}`
  return hash('sha256', text, 'hex')
}
