/**
 * Reports that browsers send by themselves: content security policy in the old form (one object) and in the form of the
 * Reporting API (a list), Expect-CT, Expect-Staple and key pins. Each becomes an event; a list may hold reports of
 * other kinds, which are counted.
 */
import { isObject } from '../../schema/event.ts'
import { limits } from '../../schema/limits.ts'
import type { SentryClient } from '../../schema/pipeline.ts'
import { parseJson } from '../json.ts'

export type SecurityEvents = { events: Record<string, unknown>[]; others: number }

const hostReports = [
  ['expect-ct-report', 'Expect-CT'],
  ['expect-staple-report', 'Expect-Staple'],
  ['known-pins', 'Public key pinning']
] as const

/** Null for what is no report. */
export function securityEvents(body: Uint8Array, client: SentryClient): SecurityEvents | null {
  const json = parseJson(Buffer.from(body).toString())
  if (!json.ok) return null
  const list: unknown[] = Array.isArray(json.value) ? json.value.slice(0, limits.securityReportsMax) : [json.value]
  const events = list.map(report => (isObject(report) ? eventOf(report, client) : null)).filter(event => event !== null)
  if (events.length === 0 && !Array.isArray(json.value)) return null
  return { events, others: (Array.isArray(json.value) ? json.value.length : 1) - events.length }
}

function eventOf(report: Record<string, unknown>, client: SentryClient): Record<string, unknown> | null {
  if (isObject(report['csp-report'])) return policyEvent(report['csp-report'], client)
  if (report.type === 'csp-violation' && isObject(report.body)) {
    return policyEvent(withDashes(report.body), client, report.user_agent)
  }
  const found = hostReports.find(([member]) => report[member] !== undefined)
  return found === undefined ? null : hostEvent(found, report, client)
}

function policyEvent(csp: Record<string, unknown>, client: SentryClient, userAgent?: unknown): Record<string, unknown> {
  const page = csp['document-uri']
  return {
    ...common(client, userAgent, page, csp.referrer),
    logger: 'csp',
    csp,
    tags: {
      'effective-directive': shortText(csp['effective-directive'] ?? csp['violated-directive']),
      'blocked-uri': shortText(csp['blocked-uri'])
    }
  }
}

/** `documentURL` of the Reporting API is `document-uri` in the old form. */
function withDashes(body: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(body).map(([name, value]) => [
      name.replace(/URL$/, 'Uri').replaceAll(/[A-Z]/g, letter => `-${letter.toLowerCase()}`),
      value
    ])
  )
}

function hostEvent(
  [member, kind]: readonly [string, string],
  report: Record<string, unknown>,
  client: SentryClient
): Record<string, unknown> {
  const inner = isObject(report[member]) ? report[member] : report
  const host = shortText(inner.hostname)
  return {
    ...common(client),
    logger: member,
    message: `${kind} failed for '${host}'`,
    extra: { report: inner },
    tags: { hostname: host }
  }
}

function common(
  { userAgent, release, environment, address }: SentryClient,
  reportedAgent?: unknown,
  page?: unknown,
  referrer?: unknown
): Record<string, unknown> {
  const agent = typeof reportedAgent === 'string' ? reportedAgent : userAgent
  return {
    platform: 'javascript',
    level: 'error',
    release,
    environment,
    request: {
      url: shortText(page, limits.messageCharsMax),
      headers: {
        'User-Agent': agent,
        ...(typeof referrer === 'string' && referrer !== '' ? { Referer: referrer } : {})
      }
    },
    user: address === '' ? undefined : { ip_address: address }
  }
}

function shortText(value: unknown, charsMax: number = limits.tagValueCharsMax): string {
  return typeof value === 'string' ? value.slice(0, charsMax) : ''
}
