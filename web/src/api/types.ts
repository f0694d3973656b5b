/**
 * What the API takes and returns, as types of the schemas that the server validates with.
 */
import type { InferInput, InferOutput } from 'valibot'
import type * as accounts from '../../../schema/api/accounts.ts'
import type * as artifacts from '../../../schema/api/artifacts.ts'
import type * as alerts from '../../../schema/api/alerts.ts'
import type * as common from '../../../schema/api/common.ts'
import type * as grouping from '../../../schema/api/event-grouping.ts'
import type * as codeMappings from '../../../schema/api/code-mappings.ts'
import type * as events from '../../../schema/api/events.ts'
import type * as feedback from '../../../schema/api/feedback.ts'
import type * as summaries from '../../../schema/api/issue-summary.ts'
import type * as rules from '../../../schema/api/grouping.ts'
import type * as issues from '../../../schema/api/issues.ts'
import type * as members from '../../../schema/api/members.ts'
import type * as onboarding from '../../../schema/api/onboarding.ts'
import type * as organizations from '../../../schema/api/organizations.ts'
import type * as outcomes from '../../../schema/api/outcomes.ts'
import type * as persons from '../../../schema/api/persons.ts'
import type * as projects from '../../../schema/api/projects.ts'
import type * as releases from '../../../schema/api/releases.ts'
import type * as releasePages from '../../../schema/api/release-pages.ts'
import type * as searches from '../../../schema/api/saved-searches.ts'
import type * as scrub from '../../../schema/api/scrub.ts'
import type * as settings from '../../../schema/api/settings.ts'
import type * as stats from '../../../schema/api/stats.ts'
import type * as system from '../../../schema/api/system.ts'

export type {
  ClientMessage,
  IssueAction,
  IssueCount,
  ServerMessage,
  StreamEvent,
  StreamFilters
} from '../../../schema/stream.ts'
export type { Level } from '../../../schema/pipeline.ts'

export type Page<Item> = { data: Item[]; next_cursor: string | null }

export type Role = common.Role
export type Scope = common.Scope
export type ProblemBody = common.ProblemBody

export type User = InferOutput<typeof accounts.userSchema>
export type Me = InferOutput<typeof accounts.meSchema>
export type Who = InferOutput<typeof accounts.whoSchema>
export type MyOrganization = Me['organizations'][number]
export type Session = InferOutput<typeof accounts.sessionSchema>
export type Token = InferOutput<typeof accounts.tokenSchema>
export type NewToken = InferOutput<typeof accounts.newTokenSchema>
export type NewTokenBody = InferInput<typeof accounts.newTokenBody>
export type SetupState = InferOutput<typeof accounts.setupStateSchema>
export type SetupBody = InferInput<typeof accounts.setupBody>
export type LoginBody = InferInput<typeof accounts.loginBody>
export type ConfirmBody = InferInput<typeof accounts.confirmBody>
export type AccountChange = InferInput<typeof accounts.accountChange>

export type Organization = InferOutput<typeof organizations.organizationItem>
export type OrganizationDetail = InferOutput<typeof organizations.organizationDetail>
export type NewOrganizationBody = InferInput<typeof organizations.newOrganization>
export type OrganizationChange = InferInput<typeof organizations.organizationChange>
export type Person = InferInput<typeof persons.person>
export type PersonList = InferOutput<typeof persons.personList>
export type PersonDetail = InferOutput<typeof persons.personDetail>
export type Deletion = InferOutput<typeof organizations.deletion>
export type Member = InferOutput<typeof members.member>
export type Invite = InferOutput<typeof members.inviteItem>
export type NewInviteBody = InferInput<typeof members.newInvite>
export type NewInvite = InferOutput<typeof members.newInviteAnswer>
export type OpenInvite = InferOutput<typeof members.openInvite>
export type AcceptBody = InferInput<typeof members.acceptBody>

export type Project = InferOutput<typeof projects.projectItem>
export type ProjectDetail = InferOutput<typeof projects.projectDetail>
export type NewProjectBody = InferInput<typeof projects.newProject>
export type ProjectChange = InferInput<typeof projects.projectChange>
export type DsnKey = InferOutput<typeof projects.dsnKey>
export type NewKeyBody = InferInput<typeof projects.newKey>
export type KeyChange = InferInput<typeof projects.keyChange>
export type Settings = InferOutput<typeof settings.settings>
export type SettingsChange = InferInput<typeof settings.settingsChange>
export type GroupingRules = InferInput<typeof rules.previewAsked>
export type GroupingPreview = InferOutput<typeof rules.groupingPreview>
export type PreviewedIssue = GroupingPreview['issues'][number]
export type PreviewedGroup = PreviewedIssue['groups'][number]
export type ScrubRules = InferOutput<typeof scrub.scrubRules>
export type ScrubPreview = scrub.ScrubPreview
export type ScrubPreviewBody = InferInput<typeof scrub.scrubPreviewAsked>
export type ArtifactList = artifacts.ArtifactList
export type Artifact = artifacts.ArtifactItem
export type Storage = InferOutput<typeof settings.storage>
export type Outcomes = outcomes.OutcomesBody
export type Onboarding = onboarding.OnboardingBody
export type Snippet = onboarding.Snippet
export type Release = releases.Release
export type Environment = releases.Environment
export type ReleaseSummary = releasePages.ReleaseSummary
export type ReleaseSummaries = InferOutput<typeof releasePages.releaseSummaryList>
export type ReleaseDetail = InferOutput<typeof releasePages.releaseDetail>
export type ReleaseComparison = InferOutput<typeof releasePages.releaseComparison>
export type ComparedIssue = InferOutput<typeof releasePages.comparedIssue>
export type Commit = releasePages.CommitItem
export type Deploy = releasePages.DeployItem
export type EventSources = releasePages.EventSources
export type SuspectCommit = releasePages.SuspectCommit
export type CodeMappings = InferOutput<typeof codeMappings.codeMappingsShown>
export type CodeMappingTrial = InferInput<typeof codeMappings.codeMappingTrial>
export type CodeMappingTried = InferOutput<typeof codeMappings.codeMappingTried>

export type IssueSummary = summaries.IssueSummary
/** In lists of several projects each issue has its own. */
export type Issue = issues.IssueItem & { project?: { id: string; slug: string; name: string } }
export type IssueDetail = issues.IssueDetailBody
export type IssueList = Omit<InferOutput<typeof issues.issueList>, 'data'> & { data: Issue[] }
export type SimilarIssue = InferOutput<typeof issues.similarList>['data'][number]
export type IssueStatus = (typeof issues.statusesGiven)[number]
export type IssueSort = SavedSearch['sort']
export type IssueChange = InferInput<typeof issues.issueChange>
export type BulkBody = InferInput<typeof issues.bulkBody>
export type BulkOfAllBody = InferInput<typeof issues.bulkOfAllBody>
export type BulkOfAllAnswer = InferOutput<typeof issues.bulkOfAllAnswer>
export type BulkAnswer = InferOutput<typeof issues.bulkAnswer>
export type Activity = issues.ActivityItem
export type Timeline = InferOutput<typeof issues.timeline>
export type IssueTagValues = InferOutput<typeof issues.issueTagValues>

export type EventItem = events.EventItem
export type EventDetail = events.EventDetailBody
export type EventGrouping = grouping.EventGroupingBody
export type ExplainedException = grouping.ExplainedException
export type ExplainedFrame = grouping.ExplainedFrame
export type ExplainedName = grouping.ExplainedName
export type ExplainedTrace = grouping.ExplainedTrace
export type InboxItem = feedback.InboxItemBody

export type Health = stats.Health
export type OrganizationOverview = stats.OrganizationOverview
export type Volume = InferOutput<typeof stats.volume>
export type LevelCounts = InferOutput<typeof stats.levelCounts>
export type TopIssues = InferOutput<typeof stats.topIssues>
export type TagValues = InferOutput<typeof stats.tagValues>

export type Rule = alerts.Rule
export type ProjectNotifications = InferOutput<typeof alerts.notificationList>['data'][number]
export type MailQuestion = InferOutput<typeof alerts.askedSchema>
export type NewRuleBody = InferInput<typeof alerts.newRuleBody>
export type RuleChange = InferInput<typeof alerts.ruleChange>

export type SavedSearch = searches.SavedSearch
export type NewSearch = InferInput<typeof searches.newSearchBody>
export type SearchChange = InferInput<typeof searches.searchChange>
export type PreviewedRequests = InferOutput<typeof alerts.previewedRequests>
export type TestResults = InferOutput<typeof alerts.testResults>
export type Alert = alerts.AlertItem
export type AlertStatus = Alert['status']
export type Delivery = alerts.DeliveryItem

export type ProcessNode = system.ProcessNode
export type RestartedProcess = system.RestartedProcess
export type NodeItem = system.NodeItem
export type PipelineFigures = system.PipelineFigures
