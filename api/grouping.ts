/** Rules for grouping: what is wrong with them, and what they would do to the last events of the project. */
import { parseFingerprintRules, parseStackRules } from '../events/grouping/rules/parse.ts'
import type { RuleError } from '../events/grouping/rules/syntax.ts'
import type { FieldError } from '../schema/outcomes.ts'
import { groupingPreview, previewAsked } from '../schema/api/grouping.ts'
import { previewGrouping } from '../services/grouping/preview.ts'
import { operation, plain, type Operation } from './operation.ts'
import { problem } from './problems.ts'
import { projectTarget } from './targets.ts'

type Texts = { fingerprint_rules?: string | undefined; stack_rules?: string | undefined }

const preview = operation({
  ...plain,
  id: 'previewGrouping',
  tag: 'Projects',
  method: 'post',
  path: '/api/v1/projects/:project/grouping/preview',
  target: projectTarget,
  summary: 'Try rules for grouping on the last events',
  description:
    'Groups the last 1,000 events of the project (fewer when they are large) by its rules and by the given ones, and ' +
    'tells the difference. Changes nothing.',
  access: { who: 'role', role: 'admin', scope: 'admin' },
  body: previewAsked,
  responses: { 200: { description: 'What these rules would change', schema: groupingPreview } },
  refusals: { 503: 'Other rules are being tried' },
  handle: async ({ sql, context, target: { projectId }, body }) => {
    checkRules(body)
    const { fingerprint_rules: fingerprintRules, stack_rules: stackRules } = body
    const tried = await previewGrouping(sql, projectId, { fingerprintRules, stackRules }, { now: context.now() })
    if (tried === null) throw problem(503, 'Other rules are being tried. Try these in a moment.', { retryAfterS: 2 })
    return { status: 200, body: tried }
  }
})

export const groupingOperations: Operation[] = [preview]

/** 400 with line and column of what cannot be read. `within` stands before the names of the two fields. */
export function checkRules({ fingerprint_rules: fingerprint = '', stack_rules: stack = '' }: Texts, within = ''): void {
  const errors = [
    ...fieldErrors(`${within}fingerprint_rules`, parseFingerprintRules(fingerprint).errors),
    ...fieldErrors(`${within}stack_rules`, parseStackRules(stack).errors)
  ]
  const [first] = errors
  if (first === undefined) return
  throw problem(400, `${first.path}, line ${first.line}, column ${first.column}: ${first.message}`, { errors })
}

function fieldErrors(path: string, errors: readonly RuleError[]): Required<FieldError>[] {
  return errors.map(({ line, column, reason }) => ({ path, message: reason, line, column }))
}
