/**
 * The only file that imports uWebSockets.js: opens and closes listeners, and exports the types that the edge uses. A
 * port that is taken or not allowed throws.
 */
import {
  App,
  us_listen_socket_close as closeListenSocket,
  us_socket_local_port as localPort,
  type HttpRequest,
  type HttpResponse,
  type TemplatedApp,
  type us_listen_socket as ListenSocket,
  type us_socket_context_t as UpgradeContext,
  type WebSocket,
  type WebSocketBehavior
} from 'uWebSockets.js'

export type { HttpRequest, HttpResponse, TemplatedApp, UpgradeContext, WebSocket, WebSocketBehavior }

declare module 'uWebSockets.js' {
  // The binary takes host and options together; the packed types leave that form out.
  interface TemplatedApp {
    listen(host: string, port: number, options: number, callback: (socket: ListenSocket | false) => void): TemplatedApp
    // Called with 1 for every connection, and with -1 when it ends as one of HTTP.
    filter(callback: (res: HttpResponse, change: number) => void): TemplatedApp
  }
}

export type Listener = { port: number; stopListening: () => void; closeAll: () => void }

/** LIBUS_LISTEN_EXCLUSIVE_PORT. Without it Linux lets a second process share the port silently (SO_REUSEPORT). */
const exclusivePort = 1
const sharedPort = 0

export function newApp(): TemplatedApp {
  return App()
}

export type ListenOptions = { host: string; port: number; sharesPort?: boolean }

/** Port 0 chooses a free one. Throws when the port is taken or not allowed. */
export function listen(app: TemplatedApp, { host, port, sharesPort = false }: ListenOptions): Listener {
  const sockets: ListenSocket[] = []
  // uWS runs the callback before `listen` returns.
  app.listen(host, port, sharesPort ? sharedPort : exclusivePort, socket => {
    if (socket !== false) sockets.push(socket)
  })
  const [socket] = sockets
  if (socket === undefined) throw new Error(`${host}:${port} cannot be listened on: the port is in use, or not allowed`)

  const stopListening = (): void => {
    for (const listening of sockets.splice(0)) closeListenSocket(listening)
  }
  return {
    port: localPort(socket),
    stopListening,
    closeAll: () => {
      stopListening()
      app.close()
    }
  }
}
