/** The operation that returns the OpenAPI document, which describes this operation too. */
import * as v from 'valibot'
import { openApiDocument } from './openapi/openapi.ts'
import { operation, plain, type Operation } from './operation.ts'

/** The version of the API, not of the program: it changes when callers must change. */
export const apiVersion = '1.0.0'

/** The list is given as a function, because this operation is part of it. */
export function documentOperation(operations: () => readonly Operation[]): Operation {
  let text: string | undefined

  return operation({
    ...plain,
    id: 'getOpenApi',
    method: 'get',
    path: '/api/v1/openapi.json',
    tag: 'Operations',
    summary: 'This document',
    access: { who: 'anyone' },
    responses: { 200: { description: 'OpenAPI 3.1', schema: v.looseObject({ openapi: v.string() }) } },
    handle: async () => {
      text ??= JSON.stringify(openApiDocument(operations(), apiVersion))
      return { status: 200, type: 'application/json', body: text }
    }
  })
}
