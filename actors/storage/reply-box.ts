/**
 * Collects the replies of one piece of work and sends them as one message to each waiting process, instead of one
 * message per event.
 */
import type { Mesh, Pid } from '../../mesh/types.ts'
import type { Reply } from '../../schema/outcomes.ts'
import type { RepliesMessage } from '../../schema/pipeline.ts'

export type ReplyBox = {
  add: (to: Pid<RepliesMessage>, reply: Reply) => void
  /** Sends what was collected. For a process that has ended it is a dead letter. */
  send: (mesh: Mesh) => void
}

export function replyBox(): ReplyBox {
  const waiting = new Map<string, { to: Pid<RepliesMessage>; replies: Reply[] }>()
  let latest: { to: Pid<RepliesMessage>; replies: Reply[] } | undefined

  return {
    add: (to, reply) => {
      // Nearly all replies of a batch go to one process, so its box is kept.
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
