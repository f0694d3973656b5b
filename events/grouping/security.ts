/**
 * What a report of a browser's content security policy says. Reports come in two spellings, in an envelope of their own
 * or without it; what is no text says nothing.
 */
import { isObject } from '../../schema/event.ts'

/**
 * What a report of a browser's content security policy says: the directive, and the host or keyword that it stopped.
 */
export function securityReport(csp: Record<string, unknown>): { directive: string; blocked: string } {
  const report = isObject(csp['csp-report']) ? csp['csp-report'] : csp
  const directive =
    textOf(report.effective_directive) ||
    textOf(report['effective-directive']) ||
    textOf(report.violated_directive) ||
    textOf(report['violated-directive'])
  return {
    directive: directive.trim().split(/\s/, 1)[0] ?? '',
    blocked: blockedHost(textOf(report.blocked_uri) || textOf(report['blocked-uri']))
  }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value.slice(0, 2_000) : ''
}

/**
 * `https://cdn.example.com/x.js` → `cdn.example.com`, `data:…` → `data:`, `inline` stays, nothing is the page itself.
 */
function blockedHost(uri: string): string {
  const [, scheme = '', host] = /^([a-z][a-z0-9+.-]{0,30}):(?:\/\/([^/?#]{1,255}))?/i.exec(uri) ?? []
  if (scheme === '') return uri === '' ? 'self' : uri.slice(0, 200).toLowerCase()
  return host === undefined || !/^(?:https?|wss?)$/i.test(scheme)
    ? `${scheme.toLowerCase()}:`
    : host.replace(/^.*@/, '').replace(/:\d+$/, '').toLowerCase()
}
