/**
 * The checks before an operation runs: who calls, with which role and scope, and whether the input has the declared
 * form. Each throws the refusal.
 */
import * as v from 'valibot'
import type { Role, Scope } from '../schema/api/common.ts'
import type { FieldError } from '../schema/outcomes.ts'
import type { Access, Caller } from './types.ts'
import { problem, recentLoginRequired } from './problems.ts'

const roleRank: Readonly<Record<Role, number>> = { member: 1, admin: 2, owner: 3 }
const scopeRank: Readonly<Record<Exclude<Scope, 'ci'>, number>> = { read: 1, write: 2, admin: 3 }
const errorsMax = 50
export const recentLoginMinutes = 15

/** 401 without a caller, 403 for one of the wrong kind or scope. */
export function checkCaller(access: Access, caller: Caller | null): void {
  if (access.who === 'anyone') return
  if (caller === null) throw problem(401, 'Log in, or send a valid API token: Authorization: Bearer mshr_…')
  if (access.who === 'session') {
    if (caller.session === null) {
      throw problem(403, 'This needs the session of a person who is logged in; API tokens may not do it.')
    }
    return
  }
  if (!hasScope(caller, access.scope)) throw problem(403, `This token has no ${access.scope} scope.`)
  if (access.who === 'instance_admin' && !caller.isInstanceAdmin) throw problem(403, 'This is for instance admins.')
}

/** True for a token with this scope, or with one that includes it, and for every session. */
export function hasScope({ scope, mayBuild }: Caller, needed: Scope): boolean {
  if (needed === 'ci') return mayBuild
  return scope !== 'ci' && scopeRank[scope] >= scopeRank[needed]
}

/** 403 for a caller who may see the target but not do this with it. */
export function checkRole(access: Access, role: Role | undefined): void {
  if (access.who !== 'role') return
  if (role === undefined || !hasRole(role, access.role)) throw problem(403, `This needs the role ${access.role}.`)
}

/**
 * 403 for a session whose user has given their password too long ago. API tokens pass: `access` says whether they may
 * call at all, and to make one takes the password.
 */
export function checkRecentLogin({ session }: Caller, now: number): void {
  if (session !== null && session.confirmedAt < now - recentLoginMinutes * 60_000) throw recentLoginRequired()
}

/** True when `role` is `needed` or above. */
export function hasRole(role: Role, needed: Role): boolean {
  return roleRank[role] >= roleRank[needed]
}

/** The output of the schema; 400 that names every wrong field otherwise. */
export function parsed<const Schema extends v.GenericSchema>(
  schema: Schema,
  input: unknown,
  where: 'path' | 'query' | 'body'
): v.InferOutput<Schema> {
  const result = v.safeParse(schema, input)
  if (result.success) return result.output
  const errors = result.issues.slice(0, errorsMax).map(issue => fieldErrorOf(issue, where))
  throw problem(400, `The ${where} is not valid: ${errors[0]?.path ?? ''}: ${errors[0]?.message ?? ''}`, { errors })
}

function fieldErrorOf(issue: v.BaseIssue<unknown>, where: string): FieldError {
  const path = v.getDotPath(issue)
  const message =
    issue.type === 'strict_object' && issue.expected === 'never'
      ? 'is not known here'
      : issue.received === 'undefined'
        ? 'is required'
        : issue.message
  return { path: path ?? where, message }
}
