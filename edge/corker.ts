/**
 * Upgrades connections to WebSockets after the turn of their request, when it is known who calls. uWS wants such work
 * corked. But what is upgraded under a cork of its own, it takes for HTTP once more when the cork ends, and closes it
 * at once when what it finds in that memory happens to look like "Connection: close". Under the cork of another
 * connection it does not look; so there is one of our own, over loopback, that waits for an answer as long as the
 * listener lives.
 */
import { randomUUID } from 'node:crypto'
import { get } from 'node:http'
import { listen, newApp, type HttpResponse } from './uws.ts'

export type Corker = {
  /** Does this at once; only just after the start it may have to wait for a moment. */
  run: (work: () => void) => void
  close: () => void
}

type Held = { res: HttpResponse | null; close: () => void }

export function corker(): Corker {
  const waiting: (() => void)[] = []
  let isClosed = false
  let held = hold()

  function hold(): Held {
    const app = newApp()
    const path = `/${randomUUID()}`
    app.get(path, res => {
      held.res = res
      listener.stopListening()
      setImmediate(runWaiting)
      res.onAborted(() => {
        held.res = null
        if (!isClosed) held = hold()
      })
    })
    const listener = listen(app, { host: '127.0.0.1', port: 0 })
    const request = get({ host: '127.0.0.1', port: listener.port, path, agent: false })
    request.on('socket', socket => socket.unref())
    // Its only end is ours, and then nobody needs to know.
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
