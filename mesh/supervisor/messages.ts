/**
 * The protocol of a supervisor. `Args` is what its `startChild` takes: a child spec, or the arguments of its template.
 */
import type { ChildAnswer, ChildInfo, ReplaceAnswer } from './child.ts'
import type { ChildSpec, ErrorText, Pid, ReplyTo } from '../types.ts'

export type SupervisorMessage<Args = ChildSpec> =
  | { readonly type: 'start_child'; readonly args: Args; readonly replyTo: ReplyTo<ChildAnswer> }
  | { readonly type: 'restart_child'; readonly id: string; readonly replyTo: ReplyTo<ChildAnswer> }
  | { readonly type: 'terminate_child'; readonly child: string | Pid; readonly replyTo: ReplyTo<boolean> }
  | {
      readonly type: 'replace_child'
      readonly child: Pid
      readonly error: ErrorText
      readonly replyTo: ReplyTo<ReplaceAnswer>
    }
  | { readonly type: 'which_children'; readonly replyTo: ReplyTo<ChildInfo[]> }
  | { readonly type: 'count_children'; readonly replyTo: ReplyTo<ChildCounts> }
  | { readonly type: 'when_started'; readonly replyTo: ReplyTo<true> }
  | Reminder

/** Mail of a supervisor to itself. */
export type Reminder =
  | { readonly type: 'rested'; readonly id: string }
  | { readonly type: 'group_rested' }
  | { readonly type: 'deadline'; readonly pid: Pid }

/** `restarts` counts all restarts by this supervisor, also of children that are gone. */
export type ChildCounts = {
  readonly specs: number
  readonly active: number
  readonly supervisors: number
  readonly workers: number
  readonly restarts: number
}
