/**
 * JSON Schema of the valibot schemas that validate requests and describe responses. What JSON Schema cannot say is left
 * out of the document (and still checked); a schema may state it itself, before it transforms: `v.metadata({ format:
 * 'date-time' })`. One with a title becomes a component of that name.
 */
import { toJsonSchema } from '@valibot/to-json-schema'
import type * as v from 'valibot'

export type Json = { readonly [name: string]: unknown }

/** The input of a schema, before it is transformed. */
export function inputSchemaOf(schema: v.GenericSchema): Json {
  return convert(schema, 'input')
}

export function outputSchemaOf(schema: v.GenericSchema): Json {
  return convert(schema, 'output')
}

function convert(schema: v.GenericSchema, typeMode: 'input' | 'output'): Json {
  const {
    $schema,
    $defs = {},
    ...json
  } = toJsonSchema(schema, {
    target: 'draft-2020-12',
    typeMode,
    errorMode: 'ignore',
    overrideSchema: ({ valibotSchema, jsonSchema }) =>
      valibotSchema.type === 'loose_object' ? { ...jsonSchema, additionalProperties: true } : undefined
  })
  const inlined = inline(json, $defs, new Set())
  return isJson(inlined) ? inlined : {}
}

/**
 * The converter puts a `v.lazy` schema into the definitions; here it is written where it is used. A schema that
 * contains itself needs a title.
 */
function inline(value: unknown, definitions: Json, within: ReadonlySet<string>): unknown {
  if (Array.isArray(value)) return value.map(item => inline(item, definitions, within))
  if (!isJson(value)) return value
  const { $ref } = value
  if (typeof $ref !== 'string') {
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, inline(inner, definitions, within)]))
  }
  const definition = definitions[$ref.replace('#/$defs/', '')]
  if (!within.has($ref)) return inline(definition, definitions, new Set([...within, $ref]))
  if (!isJson(definition) || typeof definition.title !== 'string') {
    throw new Error('a schema that holds itself needs a title: v.title(…)')
  }
  return { $ref: componentOf(definition.title) }
}

function componentOf(title: string): string {
  return `#/components/schemas/${title}`
}

export function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

type Parameter = { name: string; in: 'query'; required: boolean; description?: string; schema: Json }

/**
 * The parameters of a query's schema. Lists are repeated parameters; numbers are written as texts, which a default here
 * is not.
 */
export function queryParametersOf(query: v.GenericSchema): Parameter[] {
  const { properties, required } = inputSchemaOf(query)
  const needed = Array.isArray(required) ? required : []
  return Object.entries(isJson(properties) ? properties : {}).map(([name, schema]) => {
    const { description, ...rest } = isJson(schema) ? schema : {}
    return {
      name,
      in: 'query',
      required: needed.includes(name),
      ...(typeof description === 'string' ? { description } : {}),
      schema:
        rest.type === 'integer' && typeof rest.default === 'string' ? { ...rest, default: Number(rest.default) } : rest
    }
  })
}

/** Moves every schema that has a title to `components`, and leaves a reference in its place. */
export function hoistTitled(value: unknown, components: Map<string, Json>): unknown {
  if (Array.isArray(value)) return value.map(item => hoistTitled(item, components))
  if (!isJson(value)) return value
  const hoisted = Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name, hoistTitled(inner, components)])
  )
  const { title } = hoisted
  if (typeof title !== 'string' || !('type' in hoisted || 'anyOf' in hoisted)) return hoisted
  components.set(title, hoisted)
  return { $ref: componentOf(title) }
}
