// Goal: a link by a template leads to the host of its template over http or https, whatever the names in it are.
// Method: templates that are refused with the reason, and hostile names in a good one, also made up at random.
import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { linkOf, templateFault } from '../../schema/link-templates.ts'

const source = 'https://git.example.com/{repo}/blob/{sha}/{path}#L{line}'
const known = { repo: 'acme/shop', sha: 'abc1', path: 'src/a b.js', line: '7' }

t.test('a template is checked', async t => {
  t.equal(templateFault('', 'source'), '')
  t.equal(templateFault(source, 'source'), '')
  t.equal(templateFault('https://git.example.com/acme/shop/-/blob/{sha}/{path}#L{line}', 'source'), '')
  t.match(templateFault('javascript:alert(1)//{path}', 'source'), 'must begin with http')
  t.match(templateFault('//git.example.com/{path}', 'source'), 'must begin with http')
  t.match(templateFault('https://{repo}.example.com/{path}', 'source'), 'must begin with http')
  t.match(templateFault('https://git.example.com/{path}', 'commit'), 'no {path}')
  t.match(templateFault('https://git.example.com/x', 'commit'), 'must name {sha}')
  t.match(templateFault('https://git.example.com/{sha}/{', 'commit'), 'brace')
  t.match(templateFault('https://a:b@git.example.com/{sha}', 'commit'), 'user')
  t.match(templateFault('https://git.example.com/ {sha}', 'commit'), 'no address')
})

t.test('names are filled in', async t => {
  t.equal(linkOf(source, 'source', known), 'https://git.example.com/acme/shop/blob/abc1/src/a%20b.js#L7')
  t.equal(linkOf(source, 'source', { ...known, repo: '' }), null, 'what is not known makes no link')
  t.equal(linkOf('', 'source', known), null)
  t.equal(linkOf(source, 'source', { ...known, path: '../../login' }), null)
  t.equal(
    linkOf(source, 'source', { ...known, path: 'a?b#c%2e' }),
    'https://git.example.com/acme/shop/blob/abc1/a%3Fb%23c%252e#L7'
  )
})

t.test('no names lead elsewhere', async () => {
  const name = fc.string({ unit: 'binary', minLength: 1 })
  fc.assert(
    fc.property(name, name, name, (repo, sha, path) => {
      const link = linkOf(source, 'source', { repo, sha, path, line: '1' })
      if (link !== null) assert.equal(new URL(link).origin, 'https://git.example.com')
    })
  )
})
