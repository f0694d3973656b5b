/**
 * Short names for addresses. They are in lower case and have at least one letter, so that none is taken for a number.
 */
import { randomBytes } from 'node:crypto'
import { reservedOrganizationSlugs } from '../../schema/api/names.ts'

const slugCharsMax = 50
/** Leaves room for a number behind it. */
const baseCharsMax = 44
const numbersTried = 1_000

/** A name as the last part of an address; `prefix` stands before one that has no letter. */
export function slugOf(name: string, prefix = 'project'): string {
  const slug = trimmed(
    name
      .normalize('NFKD')
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-'),
    slugCharsMax
  )
  return /[a-z]/.test(slug) ? slug : trimmed(`${prefix}-${slug || randomBytes(3).toString('hex')}`, slugCharsMax)
}

/** The slug of an organization. Words that the server needs for its own addresses get a prefix. */
export function organizationSlugOf(name: string): string {
  const slug = slugOf(name, 'organization')
  return reservedOrganizationSlugs.has(slug) ? `organization-${slug}` : slug
}

/** The slug itself, else the first of `slug-2`, `slug-3` … that is not taken. */
export function freeSlug(slug: string, taken: ReadonlySet<string>): string {
  if (!taken.has(slug)) return slug
  const base = baseOf(slug)
  for (let number = 2; number < numbersTried; number++) {
    if (!taken.has(`${base}-${number}`)) return `${base}-${number}`
  }
  return `${base}-${randomBytes(2).toString('hex')}`
}

/** The beginning of every slug that `freeSlug` may try. */
export function baseOf(slug: string): string {
  return trimmed(slug, baseCharsMax)
}

function trimmed(slug: string, charsMax: number): string {
  return slug.slice(0, charsMax).replace(/^-+|-+$/g, '')
}
