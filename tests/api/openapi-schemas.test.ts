// Goal: schemas say in the document what they check. Method: schemas of each kind and what the document makes of them.
import t from 'tap'
import * as v from 'valibot'
import { hoistTitled, inputSchemaOf, outputSchemaOf, queryParametersOf, type Json } from '../../api/openapi/schemas.ts'
import { pageEntries, timeGiven } from '../../schema/api/common.ts'

t.test('what is given is described before it is transformed', async t => {
  t.same(inputSchemaOf(timeGiven), { type: 'string', format: 'date-time' })
  t.same(inputSchemaOf(v.pipe(v.string(), v.trim(), v.maxLength(5))), { type: 'string', maxLength: 5 })
})

t.test(
  'parameters of a query are numbers where they are written as numbers, and lists where they may be repeated',
  async t => {
    const query = v.strictObject({
      ...pageEntries,
      tag: v.pipe(v.optional(v.array(v.string())), v.description('Any of them')),
      needed: v.string()
    })
    t.same(queryParametersOf(query), [
      { name: 'cursor', in: 'query', required: false, schema: { type: 'string', maxLength: 500 } },
      {
        name: 'limit',
        in: 'query',
        required: false,
        schema: { type: 'integer', minimum: 1, maximum: 100, default: 25 }
      },
      {
        name: 'tag',
        in: 'query',
        required: false,
        description: 'Any of them',
        schema: { type: 'array', items: { type: 'string' } }
      },
      { name: 'needed', in: 'query', required: true, schema: { type: 'string' } }
    ])
  }
)

t.test('objects that are open say so', async t => {
  t.match(outputSchemaOf(v.looseObject({ a: v.string() })), { additionalProperties: true })
  t.notOk('additionalProperties' in outputSchemaOf(v.object({ a: v.string() })))
})

t.test('a schema with a title becomes a component, also when it holds itself', async t => {
  type Tree = { children: Tree[] }
  const tree: v.GenericSchema<Tree> = v.pipe(v.object({ children: v.array(v.lazy(() => tree)) }), v.title('Tree'))
  const components = new Map<string, Json>()
  const reference = { $ref: '#/components/schemas/Tree' }
  t.match(hoistTitled(outputSchemaOf(v.object({ root: v.lazy(() => tree) })), components), {
    properties: { root: reference }
  })
  t.match(components.get('Tree'), { title: 'Tree', properties: { children: { items: reference } } })
  const nameless: v.GenericSchema<Tree> = v.object({ children: v.array(v.lazy(() => nameless)) })
  t.throws(() => outputSchemaOf(nameless), /needs a title/)
})

t.test('what stands behind v.lazy stands where it is used', async t => {
  const either = v.union([v.string(), v.array(v.string())])
  t.same(inputSchemaOf(v.lazy(() => either)), {
    anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }]
  })
})
