/** Rules for grouping as callers give them: 400 with line and column for what cannot be parsed. */
import { parseFingerprintRules, parseStackRules } from '../events/grouping/rules/parse.ts'
import type { RuleError } from '../events/grouping/rules/syntax.ts'
import type { FieldError } from '../schema/outcomes.ts'
import { problem } from './problems.ts'

type Texts = { fingerprint_rules?: string | undefined; stack_rules?: string | undefined }

/** `within` stands before the names of the two fields. */
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
