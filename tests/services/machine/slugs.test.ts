// Goal: slugs can stand in addresses, are never numbers, and one is found however many are taken.
// Method: names of all kinds; sets of taken slugs.
import t from 'tap'
import { baseOf, freeSlug, organizationSlugOf, slugOf } from '../../../services/machine/slugs.ts'

t.test('slugs have a letter and no more than 50 characters', async t => {
  t.equal(slugOf('Größe & Mehr!'), 'gro-e-mehr')
  t.equal(slugOf('42'), 'project-42')
  t.equal(slugOf('42', 'organization'), 'organization-42')
  t.match(slugOf('日本'), /^project-[0-9a-f]{6}$/)
  t.match(slugOf('x-'.repeat(100)), /^(?:x-){24}x$/)
  t.match(slugOf('1'.repeat(100)), /^project-1{42}$/)
})

t.test('an organization never stands where the server itself does', async t => {
  t.equal(organizationSlugOf('Acme'), 'acme')
  t.equal(organizationSlugOf('API'), 'organization-api')
  t.equal(organizationSlugOf('42'), 'organization-42')
  t.equal(slugOf('API'), 'api', 'a project may')
})

t.test('a taken slug gets the first number that is free', async t => {
  t.equal(freeSlug('shop', new Set()), 'shop')
  t.equal(freeSlug('shop', new Set(['shop', 'shop-2', 'shop-4'])), 'shop-3')
  const long = 'a'.repeat(50)
  t.equal(freeSlug(long, new Set([long])), `${'a'.repeat(44)}-2`)
  t.ok(freeSlug(long, new Set([long])).startsWith(baseOf(long)))
})

t.test('when all numbers are taken something random takes their place', async t => {
  const taken = new Set(['shop', ...Array.from({ length: 2_000 }, (_, number) => `shop-${number}`)])
  t.match(freeSlug('shop', taken), /^shop-[0-9a-f]{4}$/)
})
