/** Every operation of the REST API. The edge makes routes of this list, and the OpenAPI document is written from it. */
import { accountOperations } from './accounts.ts'
import { alertRecipientOperations } from './alerts/recipients.ts'
import { alertRuleOperations } from './alerts/rules.ts'
import { notificationOperations } from './alerts/notifications.ts'
import { alertOperations } from './alerts/fired.ts'
import { alertTrialOperations } from './alerts/trials.ts'
import { artifactOperations } from './artifacts.ts'
import { buildToolOperations } from './build-tools/index.ts'
import { codeMappingOperations } from './releases/code-mappings.ts'
import { commitOperations } from './releases/commits.ts'
import { credentialOperations } from './credentials.ts'
import { documentOperation } from './document.ts'
import { eventGroupingOperations } from './event-grouping.ts'
import { eventOperations } from './events.ts'
import { feedbackOperations } from './feedback.ts'
import { inviteOperations } from './invites.ts'
import { issueActivityOperations } from './issues/activity.ts'
import { issueChangeOperations } from './issues/changes.ts'
import { issueReadOperations } from './issues/issues.ts'
import { organizationIssueOperations } from './issues/of-organization.ts'
import { similarIssueOperations } from './issues/similar.ts'
import { keyOperations } from './keys.ts'
import { memberOperations } from './members.ts'
import { onboardingOperations } from './onboarding.ts'
import type { Operation } from './operation.ts'
import { organizationOverviewOperations } from './organization/overview.ts'
import { organizationTagOperations } from './organization/tags.ts'
import { organizationOperations } from './organizations.ts'
import { outcomeOperations } from './outcomes.ts'
import { personOperations } from './persons.ts'
import { projectOperations } from './projects.ts'
import { releasePageOperations } from './releases/pages.ts'
import { releaseOperations } from './releases/seen.ts'
import { savedSearchOperations } from './saved-searches.ts'
import { scrubOperations } from './scrub.ts'
import { settingsOperations } from './settings.ts'
import { groupingOperations } from './grouping.ts'
import { statsOperations } from './stats.ts'
import { storageOperations } from './storage.ts'
import { systemOperations } from './system.ts'

export const operations: readonly Operation[] = [
  ...accountOperations,
  ...alertRuleOperations,
  ...alertRecipientOperations,
  ...notificationOperations,
  ...alertTrialOperations,
  ...alertOperations,
  ...artifactOperations,
  ...buildToolOperations,
  ...credentialOperations,
  ...eventOperations,
  ...eventGroupingOperations,
  ...feedbackOperations,
  ...inviteOperations,
  ...issueReadOperations,
  ...organizationIssueOperations,
  ...similarIssueOperations,
  ...issueChangeOperations,
  ...issueActivityOperations,
  ...keyOperations,
  ...memberOperations,
  ...onboardingOperations,
  ...organizationOperations,
  ...organizationOverviewOperations,
  ...organizationTagOperations,
  ...outcomeOperations,
  ...personOperations,
  ...projectOperations,
  ...releaseOperations,
  ...releasePageOperations,
  ...commitOperations,
  ...codeMappingOperations,
  ...savedSearchOperations,
  ...scrubOperations,
  ...settingsOperations,
  ...groupingOperations,
  ...statsOperations,
  ...storageOperations,
  ...systemOperations,
  documentOperation(() => operations)
]
