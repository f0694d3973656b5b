/**
 * Where a project's sources are: templates of links to its repository, and code mappings. A mapping says what paths of
 * frames begin with (`stack_root`), and what the same paths begin with in the repository (`source_root`).
 */
import * as v from 'valibot'
import { templateFault, type LinkKind } from '../link-templates.ts'

const text = (max: number) =>
  v.pipe(
    v.string('must be a string'),
    v.trim(),
    v.maxLength(max, `has at most ${max} characters`),
    // eslint-disable-next-line no-control-regex
    v.regex(/^[^\u0000-\u001f]*$/, 'must not have control characters')
  )

const template = (kind: LinkKind) =>
  v.pipe(
    text(500),
    v.rawCheck(({ dataset, addIssue }) => {
      const fault = dataset.typed ? templateFault(dataset.value, kind) : ''
      if (fault !== '') addIssue({ message: fault })
    })
  )

const withoutClimbing = v.check<string, string>(
  path => !path.split(/[\\/]/).includes('..'),
  'must not lead upwards with ..'
)

const mapping = v.strictObject({
  stack_root: text(500),
  source_root: v.pipe(text(500), withoutClimbing),
  repository: v.optional(
    v.pipe(text(200), v.regex(/^(?:[\w.-]+(?:\/[\w.-]+)*)?$/, 'must be a name such as acme/web'), withoutClimbing),
    ''
  ),
  branch: v.optional(v.pipe(text(200), v.regex(/^[\w./-]*$/, 'must be the name of a branch'), withoutClimbing), '')
})

const mappingsMax = 100

/** Empty templates make no links. Mappings are tried in their order. `branch` stands where no commit is known. */
export const codeMappings = v.strictObject({
  commit_url: template('commit'),
  source_url: template('source'),
  mappings: v.pipe(
    v.array(mapping, 'must be a list'),
    v.maxLength(mappingsMax, `has at most ${mappingsMax} mappings`),
    v.rawCheck(({ dataset, addIssue }) => {
      const roots = dataset.typed ? dataset.value.map(({ stack_root: root }) => root.replace(/[\\/]+$/, '')) : []
      const again = roots.find((root, index) => roots.indexOf(root) < index)
      if (again !== undefined) addIssue({ message: `have the stack root “${again}” twice: the second is never used` })
    })
  )
})
export type CodeMappingsBody = v.InferOutput<typeof codeMappings>

export const codeMappingsShown = v.object({
  commit_url: v.string(),
  source_url: v.string(),
  mappings: v.array(
    v.object({ stack_root: v.string(), source_root: v.string(), repository: v.string(), branch: v.string() })
  )
})

/** Templates and mappings that need not be saved, and a path as a frame has it. */
export const codeMappingTrial = v.strictObject({
  ...codeMappings.entries,
  path: v.pipe(text(1_000), v.minLength(1, 'must not be empty')),
  line: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(10_000_000)), 1),
  sha: v.optional(v.pipe(v.string(), v.regex(/^[\w.-]{1,64}$/, 'must be the id of a commit')), 'HEAD')
})

/** `mapping` is the position of the one that fits; null for none, and then so are the others. */
export const codeMappingTried = v.object({
  mapping: v.nullable(v.number()),
  path: v.nullable(v.string()),
  url: v.nullable(v.string())
})
