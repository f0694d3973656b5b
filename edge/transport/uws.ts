/**
 * The transport that is fastest: uWebSockets.js, where it has a binary for this Node.js, libc and system; elsewhere
 * this file cannot be imported. What its parser cannot do stands in
 * docs/operations.md; it answers such requests itself. What it lets through although it must not, uws-head.ts refuses.
 */
import type {
  Door,
  DoorOptions,
  HttpResponse,
  Listener,
  ListenOptions,
  RouteHandler,
  RouteMethod,
  Transport,
  WebSocketRoute
} from './types.ts'
import { loadUws, type ListenSocket, type UwsApp } from './uws-binary.ts'
import { corker, type Corker } from './uws-corker.ts'
import { headFault, refuseHead } from './uws-head.ts'

const { App, us_listen_socket_close: closeListenSocket, us_socket_local_port: localPort } = loadUws()

/** LIBUS_LISTEN_EXCLUSIVE_PORT. Without it Linux lets a second process share the port silently (SO_REUSEPORT). */
const exclusivePort = 1
const sharedPort = 0
/** uWS drops a client that sends more than its limit, without a close code. So its limit is higher than ours. */
const payloadFactor = 4

export const transport: Transport = {
  name: 'uws',
  openDoor: options => doorOf(App(), options),
  // uWS ends a connection that is slower than 16 kB/s after some 10 s; resuming it sets its timer anew.
  bearWith: res => {
    res.pause()
    res.resume()
  }
}

function doorOf(app: UwsApp, options: DoorOptions): Door {
  const upgrades = corker(listenOnLoopback)
  const add = (method: RouteMethod) => (path: string, handler: RouteHandler) =>
    app[method](path, checked(options, handler))
  return {
    get: add('get'),
    head: add('head'),
    post: add('post'),
    put: add('put'),
    patch: add('patch'),
    del: add('del'),
    options: add('options'),
    any: add('any'),
    webSockets: (path, route) => addWebSockets(app, options, upgrades, path, route),
    watchConnections: watch => {
      app.filter(watch)
    },
    listen: async options => {
      try {
        const listener = listen(app, options)
        return {
          ...listener,
          closeAll: () => {
            upgrades.close()
            listener.closeAll()
          }
        }
      } catch (error) {
        upgrades.close()
        throw error
      }
    }
  }
}

/** Hands on only what the parser should have let through. */
function checked({ badRequest }: DoorOptions, handler: RouteHandler): RouteHandler {
  return (res, req) => {
    const fault = headFault(req)
    if (fault === null) handler(res, req)
    else refuseHead(res, badRequest(fault))
  }
}

function addWebSockets<Data>(
  app: UwsApp,
  { badRequest }: DoorOptions,
  upgrades: Corker,
  path: string,
  route: WebSocketRoute<Data>
): void {
  app.ws<Data>(path, {
    maxPayloadLength: route.frameBytesMax * payloadFactor,
    maxBackpressure: route.backpressureBytesMax,
    closeOnBackpressureLimit: true,
    idleTimeout: route.idleTimeoutS,
    upgrade: (res, req, context) => {
      const fault = headFault(req)
      if (fault !== null) return refuseHead(res, badRequest(fault))
      const [key, protocol, extensions] = [
        req.getHeader('sec-websocket-key'),
        req.getHeader('sec-websocket-protocol'),
        req.getHeader('sec-websocket-extensions')
      ]
      route.upgrade(res, req, data => {
        upgrades.run(() => {
          const accepted = data()
          if (accepted !== null) res.upgrade(accepted, key, protocol, extensions, context)
        })
      })
    },
    open: route.open,
    message: route.message,
    drain: route.drain,
    close: route.close
  })
}

/** uWS runs the callback before `listen` returns. */
function listen(app: UwsApp, { host, port, sharesPort = false }: ListenOptions): Listener {
  const sockets: ListenSocket[] = []
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

/** A listener for the corker's own connection. */
function listenOnLoopback(path: string, handle: (res: HttpResponse) => void): Listener {
  const app = App()
  app.get(path, handle)
  return listen(app, { host: '127.0.0.1', port: 0 })
}
