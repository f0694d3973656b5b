/**
 * Collects the replies that one piece of work produces and sends them as one mail to each process that waits,
 * instead of one mail an event.
 */
import type { Mesh, Pid } from '../../mesh/types.ts'
import type { Reply } from '../../schema/outcomes.ts'
import type { RepliesMessage } from '../../schema/pipeline.ts'

export type ReplyBox = {
  add: (to: Pid<RepliesMessage>, reply: Reply) => void
  /** Sends what was collected; a waiter that has gone is a dead letter and nothing more. */
  send: (mesh: Mesh) => void
}

export function replyBox(): ReplyBox {
  const waiting = new Map<string, { to: Pid<RepliesMessage>; replies: Reply[] }>()
  let latest: { to: Pid<RepliesMessage>; replies: Reply[] } | undefined

  return {
    add: (to, reply) => {
      // Nearly all replies of a batch go to one process, so its box is kept at hand.
      if (latest?.to !== to) latest = boxOf(waiting, to)
      latest.replies.push(reply)
    },
    send: mesh => {
      for (const { to, replies } of waiting.values()) mesh.cast(to, { type: 'replies', replies })
    }
  }
}

function boxOf(waiting: Map<string, { to: Pid<RepliesMessage>; replies: Reply[] }>, to: Pid<RepliesMessage>) {
  const key = `${to.node}/${to.incarnation}/${to.serial}`
  let box = waiting.get(key)
  if (box === undefined) waiting.set(key, (box = { to, replies: [] }))
  return box
}
