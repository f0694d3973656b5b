/** Every operation of the REST API. The edge makes routes of this list, and the OpenAPI document is written from it. */
import { accountOperations } from './accounts.ts'
import { credentialOperations } from './credentials.ts'
import { documentOperation } from './document.ts'
import { eventOperations } from './events.ts'
import type { Operation } from './operation.ts'
import { statsOperations } from './stats.ts'

export const operations: readonly Operation[] = [
  ...accountOperations,
  ...credentialOperations,
  ...eventOperations,
  ...statsOperations,
  documentOperation(() => operations)
]
