/**
 * What build tools (sentry-cli, plugins of bundlers) send and read. The names are theirs. They send more than is
 * needed, so unknown fields are let through; of what they read, only what some version of them needs is here.
 */
import * as v from 'valibot'
import { time, timeGiven } from './common.ts'

const text = (max: number) =>
  v.pipe(v.string('must be a string'), v.maxLength(max, `must have at most ${max} characters`))
const optionalText = (max: number) => v.nullish(text(max))

/** `cursor` is `0:<offset>:0`, as these tools hand it back. */
export const toolQuery = v.object({
  cursor: v.optional(text(50)),
  per_page: v.optional(v.pipe(v.string('must be given once'), v.regex(/^\d{1,4}$/, 'must be a whole number')))
})
export const anyQuery = v.object({})

/** A release is named in paths, so these cannot be names. */
export const releaseGiven = v.pipe(
  v.string('must be a string'),
  v.trim(),
  v.minLength(1, 'must not be empty'),
  v.maxLength(200, 'must have at most 200 characters'),
  v.regex(/^[^\p{Cc}/\\]+$/u, 'must have no control character, slash or backslash'),
  v.check(name => name !== '.' && name !== '..' && name.toLowerCase() !== 'latest', 'is no name of a release')
)
/** In a path, where what events named may stand as well. */
export const releaseInPath = v.pipe(v.string(), v.minLength(1), v.maxLength(250))

export const toolUser = v.object({ id: v.string(), email: v.string(), username: v.string(), name: v.string() })
export const toolInfo = v.object({
  version: v.string(),
  auth: v.object({ scopes: v.array(v.string()) }),
  user: toolUser
})

export const toolOrganization = v.object({
  id: v.string(),
  slug: v.string(),
  name: v.string(),
  dateCreated: time,
  isEarlyAdopter: v.boolean(),
  require2FA: v.boolean(),
  requireEmailVerification: v.boolean(),
  status: v.object({ id: v.string(), name: v.string() }),
  features: v.array(v.string()),
  links: v.object({ organizationUrl: v.string(), regionUrl: v.string() })
})

export const toolProject = v.object({
  id: v.string(),
  slug: v.string(),
  name: v.string(),
  platform: v.nullable(v.string()),
  team: v.null(),
  teams: v.array(v.unknown()),
  dateCreated: time,
  status: v.string(),
  organization: v.object({ id: v.string(), slug: v.string(), name: v.string() })
})

export const toolRelease = v.object({
  id: v.string(),
  version: v.string(),
  shortVersion: v.string(),
  url: v.nullable(v.string()),
  status: v.picklist(['open', 'archived']),
  dateCreated: time,
  dateStarted: v.nullable(time),
  dateReleased: v.nullable(time),
  newGroups: v.number(),
  commitCount: v.number(),
  deployCount: v.number(),
  lastCommit: v.nullable(v.object({ id: v.string() })),
  firstEvent: v.nullable(time),
  lastEvent: v.nullable(time),
  projects: v.array(v.object({ id: v.number(), slug: v.string(), name: v.string() }))
})
export type ToolRelease = v.InferOutput<typeof toolRelease>

/** By slug or number. */
const projects = v.nullish(
  v.pipe(
    v.array(
      v.pipe(v.union([text(200), v.number()], 'must be slugs or numbers of projects'), v.transform(String)),
      'must be a list'
    ),
    v.maxLength(100, 'must name at most 100 projects')
  )
)

const commit = v.object({
  id: v.pipe(text(64), v.regex(/^[\w.-]{1,64}$/, 'must be the id of a commit')),
  repository: optionalText(200),
  message: optionalText(65_536),
  author_name: optionalText(1_000),
  author_email: optionalText(1_000),
  timestamp: v.nullish(timeGiven),
  patch_set: v.nullish(
    v.pipe(
      v.array(v.object({ path: text(4_096), type: v.optional(text(10), 'M') }), 'must be a list'),
      v.maxLength(100_000, 'must name at most 100000 files')
    )
  )
})
export type CommitGiven = v.InferOutput<typeof commit>

const ref = v.object({
  repository: text(200),
  commit: v.pipe(text(64), v.regex(/^[\w.-]{1,64}$/, 'must be the id of a commit')),
  previousCommit: optionalText(64)
})
export type RefGiven = v.InferOutput<typeof ref>

const releaseFields = {
  projects,
  url: optionalText(2_000),
  status: v.nullish(v.picklist(['open', 'archived'], 'must be open or archived')),
  dateStarted: v.nullish(timeGiven),
  dateReleased: v.nullish(timeGiven),
  commits: v.nullish(v.pipe(v.array(commit, 'must be a list'), v.maxLength(10_000, 'must name at most 10000 commits'))),
  refs: v.nullish(v.pipe(v.array(ref, 'must be a list'), v.maxLength(1_000, 'must name at most 1000 repositories')))
}
export const toolNewRelease = v.object({ version: releaseGiven, ...releaseFields })
export const toolReleaseChange = v.object(releaseFields)
export type ToolReleaseChange = v.InferOutput<typeof toolReleaseChange>

export const toolNewDeploy = v.object({
  environment: v.pipe(text(200), v.trim(), v.minLength(1, 'must not be empty')),
  name: optionalText(200),
  url: optionalText(2_000),
  dateStarted: v.nullish(timeGiven),
  dateFinished: v.nullish(timeGiven),
  projects
})
export const toolDeploy = v.object({
  id: v.string(),
  environment: v.string(),
  name: v.nullable(v.string()),
  url: v.nullable(v.string()),
  dateStarted: v.nullable(time),
  dateFinished: time
})

export const chunkOptions = v.object({
  url: v.string(),
  chunkSize: v.number(),
  chunksPerRequest: v.number(),
  maxFileSize: v.number(),
  maxRequestSize: v.number(),
  concurrency: v.number(),
  hashAlgorithm: v.literal('sha1'),
  compression: v.array(v.string()),
  accept: v.array(v.string())
})

const sha1 = v.pipe(
  v.string('must be a string'),
  v.regex(/^[0-9a-f]{40}$/i, 'must be a SHA-1 of 40 hexadecimal digits'),
  v.toLowerCase()
)
const chunks = v.pipe(v.array(sha1, 'must be a list'), v.maxLength(4_096, 'must name at most 4096 chunks'))

export const assembleBody = v.object({
  checksum: sha1,
  chunks,
  projects: v.pipe(
    v.array(v.pipe(v.union([text(200), v.number()]), v.transform(String)), 'must be a list'),
    v.minLength(1, 'must name a project'),
    v.maxLength(100, 'must name at most 100 projects')
  ),
  version: v.nullish(releaseGiven),
  dist: v.nullish(v.pipe(text(64), v.trim()))
})
export const assembleState = v.object({
  state: v.picklist(['not_found', 'created', 'assembling', 'ok', 'error']),
  missingChunks: v.array(v.string()),
  detail: v.nullable(v.string())
})
export type AssembleState = v.InferOutput<typeof assembleState>

/** By the checksum of each file. */
export const difAssembleBody = v.pipe(
  v.record(sha1, v.object({ name: text(1_000), debug_id: v.nullish(text(64)), chunks })),
  v.check(files => Object.keys(files).length <= 1_000, 'must name at most 1000 files')
)
export const difAssembleState = v.record(v.string(), assembleState)
export const emptyList = v.pipe(v.array(v.unknown()), v.maxLength(0))

/** `id` is the issue's number in its project: these tools name issues by numbers. */
export const toolIssue = v.object({
  id: v.string(),
  shortId: v.string(),
  title: v.string(),
  culprit: v.string(),
  lastSeen: time,
  firstSeen: time,
  count: v.string(),
  userCount: v.number(),
  status: v.picklist(['unresolved', 'resolved', 'ignored']),
  level: v.string(),
  permalink: v.string()
})

const issueNumber = v.pipe(v.string(), v.regex(/^[1-9]\d{0,14}$/, 'must be the number of an issue'))
const issueStatus = v.picklist(
  ['resolved', 'unresolved', 'ignored', 'muted'],
  'must be resolved, unresolved, ignored or muted'
)

export const toolIssueQuery = v.object({ ...toolQuery.entries, query: v.optional(text(1_000)) })
export const toolIssuesWanted = v.object({
  id: v.optional(
    v.pipe(
      v.union([issueNumber, v.array(issueNumber)]),
      v.transform(value => [value].flat())
    ),
    []
  ),
  status: v.optional(issueStatus)
})
export const toolIssueChange = v.object({ status: v.optional(issueStatus) })

export const toolEvent = v.object({
  id: v.string(),
  eventID: v.string(),
  dateCreated: time,
  title: v.string(),
  message: v.string(),
  user: v.null(),
  tags: v.array(v.object({ key: v.string(), value: v.string() }))
})
