/** The operations that build tools call, below /api/0. */
import type { Operation } from '../operation.ts'
import { toolArtifactOperations } from './artifacts.ts'
import { toolDeployOperations } from './deploys.ts'
import { toolInfoOperations } from './info.ts'
import { toolIssueOperations } from './issues.ts'
import { toolReleaseOperations } from './releases.ts'

export const buildToolOperations: Operation[] = [
  ...toolInfoOperations,
  ...toolReleaseOperations,
  ...toolDeployOperations,
  ...toolArtifactOperations,
  ...toolIssueOperations
]
