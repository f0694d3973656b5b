/**
 * Upgrades connections to WebSockets after the handler of their request has returned, when the caller is known. uWS
 * wants such work corked, but has a fault: when a connection is upgraded under its own cork, uWS treats it as HTTP once
 * more at the end of the cork, and closes it when the memory happens to look like "Connection: close". Under the cork
 * of another connection that does not happen. So there is a connection of our own over loopback, whose request stays
 * unanswered as long as the listener lives; when it breaks, another one takes its place.
 */
import { randomUUID } from 'node:crypto'
import { get } from 'node:http'
import type { HttpResponse, Listener } from './types.ts'

export type Corker = {
  /** Runs the work at once; in the first moment after the start, as soon as the connection is there. */
  run: (work: () => void) => void
  close: () => void
}

type Held = { res: HttpResponse | null; close: () => void }

/** Opens a listener on loopback with one route. */
type ListenOnLoopback = (path: string, handle: (res: HttpResponse) => void) => Listener

export function corker(listenOnLoopback: ListenOnLoopback): Corker {
  const waiting: (() => void)[] = []
  let isClosed = false
  let held = hold()

  function hold(): Held {
    const path = `/${randomUUID()}`
    const listener = listenOnLoopback(path, res => {
      held.res = res
      listener.stopListening()
      setImmediate(runWaiting)
      res.onAborted(() => {
        held.res = null
        if (!isClosed) held = hold()
      })
    })
    const request = get({ host: '127.0.0.1', port: listener.port, path, agent: false })
    request.on('socket', socket => socket.unref())
    // It ends with the listener, or is made again; neither is an error.
    request.on('error', () => {})
    return {
      res: null,
      close: () => {
        request.destroy()
        listener.closeAll()
      }
    }
  }

  function runWaiting(): void {
    if (held.res !== null) for (const work of waiting.splice(0)) held.res.cork(work)
  }

  return {
    run: work => {
      waiting.push(work)
      runWaiting()
    },
    close: () => {
      isClosed = true
      held.close()
    }
  }
}
