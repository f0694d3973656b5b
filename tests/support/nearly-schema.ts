/**
 * Values made at random that follow a JSON Schema, except that here and there one place holds something else. New
 * members of the schema are covered without a change here. Keywords that say more than a type and its members (formats,
 * bounds) are not followed.
 */
import fc from 'fast-check'
import { isObject } from '../../schema/event.ts'

type Options = {
  /** What stands at a wrong place. */
  other: fc.Arbitrary<unknown>
  /** The strings to choose from, by the pattern that the schema demands, undefined without one. */
  texts: (pattern: unknown) => fc.Arbitrary<string>
}

/** One place in this many is wrong. */
const rightPlaces = 60

export function nearlySchema(root: Record<string, unknown>, { other, texts }: Options): fc.Arbitrary<unknown> {
  const definitions = isObject(root.$defs) ? root.$defs : {}

  function nearly(right: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
    return fc.oneof({ weight: rightPlaces, arbitrary: right }, { weight: 1, arbitrary: other })
  }

  function following(node: unknown): fc.Arbitrary<unknown> {
    if (!isObject(node)) return other
    const { $ref: reference, anyOf, enum: choices, type } = node
    if (typeof reference === 'string') return following(definitions[reference.replace('#/$defs/', '')])
    if (Array.isArray(anyOf)) return fc.oneof(...anyOf.map(following))
    if (Array.isArray(choices)) return fc.constantFrom(...choices)
    switch (type) {
      case 'object':
        return isObject(node.properties) ? membersOf(node.properties) : fc.dictionary(texts(undefined), other)
      case 'array':
        return Array.isArray(node.items)
          ? tupleOf(node.items)
          : fc.array(nearly(following(node.items)), { maxLength: 3 })
      case 'string':
        return texts(node.pattern)
      case 'number':
        return fc.double({ noNaN: true, noDefaultInfinity: true })
      case 'boolean':
        return fc.boolean()
      case 'null':
        return fc.constant(null)
      default:
        return nearly(fc.dictionary(texts(undefined), other, { maxKeys: 2 }))
    }
  }

  function membersOf(properties: Record<string, unknown>): fc.Arbitrary<unknown> {
    const members = Object.entries(properties).map(([name, node]) => [name, nearly(following(node))] as const)
    return fc.record(Object.fromEntries(members), { requiredKeys: [] })
  }

  /** Now and then with an item too many or too few. */
  function tupleOf(nodes: readonly unknown[]): fc.Arbitrary<unknown> {
    const items = nodes.map(node => nearly(following(node)))
    return fc.oneof(
      { weight: rightPlaces, arbitrary: fc.tuple(...items) },
      { weight: 1, arbitrary: fc.tuple(...items, other) },
      { weight: 1, arbitrary: fc.tuple(...items.slice(1)) }
    )
  }

  return nearly(following(root))
}
