/**
 * Compares responses with the OpenAPI document. The document must have the operation with this status and media type,
 * and the body must have the documented form and no other member.
 */
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { operations } from '../../api/index.ts'
import { openApiDocument } from '../../api/openapi/openapi.ts'

type Schema = { readonly [name: string]: unknown }
export type OperationObject = {
  operationId: string
  'x-mesher-access': { who: string; role?: string; scope?: string }
  requestBody?: object
  responses: Record<string, { content?: Record<string, { schema: Schema }> }>
}
export type Document = {
  paths: Record<string, Record<string, OperationObject>>
  tags: { name: string }[]
  components: { schemas: Record<string, Schema> }
}

let document: Document | undefined

/** The document as the server sends it. */
export function documentOf(): Document {
  document ??= JSON.parse(JSON.stringify(openApiDocument(operations, 'test')))
  if (document === undefined) throw new Error('there is no document')
  return document
}

export type AnswerToCheck = { method: string; path: string; status: number; type: string; body: unknown }

/** What is wrong with a response, or ''. */
export function differenceFromDocument({ method, path, status, type, body }: AnswerToCheck): string {
  const [pathname = ''] = path.split('?')
  const operation = operationAt(method.toLowerCase(), pathname)
  if (operation === undefined) return ''
  const { operationId, responses } = operation
  const response = responses[status]
  if (response === undefined) return `${operationId} answers ${status}, which is not documented`
  if (response.content === undefined) {
    return type === '' ? '' : `${operationId} answers ${status} with a body, which is not documented`
  }
  const schema = response.content[type.split(';')[0] ?? '']?.schema
  if (schema === undefined) return `${operationId} answers ${status} as "${type}", which is not documented`
  if (!/\bjson$/.test(type)) return ''
  const validate = validatorOf(schema)
  return validate(body)
    ? ''
    : `${operationId} ${status}: ${ajv.errorsText(validate.errors)} ${JSON.stringify(validate.errors?.[0]?.params)}`
}

/** Unknown addresses and methods are documented nowhere. */
function operationAt(method: string, pathname: string): OperationObject | undefined {
  const { paths } = documentOf()
  const literal = paths[pathname]?.[method]
  if (literal !== undefined) return literal
  return Object.entries(paths).find(
    ([path, methods]) => methods[method] !== undefined && patternOf(path).test(pathname)
  )?.[1][method]
}

function patternOf(path: string): RegExp {
  return new RegExp(`^${path.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/]+')}$`)
}

const ajv = new Ajv2020({ strict: false, allErrors: true })
addFormats.default(ajv)
const validators = new WeakMap<Schema, ValidateFunction>()

function validatorOf(schema: Schema): ValidateFunction {
  let validate = validators.get(schema)
  if (validate === undefined) {
    validate = ajv.compile({ ...closed(schema), components: closed(documentOf().components) })
    validators.set(schema, validate)
  }
  return validate
}

/** Objects may have the documented members only, unless the document says that they are open. */
function closed<Value>(value: Value): Value {
  if (Array.isArray(value)) return Object.assign(value.map(closed))
  if (typeof value !== 'object' || value === null) return value
  const inner = Object.fromEntries(Object.entries(value).map(([name, part]) => [name, closed(part)]))
  if ('properties' in inner && !('additionalProperties' in inner)) inner.additionalProperties = false
  return Object.assign(inner)
}
