/**
 * The handshake on a socket: greeting, greeting, proof, proof. It ends once, with an introduction or a refusal, within
 * its deadline. A peer that sends more than a handshake needs is cut off. Nothing here waits for a promise: the frame
 * after the last proof may arrive in the same read, and must find the listener of the link.
 */
import type { Socket } from 'node:net'
import type { RawData, WebSocket } from 'ws'
import type { Clock } from '../process/clock.ts'
import {
  compare,
  compareIdentity,
  greeting,
  greetingCharsMax,
  isProven,
  prove,
  readGreeting,
  readRefusal,
  refusal,
  sessionKeys
} from './handshake.ts'
import type { Agreement, Greeting, Party, Refusal, Role, SessionKeys } from './handshake.ts'
import type { NodeTiming } from './node-types.ts'
import type { NodeId } from '../types.ts'

/** Both sides know the cookie. From here on the socket belongs to the link. */
export type Introduction = {
  readonly node: NodeId
  readonly keys: SessionKeys
  readonly socket: WebSocket
  readonly wire: Socket
  readonly dialled: boolean
}

export type IntroductionOptions = {
  readonly socket: WebSocket
  readonly wire: Socket
  readonly me: Party
  readonly clock: Clock
  readonly timing: NodeTiming
  /** Called once the other side is known: by the dialler before it proves itself, by the listener after the proof. */
  readonly admit: (node: NodeId) => Refusal | undefined
  readonly done: (introduction: Introduction) => void
  /** `node` is the other side, if it is known to know the cookie. */
  readonly refused: (why: Refusal, node?: NodeId) => void
}

/** For handshake and HTTP head together; a WebSocket frame alone would be allowed far more. */
const handshakeBytesMax = 16 * 1024
const refusedCode = 4000

export function introduceAsDialler(options: IntroductionOptions): void {
  const { socket, me, admit } = options
  const mine = greeting(me)
  const talk = beginTalk(options, 'dialler')
  socket.send(mine.text)

  talk.next(text => {
    const theirs = talk.greetingFrom(text)
    if (theirs === undefined) return
    const objection = admit(theirs)
    if (objection !== undefined) return talk.refuse(objection)
    const greetings = { dialler: mine.text, listener: text }
    socket.send(JSON.stringify({ proof: prove(me.cookie, 'dialler', greetings) }))

    talk.next(answer => {
      if (isProven(me.cookie, 'listener', greetings, answer)) {
        return talk.finish(theirs, { cookie: me.cookie, greetings, secret: mine.secret })
      }
      talk.fail(readRefusal(answer) ?? refusal('cookie', 'the other node does not know the cookie'))
    })
  })
}

export function introduceAsListener(options: IntroductionOptions): void {
  const { socket, me, clock, timing, admit } = options
  const talk = beginTalk(options, 'listener')

  talk.next(text => {
    const theirs = talk.greetingFrom(text)
    if (theirs === undefined) return
    const mine = greeting(me)
    const greetings = { dialler: text, listener: mine.text }
    socket.send(mine.text)

    talk.next(answer => {
      if (!isProven(me.cookie, 'dialler', greetings, answer)) {
        // Delayed, so that guessing is slow. Until then the connection counts among the unproven ones.
        const cancel = clock.after(timing.refusalMs, () =>
          talk.refuse(refusal('cookie', `the cookie is not that of ${me.name}`))
        )
        socket.once('close', cancel)
        return
      }
      const objection = compareIdentity(me, theirs) ?? admit(theirs)
      if (objection !== undefined) return talk.refuse(objection, theirs)
      socket.send(JSON.stringify({ proof: prove(me.cookie, 'listener', greetings) }))
      talk.finish(theirs, { cookie: me.cookie, greetings, secret: mine.secret })
    })
  })
}

type Talk = {
  next: (hear: (text: string) => void) => void
  /** The greeting of the other side, unless it ends the handshake. */
  greetingFrom: (text: string) => Greeting | undefined
  /** Ends the handshake and sends the reason to the other side. */
  refuse: (why: Refusal, node?: NodeId) => void
  fail: (why: Refusal) => void
  finish: (theirs: Greeting, mine: Pick<Agreement, 'cookie' | 'greetings' | 'secret'>) => void
}

function beginTalk({ socket, wire, me, clock, timing, done, refused }: IntroductionOptions, role: Role): Talk {
  let hear: ((text: string) => void) | undefined
  let isOver = false
  const cancelDeadline = clock.after(timing.handshakeMs, () =>
    fail(refusal('unreachable', 'the handshake took too long'))
  )

  function onMessage(data: RawData, isBinary: boolean): void {
    const now = hear
    hear = undefined
    const text = isBinary || !Buffer.isBuffer(data) ? '' : data.toString()
    if (now === undefined || text === '' || text.length > greetingCharsMax) {
      return fail(refusal('garbage', 'it does not speak as nodes do'))
    }
    now(text)
  }

  function onData(): void {
    if (wire.bytesRead > handshakeBytesMax) fail(refusal('garbage', 'it says too much'))
  }

  const onClose = (): void => fail(refusal('unreachable', 'the connection was closed during the handshake'))
  const onError = (error: Error): void => fail(refusal('unreachable', error.message))

  function end(): boolean {
    if (isOver) return false
    isOver = true
    cancelDeadline()
    socket.off('message', onMessage).off('close', onClose)
    wire.off('data', onData)
    return true
  }

  function fail(why: Refusal): void {
    if (!end()) return
    socket.terminate()
    refused(why)
  }

  function refuse(why: Refusal, node?: NodeId): void {
    if (!end()) return
    // The dialler just closes. The listener sends its reason and leaves time to read it.
    if (role === 'listener') socket.send(JSON.stringify({ refused: why.code, message: why.message }))
    socket.close(refusedCode, why.code)
    const cancel = clock.after(timing.handshakeMs, () => socket.terminate())
    socket.once('close', cancel)
    refused(why, node)
  }

  socket.on('message', onMessage).on('close', onClose).on('error', onError)
  wire.on('data', onData)

  return {
    next: then => {
      hear = then
    },
    greetingFrom: text => {
      const theirs = readGreeting(text)
      const objection = theirs && compare(me, theirs)
      if (theirs === undefined) fail(readRefusal(text) ?? refusal('garbage', 'it does not greet as nodes do'))
      else if (objection !== undefined) refuse(objection)
      else return theirs
      return undefined
    },
    refuse,
    fail,
    finish: ({ name, incarnation, address, key }, mine) => {
      const keys = sessionKeys({ role, theirKey: key, ...mine })
      if (keys === undefined) fail(refusal('garbage', 'its key agrees on nothing'))
      else if (end()) done({ node: { name, incarnation, address }, keys, socket, wire, dialled: role === 'dialler' })
    }
  }
}
