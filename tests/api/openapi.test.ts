// Goal: the OpenAPI document is a good one and tells all: a linter finds nothing, every operation stands in it with who
// may call it. Method: the document as a caller gets it, read by Redocly's linter and compared with the list of
// operations.
import { createConfig, lintFromString } from '@redocly/openapi-core'
import t from 'tap'
import { operations } from '../../api/index.ts'
import { documentOf } from '../support/openapi.ts'

/** Sockets answer 101 and nothing else; SDKs of Sentry say these slashes. */
const knownExceptions: [rule: string, place: RegExp][] = [
  ['operation-2xx-response', /^#\/paths\/~1(ingest|api~1v1~1stream)\//],
  ['no-path-trailing-slash', /^#\/paths\/~1api~1\{project_id\}~1(envelope|store|security)~1$/],
  ['no-path-trailing-slash', /^#\/paths\/~1api~10~1/]
]

t.test('a linter for OpenAPI finds nothing to complain about', async t => {
  const config = await createConfig({
    extends: ['recommended'],
    rules: {
      // The address of the server is wherever the document comes from; events/bulk stands beside events/{event} with
      // another method.
      'no-ambiguous-paths': 'off'
    }
  })
  const found = await lintFromString({ source: JSON.stringify(documentOf()), config })
  t.same(
    found
      .filter(
        ({ ruleId, location }) =>
          !knownExceptions.some(([rule, place]) => rule === ruleId && place.test(location[0]?.pointer ?? ''))
      )
      .map(({ ruleId, message, location }) => `${ruleId}: ${message} ${location[0]?.pointer ?? ''}`),
    []
  )
})

t.test('every operation stands in the document, with who may call it and what it answers', async t => {
  const { paths } = documentOf()
  for (const { id, method, path, access, responses } of operations) {
    const documented = paths[path.replaceAll(/:(\w+)/g, '{$1}')]?.[method]
    t.match(documented, { operationId: id, 'x-mesher-access': access }, id)
    const statuses = Object.keys(documented?.responses ?? {})
    t.ok(
      Object.keys(responses).every(status => statuses.includes(status)),
      `${id}: its answers`
    )
    t.equal(statuses.includes('401'), access.who !== 'anyone' || 'setUp logIn'.includes(id), `${id}: 401`)
  }
})

t.test('ids of operations are given once, and groups are explained', async t => {
  const ids = operations.map(({ id }) => id)
  t.same(
    ids.filter((id, index) => ids.indexOf(id) !== index),
    []
  )
  const { tags } = documentOf()
  t.same(
    operations.map(({ tag }) => tag).filter(tag => !tags.some(({ name }) => name === tag)),
    []
  )
})
