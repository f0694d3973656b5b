/**
 * What has happened to an issue, and what people say about it. Comments belong to their authors; admins may delete any.
 */
import * as v from 'valibot'
import { uuid } from '../../schema/api/common.ts'
import { activityItem, activityList, activityQuery, commentBody, type ActivityItem } from '../../schema/api/issues.ts'
import {
  addComment,
  deleteComment,
  editComment,
  listActivity,
  type CommentRefusal
} from '../../services/issues/activity.ts'
import { hasRole } from '../checks.ts'
import { cursorOf, positionOf } from '../cursors.ts'
import { operation, plain, type Operation } from '../operation.ts'
import { notFound, problem, type Problem } from '../problems.ts'
import { issueTarget } from '../targets.ts'

const facts = { ...plain, tag: 'Issues', target: issueTarget } as const
const reading = { who: 'role', role: 'member', scope: 'read' } as const
const writing = { who: 'role', role: 'member', scope: 'write' } as const

const position = v.strictTuple([v.pipe(v.number(), v.safeInteger(), v.minValue(0))])

const list = operation({
  ...facts,
  id: 'listIssueActivity',
  method: 'get',
  path: '/api/v1/issues/:issue/activity',
  summary: 'Who did what to an issue and when, comments, regressions and escalations included, newest first',
  access: reading,
  query: activityQuery,
  responses: { 200: { description: 'A page of activity', schema: activityList } },
  handle: async ({ sql, target: { projectId, rootId }, query: { cursor, limit } }) => {
    const before = cursor === undefined ? null : positionOf(position, cursor)[0]
    const found = await listActivity(sql, { projectId, issueId: rootId }, { before, limit: limit + 1 })
    const page = found.slice(0, limit)
    const last = found.length > limit ? page.at(-1) : undefined
    const data: ActivityItem[] = page.map(({ position, ...item }) => item)
    return { status: 200, body: { data, next_cursor: last === undefined ? null : cursorOf([last.position]) } }
  }
})

const create = operation({
  ...facts,
  id: 'createComment',
  method: 'post',
  path: '/api/v1/issues/:issue/comments',
  summary: 'Comment on an issue',
  access: writing,
  body: commentBody,
  responses: { 201: { description: 'The comment, as it stands in the activity', schema: activityItem } },
  handle: async ({ sql, caller: { userId }, target: { projectId, rootId }, body: { text } }) => {
    const made = await addComment(sql, { projectId, issueId: rootId }, { userId, text })
    if (made === null) throw notFound()
    return { status: 201, body: made }
  }
})

const refusals = { 403: 'Somebody else wrote it', 404: 'No such comment' }

const edit = operation({
  ...facts,
  id: 'changeComment',
  method: 'patch',
  path: '/api/v1/issues/:issue/comments/:comment_id',
  summary: "Change a comment of one's own",
  access: writing,
  params: { comment_id: uuid },
  body: commentBody,
  responses: { 200: { description: 'The comment as it is now', schema: activityItem } },
  refusals,
  handle: async ({
    sql,
    caller: { userId },
    target: { projectId, rootId },
    params: { comment_id: commentId },
    body: { text }
  }) => {
    const edited = await editComment(sql, { projectId, issueId: rootId, commentId, userId }, text)
    if (typeof edited === 'string') throw refusalOf(edited)
    return { status: 200, body: edited }
  }
})

const remove = operation({
  ...facts,
  id: 'deleteComment',
  method: 'delete',
  path: '/api/v1/issues/:issue/comments/:comment_id',
  summary: "Delete a comment: one's own, or as an admin anybody's",
  access: writing,
  params: { comment_id: uuid },
  responses: { 204: { description: 'Gone' } },
  refusals,
  handle: async ({
    sql,
    caller: { userId },
    target: { projectId, rootId, role },
    params: { comment_id: commentId }
  }) => {
    const deleted = await deleteComment(
      sql,
      { projectId, issueId: rootId, commentId, userId },
      { anybodys: hasRole(role, 'admin') }
    )
    if (deleted !== 'deleted') throw refusalOf(deleted)
    return { status: 204 }
  }
})

function refusalOf(refusal: CommentRefusal): Problem {
  return refusal === 'missing' ? notFound() : problem(403, 'Somebody else wrote this comment.')
}

export const issueActivityOperations: Operation[] = [list, create, edit, remove]
