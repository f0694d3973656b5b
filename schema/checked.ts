/**
 * Whether this process holds what leaves a seam (rows of statements, answers of operations) against its schema: on in
 * tests and in `npm run dev`, by CHECK_SCHEMAS=1. A difference is a mistake of ours, so it throws. In production it is
 * off and costs one comparison.
 */
import * as v from 'valibot'

/** Asked once for each pool or caller, not for each row. */
export function checksSchemas(): boolean {
  return process.env.CHECK_SCHEMAS === '1'
}

/** Throws a TypeError that names the place and the path of the first difference. */
export function checkSchema(schema: v.GenericSchema, value: unknown, where: string): void {
  const { success, issues } = v.safeParse(schema, value, { abortEarly: true })
  if (success) return
  const [issue] = issues
  throw new TypeError(`${where}: ${v.getDotPath(issue) ?? 'all of it'}: ${issue.message}`)
}
