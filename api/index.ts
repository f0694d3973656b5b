/** Every operation of the REST API. The edge makes routes of this list, and the OpenAPI document is written from it. */
import { accountOperations } from './accounts.ts'
import { credentialOperations } from './credentials.ts'
import { documentOperation } from './document.ts'
import { eventOperations } from './events.ts'
import { feedbackOperations } from './feedback.ts'
import { onboardingOperations } from './onboarding.ts'
import { outcomeOperations } from './outcomes.ts'
import { releaseOperations } from './releases.ts'
import type { Operation } from './operation.ts'
import { statsOperations } from './stats.ts'
import { systemOperations } from './system.ts'

export const operations: readonly Operation[] = [
  ...accountOperations,
  ...credentialOperations,
  ...eventOperations,
  ...feedbackOperations,
  ...onboardingOperations,
  ...outcomeOperations,
  ...releaseOperations,
  ...statsOperations,
  ...systemOperations,
  documentOperation(() => operations)
]
