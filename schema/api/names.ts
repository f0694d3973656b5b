/** Names that people give to organizations, projects and keys. */
import * as v from 'valibot'

const uuidForm = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** Stands in addresses in the place of an id, so it is none: it has a letter, and is no UUID. */
export const slugGiven = v.pipe(
  v.string('must be a string'),
  v.maxLength(50, 'must have at most 50 characters'),
  v.regex(/^[a-z0-9][a-z0-9_-]*$/, 'must be of lower-case letters, digits, - and _, and begin with a letter or digit'),
  v.regex(/[a-z]/, 'must have a letter'),
  v.check(text => !uuidForm.test(text), 'must not look like an id')
)

/**
 * Where an organization's slug stands in addresses of the dashboard, the server itself and the dashboard have these.
 */
export const reservedOrganizationSlugs: ReadonlySet<string> = new Set([
  'account',
  'api',
  'assets',
  'healthz',
  'ingest',
  'invite',
  'invites',
  'login',
  'metrics',
  'organizations',
  'otlp',
  'readyz',
  'setup',
  'system',
  'v1'
])

export const organizationSlugGiven = v.pipe(
  slugGiven,
  v.check(text => !reservedOrganizationSlugs.has(text), 'is an address of the server itself')
)

export const nameGiven = v.pipe(
  v.string('must be a string'),
  v.trim(),
  v.minLength(1, 'must not be empty'),
  v.maxLength(100, 'must have at most 100 characters')
)

export const rateLimit = v.nullable(
  v.pipe(
    v.number('must be a number or null'),
    v.integer('must be a whole number'),
    v.minValue(1, 'must be at least 1'),
    v.maxValue(10_000_000, 'must be at most 10000000')
  )
)
