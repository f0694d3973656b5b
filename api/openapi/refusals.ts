/** Refusals in the OpenAPI document. */
import type { Json } from './schemas.ts'

/** What build tools print of a refusal. */
const toolRefusal: Json = {
  type: 'object',
  required: ['detail'],
  properties: { detail: { type: 'string' }, causes: { type: 'array', items: { type: 'string' } } }
}

/** Refusals as the document's responses, all of one form; build tools get another. */
export function refusalsOf(texts: Readonly<Record<number, string>>, forTools = false): Record<string, Json> {
  const content = forTools
    ? { 'application/json': { schema: toolRefusal } }
    : { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } }
  return Object.fromEntries(
    Object.entries(texts).map(([status, description]) => [
      status,
      {
        description,
        ...(status === '429' || status === '503'
          ? {
              headers: {
                'Retry-After': { description: 'Whole seconds to wait', schema: { type: 'integer', minimum: 1 } }
              }
            }
          : {}),
        content
      }
    ])
  )
}
