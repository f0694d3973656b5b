/**
 * Sends what processes of this node direct to those of others: mail, calls, replies, links, monitors and exits. Each
 * becomes one item of a link.
 */
import { isExitReason, kind, reasonTextCharsMax } from './items.ts'
import type { Item } from './items.ts'
import type { NodeLimits } from './node-types.ts'
import type { SendResult } from './outbox.ts'
import type { Peer, Peers } from './peers.ts'
import { countDeadLetter } from '../process/runtime.ts'
import type { DeadLetter, Process, Remote, Runtime, SystemMail } from '../process/runtime.ts'
import { release, tieKey } from './ties.ts'
import type { CastResult, ErrorText, ExitReason, Pid } from '../types.ts'

export function remoteSending(runtime: Runtime, peers: Peers, { tiesMax }: NodeLimits): Remote {
  return {
    cast: (pid, message) => cast(runtime, peers.find(pid), pid, message),
    signal: (pid, mail) => sendSignal(peers.find(pid), pid, mail),
    call: (pid, id, message) => call(peers.find(pid), pid, id, message, tiesMax),
    forgetCall: (pid, id) => {
      const peer = peers.find(pid)
      if (peer?.ties.calling.delete(id) === true) peer.link.signal([kind.forgetCall, id])
    },
    reply: (to, answer) => reply(peers.find(to), to.call, answer),
    link: (process, pid) => link(peers.find(pid), process, pid),
    unlink: ({ pid: { serial } }, pid) => {
      const peer = peers.find(pid)
      if (peer?.ties.links.delete(tieKey(serial, pid.serial)) === true) {
        peer.link.signal([kind.unlink, serial, pid.serial])
      }
    },
    watch: (pid, id, tell) => {
      const peer = peers.find(pid)
      if (peer === undefined) return false
      peer.ties.watching.set(id, tell)
      return peer.link.signal([kind.watch, id, pid.serial])
    },
    unwatch: (pid, id) => {
      const peer = peers.find(pid)
      if (peer?.ties.watching.delete(id) === true) peer.link.signal([kind.unwatch, id])
    }
  }
}

function cast(runtime: Runtime, peer: Peer | undefined, pid: Pid, message: unknown): CastResult {
  const sent = peer === undefined ? 'noconnection' : peer.link.send([kind.cast, pid.serial, message])
  if (sent === 'ok') return 'ok'
  countDeadLetter(runtime, { to: pid, message, why: whyLost(sent) })
  return sent === 'overloaded' ? 'overloaded' : 'ok'
}

/** The cause of loss as a dead letter names it. */
export function whyLost(sent: Exclude<SendResult, 'ok'> | 'noconnection'): DeadLetter['why'] {
  return sent === 'overloaded' ? 'refused' : sent
}

function call(
  peer: Peer | undefined,
  pid: Pid,
  id: number,
  message: unknown,
  callsMax: number
): SendResult | 'noconnection' {
  if (peer === undefined) return 'noconnection'
  if (peer.ties.calling.size >= callsMax) return 'overloaded'
  const sent = peer.link.send([kind.call, id, pid.serial, message])
  if (sent === 'ok') peer.ties.calling.add(id)
  return sent
}

function reply(peer: Peer | undefined, id: number, answer: unknown): void {
  if (peer === undefined) return
  release(peer.ties.called, id)
  if (peer.link.signal([kind.reply, id, answer])) return
  const error = {
    name: 'TypeError',
    message: 'the answer cannot be sent to another node: it is too large, too deep or not plain data'
  }
  peer.link.signal([kind.callFailed, id, { error }])
}

function sendSignal(peer: Peer | undefined, pid: Pid, mail: SystemMail): boolean {
  if (peer === undefined) return false
  const from = mail.type === 'exit' || mail.type === 'started' ? mail.pid.serial : 0
  if (mail.type === 'started') peer.link.signal([kind.started, from, pid.serial])
  if (mail.type !== 'exit') return true
  if (mail.cause === 'link') peer.ties.links.delete(tieKey(from, pid.serial))
  return signalReason(peer, mail.reason, reason => [kind.exit, from, pid.serial, reason, mail.cause])
}

function link(peer: Peer | undefined, process: Process, pid: Pid): boolean {
  if (peer === undefined) return false
  const { serial } = process.pid
  peer.ties.links.set(tieKey(serial, pid.serial), { process, pid })
  return peer.link.signal([kind.link, serial, pid.serial])
}

/** Sends an exit reason in a form that the other side accepts: long texts are cut, a malformed reason is replaced. */
export function signalReason(peer: Peer, reason: ExitReason, item: (reason: ExitReason) => Item): boolean {
  const decent = decentReason(reason)
  return peer.link.signal(
    item(
      isExitReason(decent)
        ? decent
        : { error: { name: 'Error', message: 'for a reason that cannot be sent to another node' } }
    )
  )
}

function decentReason(reason: ExitReason): ExitReason {
  if (typeof reason === 'string') return reason
  if ('error' in reason) return { error: decentError(reason.error) }
  return typeof reason.reason === 'object' && 'error' in reason.reason
    ? { ...reason, reason: { error: decentError(reason.reason.error) } }
    : reason
}

function decentError({ name, message, stack }: ErrorText): ErrorText {
  const decent = { name: name.slice(0, reasonTextCharsMax), message: message.slice(0, reasonTextCharsMax) }
  return stack === undefined ? decent : { ...decent, stack: stack.slice(0, reasonTextCharsMax) }
}
